"""A real Chromium. It is never skipped: without one the tests fail and say what to install."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

from tests.browser.evening.people import Porter
from tests.browser.newsroom import Desk, Newsroom, story
from tests.browser.writer import Writer

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REMEDY = "install Chromium (`apt install chromium`), or let playwright fetch one (`playwright install chromium`)"

Opener = Callable[..., BrowserContext]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")


# For the folder, not the session: while playwright's loop runs, Django refuses its database to the other tests.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
    except Error as error:
        pytest.fail(f"no Chromium to drive: {REMEDY}\n{error}", pytrace=False)
    yield browser
    browser.close()


@pytest.fixture
def opener(browser: Browser) -> Iterator[Opener]:
    """Opens browser contexts (separate storage each) that end with the test. Takes what `Browser.new_context` takes."""
    contexts: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **options})
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()


@pytest.fixture(scope="package")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A running server for every test that does not kill it."""
    yield from _newsroom(tmp_path_factory)


@pytest.fixture(scope="package")
def porter(newsroom: Newsroom) -> Iterator[Porter]:
    """Who lets people in and out of that server."""
    porter = Porter(newsroom)
    yield porter
    porter.close()


@pytest.fixture
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A running server that the test may kill."""
    yield from _newsroom(tmp_path_factory)


def _newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    newsroom = Newsroom(tmp_path_factory.mktemp("newsroom") / "home")
    yield newsroom
    newsroom.close()


@pytest.fixture
def page(opener: Opener) -> Page:
    """A page that asks the server each time; within a second a browser shows its own copy and catches up from there."""
    context = opener()
    opened = context.new_page()
    context.new_cdp_session(opened).send("Network.setCacheDisabled", {"cacheDisabled": True})
    return opened


@pytest.fixture
def desk(newsroom: Newsroom, request: pytest.FixtureRequest) -> Desk:
    """A story of the test's own with three updates: One, Two, Three."""
    return story(newsroom, request.node.name.removeprefix("test_"))


@pytest.fixture
def writer(desk: Desk, opener: Opener, porter: Porter) -> Writer:
    """An editor at the desk of that story."""
    context = opener(service_workers="block")
    context.add_cookies([porter.cookie(porter.person("editor", "Ida Berg"))])  # type: ignore[list-item]
    return Writer(context, desk)
