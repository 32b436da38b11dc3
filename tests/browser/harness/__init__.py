"""A page and an edge without a server, for the reader script alone: time stands still unless the test moves it."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

import standfirst

HERE = Path(__file__).parent
DIST = Path(standfirst.__file__).parent / "static" / "dist"
SCRIPT = DIST / json.loads((DIST / "manifest.json").read_text())["reader.js"]
ORIGIN = "http://news.test"
EARLIER, NOON = "2031-03-02T11:59:00Z", "2031-03-02T12:00:00Z"


class Reader:
    """The harness page in a browser, with the faked edge behind it (see edge.js) and a clock that the test moves."""

    def __init__(self, context: BrowserContext) -> None:
        context.route("**/*", self._serve)
        context.add_init_script(path=HERE / "edge.js")
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.clock.install(time=EARLIER)
        self.page.clock.pause_at(NOON)

    def open(self, **ways: Any) -> "Reader":
        """Loads the page; `ways` set the edge's behaviour before the script runs (`live="refuse"`)."""
        if ways:
            self.page.add_init_script(f"Object.assign(edge, {json.dumps(ways)})")
        self.page.goto(f"{ORIGIN}/flood")
        self.settle()
        return self

    def do(self, script: str, argument: Any = None) -> Any:
        """Runs a script with `edge` in reach; what arrives is read before this returns."""
        return self.page.evaluate(f"async (it) => {{ const out = await ({script}); {_SETTLE}; return out }}", argument)

    def pass_time(self, seconds: float) -> None:
        self.page.clock.run_for(round(seconds * 1000))
        self.settle()

    def settle(self) -> None:
        """Lets everything happen that waits for no clock."""
        self.do("0")

    def ids(self) -> list[str]:
        """The updates on the page, from the top."""
        return self.page.evaluate("[...document.querySelectorAll('#updates > .up')].map((e) => e.id)")

    def insert(self, id: str, key: bool = False) -> None:
        self.do("edge.publish(it)", insertion(id, key))

    def shown(self) -> list[str]:
        """Presses the toast if it is there, and reads the page."""
        self.page.evaluate("document.getElementById('toast').hidden || document.getElementById('toast').click()")
        return self.ids()

    def asked(self) -> list[str]:
        return [path for _, path in self.page.evaluate("edge.asked")]

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/flood":
            route.fulfill(path=HERE / "page.html", content_type="text/html")
        elif path == "/static/reader.js":
            route.fulfill(path=SCRIPT, content_type="text/javascript")
        else:
            route.fulfill(status=404)


# The faked edge answers in microtasks, its streams a few tasks later; a MessageChannel takes turns without the clock.
_SETTLE = """for (let i = 0; i < 20; i++) await new Promise((go) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => { port1.close(); go() };
  port2.postMessage(0) })"""


def insertion(id: str, key: bool = False) -> dict[str, Any]:
    html = (
        f'<article class="up{" key" if key else ""}" id="{id}" data-seq="0" data-at="2031-03-02T12:00:00Z">'
        f"<h3>{id}</h3><p>Words of {id}.</p></article>"
    )
    return {"op": "insert", "id": id, "html": html, "key": key}
