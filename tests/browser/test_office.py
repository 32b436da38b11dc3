"""The newsroom's office in Chromium: accessible at both widths, light and dark, by keyboard, and without JavaScript."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener, _newsroom
from tests.browser.newsroom import Newsroom
from tests.browser.test_accounts import Ears, person, seen, sign_in
from tests.desk.test_newsroom import png

PAGES = ["", "people/", "invitations/", "tokens/", "settings/", "brakes/", "brakes/undo/", "brakes/thaw/", "audit/"]
SHOTS = os.environ.get("STANDFIRST_SHOTS", "")
"""A folder for pictures of every page, to look at."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A newsroom of its own: its settings are changed."""
    yield from _newsroom(tmp_path_factory)


@pytest.fixture(scope="module")
def owner(house: Newsroom, browser: Any) -> Iterator[dict[str, Any]]:  # Any: playwright's own state
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    sign_in(page, at(house), person(house, "walker"))
    yield context.storage_state()
    context.close()


def at(house: Newsroom) -> str:
    return f"http://localhost:{house.port}"


def office(house: Newsroom) -> str:
    return f"{at(house)}/desk/newsroom/"


def load_again(reader: Page) -> None:
    """The open page hears of the new edition, and offers to be loaded again: nobody is torn from what they read."""
    button = reader.locator("#toast")
    expect(button).to_be_visible(timeout=30_000)
    button.click()


def shot(page: Page, name: str) -> None:
    if SHOTS:
        for width, scheme in ((390, "light"), (1280, "light"), (1280, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
            page.screenshot(path=Path(SHOTS) / f"{name or 'overview'}-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(house: Newsroom, owner: dict[str, Any], opener: Opener, path: str) -> None:
    page = opener(storage_state=owner).new_page()
    ears = Ears(page)
    answer = page.goto(office(house) + path)
    assert answer is not None
    assert answer.status == 200
    seen(page, ears)
    shot(page, path.replace("/", "-").strip("-"))


def test_forms_work_without_javascript(house: Newsroom, owner: dict[str, Any], opener: Opener) -> None:
    page = opener(storage_state=owner, java_script_enabled=False).new_page()
    page.goto(office(house) + "invitations/")
    page.get_by_label("Name", exact=True).fill("Bo Lind")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("The link").input_value()
    assert re.fullmatch(r"http://[^/]+/account/invitation/[\w-]+/", link)
    shot(page, "invitation")
    page.goto(office(house) + "invitations/")
    expect(page.get_by_text("Bo Lind").first).to_be_visible()
    page.goto(office(house) + "tokens/")
    page.get_by_label("Name", exact=True).fill("importer")
    page.get_by_role("checkbox", name=re.compile("^publish")).check()
    page.get_by_role("button", name="Make the token").click()
    assert page.get_by_label("The token").input_value().startswith("sf_")
    shot(page, "token")


def test_errors_stand_beside_their_fields_and_are_accessible(
    house: Newsroom, owner: dict[str, Any], opener: Opener
) -> None:
    page = opener(storage_state=owner).new_page()
    ears = Ears(page)
    page.goto(office(house) + "settings/")
    page.get_by_label("Key, on light paper").fill("#cccccc")
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_key_light_error")).to_contain_text("make it darker")
    expect(page.locator("#id_zone_error")).to_contain_text("there is no time zone")
    ears.heard = [said for said in ears.heard if "status of 422" not in said]
    seen(page, ears)
    shot(page, "settings-errors")


def test_a_new_name_colours_and_a_logo_reach_an_open_page(
    house: Newsroom, owner: dict[str, Any], opener: Opener, tmp_path: Path
) -> None:
    slug = house.open("tide").slug
    reader = opener().new_page()
    reader.goto(f"{at(house)}/{slug}")
    expect(reader.locator(".mast .brand")).to_contain_text("Standfirst")
    page = opener(storage_state=owner).new_page()
    page.goto(office(house) + "settings/")
    page.get_by_label("Name", exact=True).fill("The Evening Echo")
    page.get_by_label("Key, on light paper").fill("#1b5e20")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    load_again(reader)
    expect(reader.locator(".mast .brand")).to_contain_text("The Evening Echo")
    assert reader.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--key')") == "#1b5e20"
    logo = tmp_path / "logo.png"
    logo.write_bytes(png(300, 60))
    page.get_by_label("PNG file").set_input_files(logo)
    page.get_by_role("button", name="Use this logo").click()
    expect(page.get_by_alt_text("The logo")).to_be_visible()
    load_again(reader)
    mark = reader.locator(".mast .brand img")
    expect(mark).to_be_visible()
    expect(mark).to_have_js_property("naturalWidth", 300)
    shot(page, "settings-after")
    shot(reader, "reader-after")
