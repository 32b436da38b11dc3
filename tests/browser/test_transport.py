"""Exactly once and in order, whatever the way: the reader script alone, against an edge that fails on demand."""

import random
from itertools import pairwise

import pytest

from tests.browser.conftest import Opener
from tests.browser.harness import Reader, insertion


@pytest.fixture
def reader(opener: Opener) -> Reader:
    return Reader(opener())


def test_an_update_waits_behind_the_toast_until_it_is_pressed(reader: Reader) -> None:
    reader.open().insert("u-a4")
    assert reader.ids() == ["u-a3", "u-a2"]
    assert reader.page.locator("#toast").inner_text() == "1 new update"
    assert reader.shown() == ["u-a4", "u-a3", "u-a2"]
    assert reader.page.evaluate("document.activeElement.textContent") == "u-a4"
    assert not reader.errors


@pytest.mark.parametrize("chunk", [1, 7, 1_000_000])
def test_frames_that_arrive_in_pieces_are_read_whole(reader: Reader, chunk: int) -> None:
    reader.open(chunk=chunk).insert("u-a4")
    html = '<article class="up" id="u-a3"><h3>Größer – 漢字</h3></article>'
    reader.do("edge.publish(it)", {"op": "replace", "id": "u-a3", "html": html})
    reader.settle()
    assert reader.page.locator("#u-a3 h3").inner_text() == "Größer – 漢字"
    assert reader.shown()[0] == "u-a4"


def test_a_stream_that_breaks_is_taken_up_where_it_was(reader: Reader) -> None:
    reader.open().insert("u-a4")
    reader.do("edge.cut(true)")
    reader.do("edge.publish(it)", insertion("u-a5"))
    reader.pass_time(2)
    assert reader.shown() == ["u-a5", "u-a4", "u-a3", "u-a2"]
    assert reader.asked()[-1] == "/flood/live?edition=e1&after=4"


def test_the_server_s_own_spread_is_honoured_after_a_break(reader: Reader) -> None:
    reader.open().do("edge.cut()")
    reader.pass_time(1.4)
    assert len(reader.asked()) == 1
    reader.pass_time(0.2)
    assert len(reader.asked()) == 2


def test_nobody_is_back_before_the_server_s_own_spread_however_often_its_stream_breaks(reader: Reader) -> None:
    reader.open(retry=20_000)
    for times in (1, 2, 3):  # it says hello each time, and nothing else
        reader.do("edge.cut()")
        reader.pass_time(19.8)
        assert len(reader.asked()) == times
        reader.pass_time(0.4)
        assert len(reader.asked()) == times + 1


def test_a_message_that_was_had_is_ignored_and_a_gap_is_fetched(reader: Reader) -> None:
    reader.open().insert("u-a4")
    reader.do("edge.send(4)")
    # 5 and 6 never reach the stream; 7 does.
    for seq in (5, 6, 7):
        reader.do("edge.lose(it)", insertion(f"u-a{seq}"))
    reader.do("edge.send(7)")
    reader.pass_time(1)
    assert reader.shown() == ["u-a7", "u-a6", "u-a5", "u-a4", "u-a3", "u-a2"]
    fetched = [path for path in reader.asked() if "/ops/" in path]
    assert fetched == ["/flood/ops/e1/5", "/flood/ops/e1/6", "/flood/ops/e1/7"]
    assert reader.asked()[-1] == "/flood/live?edition=e1&after=7"


@pytest.mark.parametrize("live", ["refuse", 503, 429, 204, 404, 502])
def test_streams_that_are_refused_give_way_to_the_held_tail(reader: Reader, live: str | int) -> None:
    reader.open(live=live)
    assert reader.asked() == ["/flood/live?edition=e1&after=3", "/flood/ops/e1/4"]
    reader.insert("u-a4")
    reader.insert("u-a5")
    assert reader.shown() == ["u-a5", "u-a4", "u-a3", "u-a2"]


