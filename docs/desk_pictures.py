"""Take the pictures of the desk's manual: `python docs/desk_pictures.py [NAME ...]`, from the repository's root.

Each picture shows a screen at 1280 and at 390 pixels, in light or in dark, of an invented flood on a server of its own.
"""

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tests.browser.newsroom import Desk, Newsroom  # noqa: E402  # the tests' own newsroom, when they are on the path
from tests.browser.test_door import Passkeys, join  # noqa: E402

PICTURES = ROOT / "docs" / "images" / "desk"
WIDE, PHONE = (1280, 900), (390, 844)
GAP = 24
COLOURS = 160
UPDATES = [
    ("Sea wall gives way at the harbour", "Water stands a metre deep in Fish Street.", True),
    ("Two shelters open in the upper town", "The school and the town hall take people in.", False),
    ("Ferries stop until morning", "The last boat left at nine.", False),
    ("Council says four pumps are on their way", "Four pumps leave Alder at ten, a spokeswoman says.", True),
]
FILED = [
    ("Alder road closed by a fallen oak", "Police turn cars back at the mill."),
    ("“We carried her down the stairs”", "A neighbour tells how the street got Mrs Vale out."),
]
WRITTEN = (
    "Pumps arrive at the harbour, two of four, fire service says",
    "Two of the four pumps that the council announced have arrived, the fire service says. The others wait at the oak.",
)


def person(browser: Browser, room: Newsroom, role: str, name: str) -> Page:
    """Somebody signed in."""
    page = browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]})
    Passkeys(page)
    join(page, room, role, name, f"{name.split()[0].lower()}@paper.example")
    return page


def write(page: Page, headline: str, words: str) -> None:
    page.get_by_label("Headline").fill(headline)
    page.get_by_label("Text").click()
    page.keyboard.type(words)
    page.get_by_text("on this device and the server").wait_for()


def told(page: Page) -> None:
    page.locator("#page [data-do=edit]").nth(1).click()
    page.get_by_label("Text").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" The next leaves at six.")
    page.get_by_text("on this device and the server").wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_role("dialog").wait_for()


def conflict(page: Page, desk: Desk) -> None:
    """Somebody else corrects the update that is being edited."""
    newest = desk.updates()[0]
    page.locator("#page [data-do=edit]").first.click()
    page.get_by_label("Text").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Two have arrived.")
    page.get_by_text("on this device and the server").wait_for()
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    page.get_by_role("dialog").get_by_role("button", name="Publish the change").click()
    desk.edit(newest["id"], text="Four pumps leave Alder at ten, a spokeswoman says; the fire service counts three.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Keep both as two updates").wait_for(timeout=60_000)


def previewed(page: Page) -> None:
    page.get_by_role("button", name="Preview").first.click()
    frame = page.frame_locator("iframe[title='The page with this draft on it']")
    frame.get_by_role("heading", name=WRITTEN[0]).first.wait_for()


def waiting(page: Page) -> None:
    """On a train: one update waits to be published."""
    page.locator("[data-choice=theirs]").click()
    page.locator("[data-command=new]").click()
    page.context.set_offline(True)
    page.get_by_label("Headline").fill("Council opens a third shelter, in the market hall")
    page.get_by_label("Text").click()
    page.keyboard.type("Two hundred people can sleep there, the council says.")
    page.keyboard.press("Control+Enter")
    page.locator("a.desk-state").click()
    page.get_by_text("You are offline.").wait_for()


def scheduled(desk: Desk) -> None:
    """One that a reporter filed goes out tomorrow evening."""
    path = f"/stories/{desk.slug}/drafts"
    filed = desk.newsroom.ask("GET", f"{path}?state=filed")["drafts"][-1]
    at = (datetime.now(UTC) + timedelta(days=1)).replace(hour=18, minute=0, second=0, microsecond=0)
    desk.newsroom.ask("PUT", f"{path}/{filed['id']}/schedule", {"at": at.isoformat(), "embargo": True})


def inserted(page: Page) -> None:
    page.get_by_label("Text").click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("/")


def withdrawn(page: Page) -> None:
    row = page.locator("#page [data-row]").nth(2)
    row.locator("[data-do=more]").click()
    row.locator("[data-do=withdraw]").click()
    page.get_by_role("dialog").wait_for()


def picture(page: Page, name: str) -> None:
    """Both widths side by side, in light and in dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of the two
        shots = []
        for width, height in (WIDE, PHONE):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(300)
            shots.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        whole = Image.new("RGB", (WIDE[0] + GAP + PHONE[0], WIDE[1]), "#808080")
        whole.paste(shots[0], (0, 0))
        whole.paste(shots[1], (WIDE[0] + GAP, 0))
        whole.quantize(COLOURS).save(PICTURES / f"{name}-{scheme}.png", optimize=True)
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def main(names: list[str]) -> None:
    """All pictures, or those that are named."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    os.environ["STANDFIRST_BREAKER_POSTS"] = "10000"
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        room = Newsroom(Path(scratch) / "home")
        try:
            options = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=options)
            take(browser, room, names)
            browser.close()
        finally:
            room.close()


def take(browser: Browser, room: Newsroom, names: list[str]) -> None:
    desk = room.open("Marrow flood", headline="Marrow flood: the sea wall gives way", standfirst="High water at three.")
    for headline, words, key in UPDATES:
        desk.post(headline, words, key=key)
    room.ask("PUT", f"/stories/{desk.slug}/summary", {"known": [{"text": "The sea wall has given way in two places."}]})
    home, story = f"{room.door}/desk/", f"{room.door}/desk/story/{desk.slug}/"
    reporter, editor = person(browser, room, "reporter", "Bo Lind"), person(browser, room, "editor", "Ida Berg")
    reporter.goto(story)
    for headline, words in FILED:
        write(reporter, headline, words)
        reporter.get_by_role("button", name="Send to desk").first.click()
        reporter.get_by_text("With the desk.").wait_for(state="attached")
    editor.goto(story)
    write(editor, *WRITTEN)

    def at(address: str, ready: str = "main") -> Callable[[], Page]:
        def go() -> Page:
            editor.context.set_offline(False)
            editor.goto(address)
            editor.locator(ready).first.wait_for()
            editor.wait_for_timeout(600)
            return editor

        return go

    def after(work: Callable[[], object]) -> Callable[[], Page]:
        def go() -> Page:
            at(story, "#page [data-do=edit]")()
            work()
            editor.wait_for_timeout(600)
            return editor

        return go

    screens: dict[str, Callable[[], Page]] = {
        "desk": at(story, "#page [data-do=edit]"),
        "reporter": lambda: reporter,
        "stories": at(home),
        "open": at(f"{home}open/"),
        "summary": at(f"{story}summary/"),
        "schedule": lambda: (scheduled(desk), at(f"{story}schedule/", "[data-row]")())[1],
        "story": at(f"{story}settings/"),
        "settings": at(f"{home}settings/"),
        "palette": after(lambda: editor.keyboard.press("Control+k")),
        "help": after(lambda: editor.keyboard.press("?")),
        "later": after(lambda: editor.get_by_role("button", name="Schedule", exact=True).click()),
        "preview": after(lambda: previewed(editor)),
        "withdraw": after(lambda: withdrawn(editor)),
        "insert": after(lambda: inserted(editor)),
        "telling": after(lambda: told(editor)),
        "conflict": after(lambda: conflict(editor, desk)),
        "history": at(f"{story}update/{desk.updates()[0]['id']}/"),
        "waiting": after(lambda: waiting(editor)),
    }
    for name in names or screens:
        picture(screens[name](), name)
        print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
