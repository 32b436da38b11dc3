"""An evening: a plan is played by an author, an editor and the world; then every word is counted."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from playwright.sync_api import Error, Playwright

from tests.browser.evening.author import PATIENCE_S, UNREACHED, Author, Broken, Copy
from tests.browser.evening.device import Device
from tests.browser.evening.network import Network
from tests.browser.evening.people import Porter
from tests.browser.evening.plan import Plan, Step
from tests.browser.evening.words import Writer, wrong
from tests.browser.newsroom import Desk, Newsroom


class House:
    """A newsroom with its people, in which evenings are played."""

    def __init__(self, newsroom: Newsroom, playwright: Playwright, folder: Path) -> None:
        self.newsroom, self.playwright, self.folder = newsroom, playwright, folder
        self.porter = Porter(newsroom)
        self.emails = {role: self.porter.person(role, f"Rea {role}") for role in ("reporter", "editor")}

    def close(self) -> None:
        self.porter.close()

    def play(self, plan: Plan, *scripts: str, patience_s: float = PATIENCE_S) -> "Evening":
        """Raises Broken, naming the seed, if a word is lost, doubled or out of place."""
        evening = Evening(self, plan, scripts, patience_s)
        try:
            evening.play()
        finally:
            evening.close()
        return evening


class Evening:
    """One story of one evening. `expected`: each text with where it stands in the end."""

    def __init__(self, house: House, plan: Plan, scripts: tuple[str, ...] = (), patience_s: float = PATIENCE_S) -> None:
        self.plan = plan
        self.desk: Desk = house.newsroom.open(f"evening-{plan.seed}", bylines=[])
        self.network = Network(house.newsroom.port, plan.seed)
        profile = house.folder / self.desk.slug
        self.device = Device(house.playwright, profile, house.newsroom.port, self.network, *scripts)
        email = house.emails["editor" if plan.publishes else "reporter"]
        self._chance = Random(f"{plan.seed}/play")
        self._writer = Writer(plan.seed)
        self._copies: dict[int, Copy] = {}
        self._finished: dict[int, bool] = {}
        self._expected: list[str] = []
        self._entries = 1
        self._dispute: tuple[int, Step] | None = None
        self._theirs = ""
        self._house, self._email, self._patience_s = house, email, patience_s
        self.author: Author | None = None

    def play(self) -> None:
        """Raises Broken, with the plan and its seed."""
        url = f"{self._house.newsroom.door}/desk/story/{self.desk.slug}/"
        now: Step | None = None
        try:
            self.author = Author(self.device, self._house.porter, self._email, url, self.plan.seed, self._patience_s)
            for now in self.plan.steps:
                _DOES[now.kind](self, self.author, now)
            self._end(self.author)
        except (AssertionError, Error) as error:
            said = f"{self.plan}\nat: {now}\nthe network: {dict(self.network.happened)}\n{error}"
            raise Broken(said) from error

    def _end(self, author: Author) -> None:
        """Everything arrives, and is counted."""
        if author.network in UNREACHED:
            author.leave_network("calm")
        self.device.fill_disk(self._house.newsroom.door, full=False)
        self._expected = expected = self._all_expected()
        author.until(lambda: wrong(expected, self._found()) == [], lambda: self._said(expected))
        author.leave_network("calm")
        self._settle()
        assert wrong(expected, self._found()) == [], "\n".join(wrong(expected, self._found()))
        seq = self._house.newsroom.ask("GET", f"/stories/{self.desk.slug}")["seq"]
        assert seq == self._entries, f"{self._entries} entries of the log expected, there are {seq}"

    def close(self) -> None:
        try:
            self.device.close()
        finally:
            self.network.close()

    def write(self, author: Author, step: Step) -> None:
        copy = self._copies.get(step.update)
        if copy is None:
            copy = self._copies[step.update] = Copy(" ".join(self._writer.words(3)).capitalize())
        author.write(copy, self._writer.sentence(step.words), step.at)

    def finish(self, author: Author, step: Step) -> None:
        copy = self._copies[step.update]
        if self._dispute and self._dispute[0] == step.update and self._dispute[1].choice == "theirs":
            return
        author.finish(copy, step.how, publishes=self.plan.publishes)
        self._finished[step.update] = True
        if step.how == "killed":
            author.until(lambda: self._taken(author, copy), "the update is taken after the browser was killed")
        else:
            author.until(lambda: author.sent(copy), "the update leaves the Write pane")

    def arrive(self, author: Author, step: Step) -> None:
        copy = self._copies[step.update]
        author.until(lambda: self._draft(copy) is not None, f"the words of {copy.headline!r} reach the server")

    def change_network(self, author: Author, step: Step) -> None:
        author.leave_network(step.how)
        if author.conflict and step.how in ("calm", "lossy"):
            copy = next(copy for number, copy in self._copies.items() if self._dispute and number == self._dispute[0])
            author.until(lambda: not author.conflict or author.look_at(copy), "the conflict is shown, and resolved")

    def edit(self, author: Author, step: Step) -> None:
        """Somebody at the desk, on another line."""
        copy = self._copies[step.update]
        draft = self._draft(copy)
        assert draft is not None
        at, more = f"/drafts/{draft['id']}", self._writer.sentence(4)
        if step.how == "publishes":
            self.desk.do("POST", f"{at}/publish", {})
            self._entries += 1
        else:
            words = {"headline": copy.headline, "text": f"{draft['text']}\n\n{more}"}
            newsroom = self._house.newsroom
            newsroom.ask("PUT", f"/stories/{self.desk.slug}{at}", words, **{"If-Match": f'"{draft["rev"]}"'})
        self._disputed_by(author, step, f"{copy.whole} {more}" if step.how == "edits" else copy.whole)

    def _disputed_by(self, author: Author, step: Step, theirs: str) -> None:
        self._dispute, self._theirs = (step.update, step), theirs
        author.conflict = step.choice

    def set_clock(self, author: Author, step: Step) -> None:
        self.device.set_clock(step.hours)

    def expire(self, author: Author, step: Step) -> None:
        author.expire()

    def fill_disk(self, author: Author, step: Step) -> None:
        self.device.fill_disk(self._house.newsroom.door, full=step.how == "full")

    def change_tab(self, author: Author, step: Step) -> None:
        author.tab()

    def _taken(self, author: Author, copy: Copy) -> bool:
        """Press again, as people do, if the draft stands in the Write pane as if nothing had happened."""
        shown = self.device.read(author.page)
        if shown is None or shown[0] != copy.headline or self._place(copy) in ("page", "filed"):
            return shown is not None
        author.finish(copy, "", publishes=self.plan.publishes)
        return author.sent(copy)

    def _draft(self, copy: Copy) -> dict[str, Any] | None:
        """As the server has it, once it has all words."""
        found = [one for one in self._drafts() if text_of(one) == copy.whole]
        return found[0] if found else None

    def _place(self, copy: Copy) -> str:
        return next((text.split(": ")[0] for text in self._found() if text.endswith(f": {copy.whole}")), "")

    def _drafts(self) -> list[dict[str, Any]]:
        newsroom = self._house.newsroom
        return newsroom.ask("GET", f"/stories/{self.desk.slug}/drafts?limit=100", role="owner")["drafts"]  # type: ignore[no-any-return]

    def _found(self) -> list[str]:
        """Every text at the server, and where it stands."""
        page = [f"page: {text_of(one)}" for one in self.desk.updates() if not one["retraction"]]
        return page + [f"{one['state']}: {text_of(one)}" for one in self._drafts()]

    def _all_expected(self) -> list[str]:
        expected = []
        for number, copy in self._copies.items():
            place = "draft"
            if self._finished.get(number):
                place = "page" if self.plan.publishes else "filed"
            if self._dispute and self._dispute[0] == number:
                place = "draft" if self._dispute[1].choice == "theirs" else place
                expected += self._their_version(place)
            self._entries += place == "page"
            expected.append(f"{place}: {copy.whole}")
        return expected

    def _their_version(self, mine: str) -> list[str]:
        """What stands beside the author's."""
        assert self._dispute
        step = self._dispute[1]
        if step.how == "edits":
            return [] if step.choice == "mine" else [f"draft: {self._theirs}"]
        replaced = step.choice == "mine" and mine == "page"
        return [] if replaced else [f"page: {self._theirs}"]

    def _settle(self) -> None:
        """Nothing is on its way any more."""
        assert self.author
        page = self.author.page
        waiting = page.get_by_role("status").filter(has_text=re.compile("waiting|Sending|Saving"))
        self.author.until(lambda: waiting.count() == 0, "nothing waits to be sent")
        shown = self.device.read(page)
        gone = [copy.headline for number, copy in self._copies.items() if self._finished.get(number)]
        assert shown is None or shown[0] not in gone or self._dispute, f"what is sent is written on: {shown}"

    def _said(self, expected: list[str]) -> str:
        return "\n  ".join(["everything arrives", *wrong(expected, self._found())])


def text_of(one: dict[str, Any]) -> str:
    return " ".join([one["headline"], *one["text"].split()])


_DOES: dict[str, Callable[[Evening, Author, Step], None]] = {
    "write": Evening.write,
    "finish": Evening.finish,
    "arrive": Evening.arrive,
    "network": Evening.change_network,
    "editor": Evening.edit,
    "clock": Evening.set_clock,
    "expire": Evening.expire,
    "disk": Evening.fill_disk,
    "tab": Evening.change_tab,
}