def test_a_stream_without_a_word_gives_way_after_eight_seconds(reader: Reader) -> None:
    reader.open(live="mute").insert("u-a4")
    reader.pass_time(7.9)
    assert reader.page.locator("#toast").is_hidden()
    reader.pass_time(0.2)
    assert reader.shown() == ["u-a4", "u-a3", "u-a2"]


def test_blocked_streams_are_remembered_and_tried_again_later(reader: Reader) -> None:
    reader.open(live="refuse")
    reader.insert("u-a4")
    reader.page.reload()
    reader.settle()
    assert reader.asked() == ["/flood/ops/e1/4"]
    reader.page.evaluate("edge.live = 'ok'")
    for _ in range(26):
        reader.pass_time(25)
    assert reader.asked()[-1] == "/flood/live?edition=e1&after=3"


def test_what_the_browser_kept_of_an_answer_that_was_cut_off_is_asked_for_anew(reader: Reader) -> None:
    reader.open(live="refuse", ops="cut").insert("u-a4")
    reader.do("edge.lose(it)", insertion("u-a5"))
    assert reader.shown()[0] == "u-a4"
    reader.pass_time(30)
    assert reader.shown() == ["u-a5", "u-a4", "u-a3", "u-a2"]


def test_streams_that_were_blocked_are_tried_when_fetching_fails_too(reader: Reader) -> None:
    reader.open(live="refuse").insert("u-a4")  # so the streams are what is blocked
    reader.page.evaluate("Object.assign(edge, {live: 'ok', ops: 500})")
    reader.insert("u-a5")
    reader.insert("u-a6")
    reader.pass_time(60)
    assert reader.asked()[-1].startswith("/flood/live")
    assert reader.shown() == ["u-a6", "u-a5", "u-a4", "u-a3", "u-a2"]


def test_a_tail_that_is_not_held_is_polled_every_fifteen_seconds(reader: Reader) -> None:
    reader.open(live="refuse", ops="unheld")
    reader.pass_time(60)
    times = [at / 1000 for at, _ in reader.page.evaluate("edge.asked")][2:]
    gaps = [later - former for former, later in pairwise(times)]
    assert len(gaps) >= 3
    assert all(12.7 <= gap <= 17.3 for gap in gaps), gaps
    reader.do("edge.publish(it)", insertion("u-a4"))
    reader.do("edge.publish(it)", insertion("u-a5"))
    reader.pass_time(18)
    assert reader.shown() == ["u-a5", "u-a4", "u-a3", "u-a2"]


def test_a_server_that_is_away_is_asked_ever_less_often_and_the_reader_is_told(reader: Reader) -> None:
    reader.open().insert("u-a4")
    reader.page.evaluate("Object.assign(edge, {live: 'refuse', ops: 'refuse'})")
    reader.do("edge.cut()")
    reader.pass_time(20)
    assert reader.page.locator("#offline").inner_text() == "The connection is lost. Showing updates as of 12:00."
    before = len(reader.asked())
    reader.pass_time(1800)
    tries = (len(reader.asked()) - before) / 2
    assert 10 <= tries <= 40
    reader.page.evaluate("Object.assign(edge, {live: 'ok', ops: 'ok'})")
    reader.do("edge.publish(it)", insertion("u-a5"))
    reader.pass_time(181)
    assert reader.page.locator("#offline").is_hidden()
    assert reader.shown() == ["u-a5", "u-a4", "u-a3", "u-a2"]


def test_retry_after_is_honoured(reader: Reader) -> None:
    reader.open(live=503, ops=503, retryAfter="90")
    reader.pass_time(89)
    assert len(reader.asked()) == 1
    reader.pass_time(20)
    assert len(reader.asked()) == 2
    reader.pass_time(70)
    assert len(reader.asked()) == 2


def test_a_full_server_says_bye_and_is_fetched_from(reader: Reader) -> None:
    reader.open().do("edge.say('bye', {})")
    reader.pass_time(6)
    reader.insert("u-a4")
    assert reader.asked()[-2:] == ["/flood/ops/e1/4", "/flood/ops/e1/5"]
    assert reader.shown() == ["u-a4", "u-a3", "u-a2"]


