"""Somebody who writes at the desk as people do: looks at the page, types on where the words end, minds what it says."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from playwright.sync_api import Error, Page, expect

from tests.browser.evening.device import Device
from tests.browser.evening.people import Porter

PATIENCE_S = 90
"""How long somebody tries before they call it broken."""
CHOICE = {
    "both": re.compile("^Keep both"),
    "mine": re.compile(r"^(Publish|Send|Write) mine"),
    "theirs": re.compile("^Keep theirs"),
}
UNREACHED = ("refused", "hole", "offline")


class Broken(AssertionError):
    """The desk did what it must not do."""


@dataclass
class Copy:
    """One update, as its author meant it so far."""

    headline: str
    text: str = ""
    begun: bool = False

    @property
    def whole(self) -> str:
        return f"{self.headline} {self.text}"


class Author:
    """`conflict`: what to choose if somebody else wrote the same; "": nobody did."""

    def __init__(
        self, device: Device, porter: Porter, email: str, desk: str, seed: object, patience_s: float = PATIENCE_S
    ) -> None:
        self.device = device
        self._patience_s = patience_s
        self.conflict = ""
        self.resolved = 0
        self._porter, self._email, self._desk = porter, email, desk
        self._chance = Random(f"{seed}/author")
        self._cookie = porter.cookie(email)
        self.network = "calm"
        self.arrive()

    @property
    def page(self) -> Page:
        return self.device.page

    def arrive(self) -> None:
        """At the desk, by whatever way the network leaves."""
        self.device.context.add_cookies([self._cookie])  # type: ignore[list-item]  # as playwright has it
        self.until(self._loaded, "the desk opens")

    def leave_network(self, how: str) -> None:
        """From now on the network is so."""
        self.network = how
        self.device.network.be(how if how != "offline" else "refused")  # type: ignore[arg-type]  # one of its states
        self.device.context.set_offline(how == "offline")

    def write(self, copy: Copy, words: str, killed_at: int = 0) -> None:
        """Type on; the browser dies after `killed_at` letters, and the rest is typed in the next."""
        if copy.begun:
            self.open(copy)
        copy.text = f"{copy.text} {words}".strip()
        if killed_at:
            self._type(copy, killed_at)
            self.kill(copy)
        self.until(lambda: self._type(copy), "every word stands on the page")

    def kill(self, copy: Copy) -> None:
        """And come back: what the page said was saved is there."""
        self.device.kill()
        said = [
            text for headline, text in self.device.saved if headline == copy.headline and copy.text.startswith(text)
        ]
        self.device.start()
        self.leave_network(self.network)
        self.arrive()
        if said:
            self.open(copy)
            self._judge(copy, max(said, key=len))

    def open(self, copy: Copy) -> None:
        """Have it in the Write pane."""
        self.until(lambda: self._opened(copy), f"the draft {copy.headline!r} is opened")

    def look_at(self, copy: Copy) -> bool:
        """Whether there is nothing more to choose; opens the draft, which may lie in a list with two versions."""
        if not self.page.get_by_role("dialog").first.is_visible():
            self._opened(copy)
        return not self.conflict

    def finish(self, copy: Copy, how: str, *, publishes: bool) -> None:
        """Publish it, or file it."""
        self.open(copy)
        verb = "publish" if publishes else "file"
        if how == "answer lost":
            self.device.network.lose_answer(f"/{verb} ")
        name = re.compile("^Publish" if publishes else "^Send to desk")
        if self._chance.random() < 0.5:
            self.page.get_by_role("main").get_by_role("button", name=name).click()
        else:
            self.page.get_by_label("Text").press("Control+Enter")
        if how == "killed":
            self.page.wait_for_timeout(self._chance.choice((0, 5, 20, 60)))
            self.device.kill()
            self.device.start()
            self.leave_network(self.network)
            self.arrive()

    def sent(self, copy: Copy) -> bool:
        """Whether the desk took it from the author's hands."""
        self.attend()
        shown = self.device.read(self.page)
        return shown is not None and shown[0] != copy.headline

    def tab(self) -> None:
        """Go on in another tab of the same browser."""
        others = [page for page in self.device.context.pages if page is not self.page]
        if others:
            self.device.page = others[0]
            self.page.bring_to_front()
        else:
            self.device.page = self.device.context.new_page()
            self.until(self._loaded, "the desk opens in another tab")

    def expire(self) -> None:
        """The session ends at the server; a next one is begun when the page asks."""
        self._porter.end(self._email)
        self._cookie = self._porter.cookie(self._email)

    def attend(self) -> None:
        """Do what the page asks for."""
        signing_in = self.page.get_by_role("dialog", name="Sign in")
        if signing_in.is_visible() and self.network not in UNREACHED:
            self._sign_in()
        choose = self.page.get_by_role("button", name=CHOICE[self.conflict or "both"])
        if choose.first.is_visible():
            if not self.conflict:
                raise Broken(f"a conflict that nobody caused: {self.page.get_by_role('dialog').all_inner_texts()}")
            choose.first.click()
            minor = self.page.get_by_label("Minor edit")
            self.page.wait_for_timeout(100)
            if minor.is_visible():  # how readers are told of the edit is asked in the same place
                choose.first.click()
            expect(choose.first).not_to_be_visible()
            self.conflict = ""
            self.resolved += 1
            return
        told = self.page.get_by_role("dialog", name="How should readers be told?")
        if told.is_visible():
            told.get_by_role("button", name="Publish the change").click()
        here = self.page.get_by_role("button", name="Write here")
        if here.is_visible():
            here.click()

    def until(self, done: Callable[[], bool], what: str | Callable[[], str]) -> None:
        """Try, and mind the page, until it is done."""
        said = ""
        end = time.monotonic() + self._patience_s
        while time.monotonic() < end:
            try:
                self.attend()
                if done():
                    return
            except Broken:
                raise
            except (AssertionError, Error) as error:  # a page that does not load is tried again
                said = str(error).splitlines()[0]
            self.page.wait_for_timeout(200)
        meant = what if isinstance(what, str) else what()
        raise Broken(f"never: {meant} {said}\n{self.page.locator('body').inner_text()[:1500]}")

    def _loaded(self) -> bool:
        """Whether the desk is there after it is asked for."""
        if self.device.read(self.page) is None and not self.page.get_by_role("dialog").first.is_visible():
            self.page.goto(self._desk, timeout=10_000)
            expect(self.page.get_by_label("Headline").or_(self.page.get_by_role("dialog")).first).to_be_visible(
                timeout=8000
            )
        return self.device.read(self.page) is not None

    def _sign_in(self) -> None:
        self.device.context.add_cookies([self._cookie])  # type: ignore[list-item]  # as playwright has it
        frame = next((one for one in self.page.frames if "/account/" in one.url or "/desk/done" in one.url), None)
        if frame is None:
            self.page.reload()
            return
        frame.goto(f"{self._desk.split('/desk/')[0]}/desk/done/")

    def _opened(self, copy: Copy) -> bool:
        shown = self.device.read(self.page)
        if shown is None:
            return self._loaded()
        if shown[0] == copy.headline:
            return True
        for name in ("Drafts", "With the desk", "From reporters"):
            tab = self.page.get_by_role("tab", name=re.compile(f"^{name}"))
            if tab.count():
                tab.first.click()
            item = self.page.get_by_role("listitem").filter(has_text=copy.headline)
            button = item.get_by_role("button", name="Open").or_(item.get_by_role("link", name="Open"))
            if button.count():
                button.first.click()
                return False
        return False

    def _type(self, copy: Copy, letters: int = 0) -> bool:
        """Whether all words stand there; types those that do not."""
        page = self.page
        if not copy.begun:
            page.get_by_role("main").locator("[data-command=new]").click()
            page.get_by_label("Headline").click()
            page.keyboard.type(copy.headline, delay=self._chance.choice((1, 4)))
            copy.begun = True
        shown = self.device.read(page)
        if shown is None or shown[0] != copy.headline:
            return not self._opened(copy) and False
        if shown[1] == copy.text:
            return True
        rest = self._judge(copy, "")
        page.get_by_label("Text").focus()
        page.keyboard.press("Control+End")
        page.keyboard.type(rest[:letters] if letters else rest, delay=self._chance.choice((0, 2, 8)))
        return False

    def _judge(self, copy: Copy, saved: str) -> str:
        """What is yet to be typed. Raises Broken if the page shows anything but what was, or less than was saved."""
        shown = self.device.read(self.page)
        if shown is None or shown[0] != copy.headline:
            return ""
        if not copy.text.startswith(shown[1]):
            raise Broken(f"other words than were typed:\n  typed {copy.text!r}\n  shown {shown[1]!r}")
        if not shown[1].startswith(saved):
            raise Broken(f"words that were saved are lost:\n  saved {saved!r}\n  shown {shown[1]!r}")
        rest = copy.text[len(shown[1]) :]
        return rest
