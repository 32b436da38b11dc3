"""What a browser says and does when text that is kept runs on a page, or would if no policy stopped it."""

import re
from collections import Counter, deque
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

from tests.browser.injected import SUM

ALIKE = 3
"""Pages of one shape that are looked at."""
LEAVES = re.compile(r"/logout|/api/|/static/|/export|/download|/log/|/ops/|\.txt|/jsi18n|/ended|mailto:")
LISTEN = """
window.heard = [];
document.addEventListener('securitypolicyviolation', (event) =>
  heard.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""
LOOK = """() => ({
  ran: 'pwned' in window,
  base: document.baseURI === document.URL ? '' : document.baseURI,
  heard: window.heard,
  tells: (document.querySelector('main.page, main.content') ?? document.body).innerText.includes('pwned') ||
    [...document.querySelectorAll('input, textarea')].some((one) => one.value.includes('pwned')),
  sum: document.documentElement.textContent.includes('SUM'),
  inline: [...document.querySelectorAll(
    'base, [style]:not(body > pre), [onerror], [onload], [onfocus], [onmouseover], [srcdoc], ' +
    'meta[http-equiv=refresh], a[href^="javascript:" i], form[action^="javascript:" i]'),
    ...[...document.querySelectorAll('style, script:not([src]):not([type$=json])')]
      .filter((one) => /pwned|evil|alert/.test(one.textContent))
  ].map((one) => one.outerHTML.slice(0, 200)),
})""".replace("SUM", SUM)


class Watch:
    """All that a browser does which the text, if it ran, would make it do."""

    def __init__(self, context: BrowserContext, *homes: str) -> None:
        self.found: list[str] = []
        self.looked = 0
        self.telling: set[str] = set()  # paths of pages whose main part shows a payload, as text or in a field
        self._homes = (*(f"{home}/" for home in homes), "data:", "blob:", "about:")
        context.add_init_script(LISTEN)
        context.on("console", lambda said: self._say(said.text) if "Content Security Policy" in said.text else None)
        context.on("request", lambda asked: None if asked.url.startswith(self._homes) else self._say(asked.url))
        context.on("dialog", lambda dialog: (self._say(f"dialog {dialog.message}"), dialog.dismiss()))

    def look(self, page: Page) -> None:
        """Note what is wrong with the page that is open."""
        self.looked += 1
        said = page.evaluate(LOOK)
        if said.pop("tells"):
            self.telling.add(urlsplit(page.url).path)
        for name, wrong in said.items():
            if wrong:
                self._say(f"{page.url} {name} {wrong}")

    def crawl(self, page: Page, home: str, *paths: str, within: tuple[str, ...] = ("/",)) -> set[str]:
        """Look at these and what they link to, a few of each shape; the shapes. `within`: how links begin."""
        waiting, known, shapes = deque(paths), set(paths), Counter[str]()
        while waiting:
            path = waiting.popleft()
            shape = re.sub(
                r"injected-\d+|\d+|/(?=[a-z]*\d)[a-z0-9]{10,16}\b(?=/|$)|(?<=tag/)[^/?]+", "*", path.split("?")[0]
            )
            shapes[shape] += 1
            if shapes[shape] > ALIKE:
                continue
            answer = page.goto(home + path)
            assert answer is not None
            assert answer.status < 500, f"{path}: {answer.status}"
            assert answer.status != 429, path
            self.look(page)
            for link in page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.href)"):
                path = link.removeprefix(home).partition("#")[0]
                ours = link.startswith(home + "/") and path.startswith(within) and not LEAVES.search(link)
                if ours and path not in known:
                    known.add(path)
                    waiting.append(path)
        return set(shapes)

    def _say(self, what: str) -> None:
        self.found.append(what)
