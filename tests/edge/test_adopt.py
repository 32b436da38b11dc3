"""Another edition takes over while readers are here: nothing is served of both, every open page loads itself again."""

import json

import pytest

from standfirst.edge.ports import Press
from tests.edge.fakes import EDITION, House, Sheet, settle, with_house

NEW = "def456"


@with_house
async def test_every_page_is_printed_anew_from_the_fold_that_is_there(house: House) -> None:
    assert f'data-edition="{EDITION}"' in (await house.get("/flood")).text
    read = len(house.source.reads)
    house.counter.adopt(house.press(NEW))
    assert f'data-seq="3" data-edition="{NEW}"' in (await house.get("/flood")).text
    assert NEW in (await house.get("/")).text
    assert NEW in (await house.get("/nothing-here")).text
    assert len(house.source.reads) == read, "no story is folded again"


@with_house
async def test_an_open_stream_is_told_to_reload_and_one_of_the_old_edition_too(house: House) -> None:
    stream = house.ask(f"/flood/live?edition={EDITION}")
    await settle()
    house.counter.adopt(house.press(NEW))
    await settle()
    assert stream.over
    assert "event: reload" in stream.response.text
    assert f'"edition":"{NEW}"' in stream.response.text
    late = await house.get(f"/flood/live?edition={EDITION}&after=3")
    assert "event: reload" in late.text
    fresh = house.ask(f"/flood/live?edition={NEW}&after=3")
    await settle()
    assert "event: hello" in fresh.response.text
    await house.write("flood")
    assert json.loads(fresh.response.text.split("data: ")[-1])["of"] == NEW
    await fresh.leave()


@with_house
async def test_held_requests_are_answered_and_old_addresses_never_give_new_words(house: House) -> None:
    held = house.ask(f"/flood/ops/{EDITION}/4")
    entry = house.ask("/flood/log/4")
    await settle()
    house.counter.adopt(house.press(NEW))
    await house.clock.pass_(0.1)
    assert json.loads((await held.finished()).body)["ops"] == [{"op": "reload"}]
    assert (await entry.finished()).status == 404
    assert json.loads((await house.get(f"/flood/ops/{EDITION}/3")).body)["ops"] == [{"op": "reload"}]
    assert json.loads((await house.get(f"/flood/ops/{NEW}/3")).body)["of"] == NEW


@with_house
async def test_files_of_an_edition_are_served_and_stay_for_pages_in_caches(house: House) -> None:
    assert (await house.get(f"/static/mark.{NEW}.png")).status == 404
    house.counter.adopt(house.press(NEW))
    house.counter.adopt(house.press("ghi789"))
    for edition in (NEW, "ghi789"):
        assert (await house.get(f"/static/mark.{edition}.png")).body == b"pixels"


@with_house
async def test_the_same_edition_disturbs_nobody(house: House) -> None:
    house.counter.adopt(house.press(NEW))
    stream = house.ask(f"/flood/live?edition={NEW}")
    await settle()
    house.counter.adopt(house.press(NEW))
    await settle()
    assert not stream.over
    await stream.leave()


@with_house
async def test_a_press_that_cannot_go_on_is_refused_and_the_old_one_stays(house: House) -> None:
    lame = Press(
        edition=NEW, printer=house.press(NEW).printer, index=lambda _: Sheet(b""), missing=lambda: Sheet(b"gone")
    )
    with pytest.raises(ValueError, match="give it `again`"):
        house.counter.adopt(lame)
    assert f'data-edition="{EDITION}"' in (await house.get("/flood")).text
    assert (await house.get("/nothing-here")).body == b"nothing here"
