"""An editor signed in once, for tests of the desk's screens; what a screen must be in every state."""

from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.axe import everywhere
from tests.browser.conftest import Opener
from tests.browser.newsroom import Newsroom
from tests.browser.test_door import Passkeys, join


def signed_in(newsroom: Newsroom, opener: Opener, role: str, name: str) -> StorageState:
    """The cookies of somebody with a role, by invitation."""
    page = opener().new_page()
    Passkeys(page)
    join(page, newsroom, role, name, f"{name.replace(' ', '.').lower()}@paper.example")
    return page.context.storage_state()


def opened(page: Page, newsroom: Newsroom, path: str = "") -> Page:
    """A screen of the desk, below /desk/."""
    page.goto(f"{newsroom.door}/desk/{path}")
    expect(page.locator("#main")).to_be_visible()
    return page


def go(page: Page, path: str) -> None:
    """To another screen of the desk, loading nothing."""
    page.evaluate("(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')) }", path)


def offline(context: BrowserContext) -> None:
    """The newsroom is not reached any more: nothing of its API."""
    context.route("**/api/**", lambda route: route.abort("internetdisconnected"))


def online(page: Page) -> None:
    page.context.unroute("**/api/**")
    page.evaluate("dispatchEvent(new Event('online'))")


def judged(page: Page) -> None:
    """axe finds nothing at either width, light or dark; nothing is wider than the window, down to 320 px."""
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"wider than {width}"
    assert everywhere(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
