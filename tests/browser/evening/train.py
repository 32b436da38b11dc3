"""The evening of the specification: a reporter on a train, and an editor at the desk in a browser of their own."""

import re

from playwright.sync_api import Page, expect

from tests.browser.evening.author import Author
from tests.browser.evening.device import Device
from tests.browser.evening.network import Network
from tests.browser.evening.plan import Plan, Step
from tests.browser.evening.play import Evening, House
from tests.browser.evening.words import wrong

AS_READ = """(article) => {
  const heading = article.querySelector('h3').cloneNode(true);
  heading.querySelector('.vh')?.remove();
  return `${heading.textContent} ${[...article.querySelectorAll('.body p')].map((one) => one.textContent).join(' ')}`;
}"""
"""Headline and text of an update, without the time that is there to be heard."""
SEEDS = {"both": 101, "mine": 102, "theirs": 103}


def journey(choice: str) -> Plan:
    """Three updates; the first was at the server before the train left, and an editor works on it."""
    steps = (
        Step("write", 0, words=9),
        Step("arrive", 0),
        Step("network", how="offline"),
        Step("editor", 0, how="edits", choice=choice),
        Step("write", 0, words=7),
        Step("finish", 0),
        Step("write", 1, words=9),
        Step("write", 1, words=8, at=35),
        Step("finish", 1),
        Step("write", 2, words=9),
        Step("write", 2, words=6),
        Step("finish", 2),
        Step("network", how="lossy"),
    )
    return Plan(SEEDS[choice], False, steps)


class Train(Evening):
    """A context: the browsers end with it."""

    def __init__(self, house: House, choice: str) -> None:
        super().__init__(house, journey(choice))
        self._line = Network(house.newsroom.port, "editor")
        self._editor = Device(house.playwright, house.folder / f"editor-{choice}", house.newsroom.port, self._line)
        url = f"{house.newsroom.door}/desk/story/{self.desk.slug}/"
        self._at_desk = Author(self._editor, house.porter, house.emails["editor"], url, "editor")

    def __enter__(self) -> "Train":
        return self

    def __exit__(self, *_: object) -> None:
        self._editor.close()
        self._line.close()
        self.close()

    def edit(self, author: Author, step: Step) -> None:
        """In the editor's own browser: opened from the list, and typed on."""
        copy = self._copies[step.update]
        more = self._writer.sentence(4)
        theirs = type(copy)(copy.headline, copy.text, begun=True)
        self._at_desk.write(theirs, more)
        self._at_desk.until(lambda: self._draft(theirs) is not None, "the editor's words reach the server")
        self._disputed_by(author, step, theirs.whole)

    def publish_all(self) -> None:
        """The editor publishes what was filed, the first first; in the end every word is on the page or in a draft."""
        page = self._editor.page
        for copy in self._copies.values():
            if self._place(copy) == "filed":
                row = self._row(page, copy.headline)
                row.get_by_role("button", name=re.compile("^Publish")).click()
                self._at_desk.until(lambda one=copy: self._place(one) == "page", "what was filed is published")  # type: ignore[misc]
        expected = [text.replace("filed: ", "page: ") for text in self._expected]
        assert wrong(expected, self._found()) == []

    def read(self) -> None:
        """What stands on the page, as readers see it: each word once, in order."""
        page = self._editor.context.new_page()
        page.goto(self.desk.url)
        articles = page.locator("#updates article")
        published = [text for text in self._expected if text.startswith("filed: ")]
        expect(articles).to_have_count(len(published))
        shown = [one.evaluate(AS_READ) for one in articles.all()]
        assert wrong([text.removeprefix("filed: ") for text in published], shown) == []

    def _row(self, page: Page, headline: str):  # type: ignore[no-untyped-def]  # a locator
        tab = page.get_by_role("tab", name=re.compile("^From reporters"))
        tab.click()
        return page.get_by_role("listitem").filter(has_text=headline)
