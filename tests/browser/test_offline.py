"""The desk as an app: kept by the browser, opened without the network, renewed under somebody's hands, forgotten."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

import standfirst
from tests.browser.conftest import FLAGS, NAMES
from tests.browser.newsroom import Desk, Newsroom, story
from tests.browser.test_accounts import person, sign_in

PACKAGE = Path(standfirst.__file__).parent
INSTALLED = "navigator.serviceWorker.ready.then((found) => found.active.state)"
FORGOTTEN = """async () => {
    while ((await caches.keys()).length) await new Promise(requestAnimationFrame);
}"""
WRITTEN = """async (words) => {
    const { name } = (await indexedDB.databases()).find(({ name }) => name.startsWith("standfirst "));
    const db = await new Promise((done) => (indexedDB.open(name).onsuccess = (event) => done(event.target.result)));
    const all = () => new Promise((done) => {
      const asked = db.transaction("drafts").objectStore("drafts").getAll();
      asked.onsuccess = () => done(asked.result);
    });
    for (let tries = 0; tries < 400; tries++) {
      if (JSON.stringify(await all()).includes(words)) return db.close();
      await new Promise((done) => setTimeout(done, 25));
    }
    db.close();
    throw new Error("not on the disk: " + words);
}"""
"""Resolves when the disk has a draft with these words."""

Device = Callable[[], BrowserContext]


@pytest.fixture
def device(playwright: Playwright, tmp_path: Path) -> Iterator[Device]:
    """Starts the browser of one device, each time as a new process with the same profile; the one before ends."""
    running: list[BrowserContext] = []

    def start() -> BrowserContext:
        while running:
            running.pop().close()
        found = next(filter(None, map(shutil.which, NAMES)), None)
        made = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=found, args=FLAGS, viewport={"width": 1280, "height": 900}
        )
        made.set_default_timeout(60_000)
        running.append(made)
        return made

    yield start
    while running:
        running.pop().close()


@pytest.fixture
def mine(mortal: Newsroom, request: pytest.FixtureRequest) -> Desk:
    """A story of a newsroom that the test may stop."""
    return story(mortal, request.node.name.removeprefix("test_"))


def at_desk(context: BrowserContext, desk: Desk) -> Page:
    """Somebody signed in, at the desk of the story, which the browser has kept."""
    page = context.new_page()
    sign_in(page, desk.newsroom.door, person(desk.newsroom, desk.slug))
    page.goto(address(desk))
    expect(page.get_by_role("heading", name="On the page now")).to_be_visible()
    assert page.evaluate(INSTALLED) in ("activating", "activated")
    return page


def address(desk: Desk) -> str:
    return f"{desk.newsroom.door}/desk/story/{desk.slug}/"


def write(page: Page, headline: str, text: str) -> None:
    """Until it is on the disk."""
    page.get_by_label("Headline").fill(headline)
    page.get_by_label("Text").click()
    page.keyboard.type(text)
    saved(page, text)


def saved(page: Page, words: str) -> None:
    page.evaluate(WRITTEN, words)


def test_the_desk_can_be_installed(device: Device, mine: Desk) -> None:
    page = at_desk(device(), mine)
    devtools = page.context.new_cdp_session(page)
    assert devtools.send("Page.getAppManifest")["errors"] == []
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    page.goto(f"{mine.newsroom.door}/account/2fa/")
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"], "its control"


def serve(newsroom: Newsroom, mark: str, to: Path) -> None:
    """Restart the server with a build of the desk that differs by one line, which sets `window[mark]`."""
    package = to / mark / "standfirst"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    dist = package / "static" / "dist"
    names = json.loads((dist / "manifest.json").read_text())
    code = (dist / names["desk.js"]).read_text()
    (dist / names["desk.js"]).unlink()
    names["desk.js"] = "desk.0000000a.js"
    (dist / names["desk.js"]).write_text(f"window.{mark} = true;\n{code}")
    (dist / "manifest.json").write_text(json.dumps(names))
    newsroom.kill()
    newsroom.environ["PYTHONPATH"] = str(package.parent)
    newsroom.start()


def test_a_desk_begun_offline_has_its_drafts_and_takes_more_words(device: Device, mine: Desk) -> None:
    page = at_desk(device(), mine)
    write(page, "The pier is closed", "Nobody may pass the barrier")
    mine.newsroom.kill()
    page.keyboard.type(" until noon.")
    saved(page, "until noon.")

    page = device().new_page()  # the process ended, and begins anew without a server
    page.goto(address(mine))
    expect(page.get_by_label("Text")).to_have_text("Nobody may pass the barrier until noon.")
    page.get_by_label("Text").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" The ferry waits.")
    saved(page, "The ferry waits.")
    page.reload()
    expect(page.get_by_label("Text")).to_have_text("Nobody may pass the barrier until noon. The ferry waits.")
    page.get_by_label("Text").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(re.compile("1 waiting"))).to_be_visible()

    mine.newsroom.start()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()  # the session ended with the browser
    expect(page.get_by_text("Your words are kept on this device.")).to_be_visible()


def test_the_worker_answers_for_the_desk_alone(device: Device, mine: Desk) -> None:
    context = device()
    page = at_desk(context, mine)
    from_worker: dict[str, bool] = {}
    page.on(
        "response",
        lambda said: from_worker.__setitem__(said.url.removeprefix(mine.newsroom.door), said.from_service_worker),
    )
    page.goto(address(mine))
    expect(page.get_by_role("heading", name="On the page now")).to_be_visible()
    ours = {path for path, yes in from_worker.items() if yes}
    assert f"/desk/story/{mine.slug}/" in ours
    assert any(path.startswith("/static/dist/desk.") or path.startswith("/static/desk.") for path in ours)
    assert not {path for path in ours if not path.startswith(("/desk/story/", "/static/"))}
    assert any(path.startswith("/api/v1/") for path in from_worker)
    for path in ("/account/2fa/", "/desk/newsroom/", "/desk/done/", f"/{mine.slug}"):
        answer = page.goto(mine.newsroom.door + path)
        assert answer
        assert not answer.from_service_worker, path
    mine.newsroom.kill()
    for path in ("/account/login/", "/desk/newsroom/", "/desk/nothing/"):
        with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
            context.new_page().goto(mine.newsroom.door + path)
    page = context.new_page()
    page.goto(address(mine))
    expect(page.locator("#desk > *").first).to_be_visible()


def test_each_opening_has_a_nonce_of_its_own_and_the_policy_holds(device: Device, mine: Desk) -> None:
    page = at_desk(device(), mine)
    nonces = set()
    for _ in range(2):
        answer = page.goto(address(mine))
        assert answer
        assert answer.from_service_worker
        found = re.search(r"script-src 'nonce-([^']{24})'", answer.headers["content-security-policy"])
        assert found
        assert page.locator("script").evaluate("(script) => script.nonce") == found[1]
        nonces.add(found[1])
    assert len(nonces) == 2
    refused = """() => new Promise((resolve) => {
        addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
        void fetch("https://elsewhere.example/").catch(() => {});
    })"""
    assert page.evaluate(refused) == "connect-src"
    with pytest.raises(Error, match="requires 'TrustedScript'"):
        page.evaluate("() => { document.createElement('script').text = 'window.ran = true' }")


def test_an_operator_can_have_browsers_forget_the_desk_but_no_words(device: Device, mine: Desk) -> None:
    page = at_desk(device(), mine)
    write(page, "The pier is closed", "Nobody may pass")
    mine.newsroom.kill()
    mine.newsroom.environ["STANDFIRST_DESK_OFFLINE"] = "0"
    mine.newsroom.start()
    page.reload()
    page.evaluate(FORGOTTEN)
    answer = page.goto(address(mine))
    assert answer
    assert not answer.from_service_worker
    expect(page.get_by_label("Text")).to_have_text("Nobody may pass")


def test_a_new_version_waits_until_it_is_asked_for_and_takes_no_word(
    device: Device, mine: Desk, tmp_path: Path
) -> None:
    page = at_desk(device(), mine)
    write(page, "The pier is closed", "Nobody may pass")
    serve(mine.newsroom, "second", tmp_path)
    page.reload()
    assert page.evaluate("window.second") is None, "the old one, until somebody asks"
    expect(page.get_by_text("A new version is ready")).to_be_visible()
    page.get_by_label("Text").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" the barrier")
    with page.expect_event("load"):
        page.get_by_role("button", name="Use it now").click()
    expect(page.get_by_label("Text")).to_have_text("Nobody may pass the barrier")
    assert page.evaluate("window.second")
    assert len(page.evaluate("caches.keys()")) == 1