def test_a_silent_stream_is_given_up(reader: Reader) -> None:
    reader.open().pass_time(69)
    assert len(reader.asked()) == 1
    reader.pass_time(4)
    assert len(reader.asked()) == 2


@pytest.mark.parametrize("how", ["edge.say('reload', {})", "edge.publish({op: 'reload'})"])
def test_a_page_that_cannot_be_patched_offers_to_load_again(reader: Reader, how: str) -> None:
    reader.open().do(how)
    assert "Load it again" in reader.page.locator("#toast").inner_text()
    asked = len(reader.asked())
    reader.pass_time(300)
    assert len(reader.asked()) == asked
    with reader.page.expect_navigation():
        reader.page.locator("#toast").click()


@pytest.mark.parametrize("hello", [{"seq": 3, "edition": "e2"}, {"seq": 2, "edition": "e1"}])
def test_another_edition_or_another_history_offers_to_load_again(reader: Reader, hello: dict[str, object]) -> None:
    reader.open().do("edge.say('hello', it)", hello)
    assert "Load it again" in reader.page.locator("#toast").inner_text()
    assert reader.page.evaluate("edge.streams()") == 0


def test_a_hidden_tab_lets_go_after_a_minute_and_resumes(reader: Reader) -> None:
    reader.open()
    hide(reader, True)
    reader.pass_time(61)
    assert reader.page.evaluate("edge.streams()") == 0
    reader.do("edge.publish(it)", insertion("u-a4"))
    hide(reader, False)
    assert reader.shown() == ["u-a4", "u-a3", "u-a2"]


def test_pause_closes_the_stream_and_going_on_catches_up(reader: Reader) -> None:
    reader.open().page.locator("#livectl").click()
    reader.settle()
    control = reader.page.locator("#livectl")
    assert (control.get_attribute("aria-pressed"), control.inner_text()) == ("false", "Paused")
    assert reader.page.evaluate("edge.streams()") == 0
    reader.do("edge.publish(it)", insertion("u-a4"))
    reader.pass_time(300)
    assert reader.page.locator("#toast").is_hidden()
    control.click()
    reader.settle()
    assert control.get_attribute("aria-pressed") == "true"
    assert reader.shown() == ["u-a4", "u-a3", "u-a2"]


@pytest.mark.parametrize("seed", range(12))
def test_exactly_once_over_any_mishap(reader: Reader, seed: int) -> None:
    chance = random.Random(seed)
    reader.open(chunk=chance.choice([3, 11, 1_000_000]))
    expected = ["u-a3", "u-a2"]
    for n in range(60):
        match chance.choice(["publish", "publish", "publish", "lose", "again", "cut", "ways", "time", "show"]):
            case "publish" | "lose" as how:
                expected.insert(0, f"u-n{n}")
                reader.do(f"edge.{how}(it)", insertion(f"u-n{n}"))
            case "again":
                reader.do("edge.again(it)", chance.randrange(3))
            case "cut":
                reader.do("edge.cut(it)", chance.random() < 0.5)
            case "ways":
                live, ops = chance.choice(["ok", "refuse", "mute", 503]), chance.choice(["ok", "unheld", "refuse", 500])
                reader.do("(Object.assign(edge, it), edge.cut())", {"live": live, "ops": ops})
            case "time":
                reader.pass_time(chance.choice([1, 5, 30]))
            case "show":
                seen = reader.shown()
                assert seen == expected[-len(seen) :]
    reader.do("Object.assign(edge, {live: 'ok', ops: 'ok'})")
    reader.pass_time(180)
    reader.insert("u-last")
    reader.pass_time(1)
    assert reader.shown() == ["u-last", *expected]
    assert not reader.errors


def hide(reader: Reader, hidden: bool) -> None:
    reader.do(
        "(() => { Object.defineProperty(document, 'hidden', {value: it, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')) })()",
        hidden,
    )
