"""One browser of one person: a process of its own with a profile that outlives it, behind a network that is not to be
trusted. It writes down what its pages say is saved."""

import contextlib
import os
import re
import shutil
import signal
from pathlib import Path

from playwright.sync_api import BrowserContext, CDPSession, Error, Page, Playwright

from tests.browser.conftest import FLAGS, NAMES
from tests.browser.evening.network import Network

SHIFTED = """
  (() => {
    const Real = Date;
    window.shiftMs = SHIFT;
    window.Date = class extends Real {
      constructor(...given) { given.length ? super(...given) : super(Real.now() + window.shiftMs); }
      static now() { return Real.now() + window.shiftMs; }
    };
  })();
"""
"""A clock that can be set."""
READ = """() => {
  const headline = document.querySelector('textarea[aria-label=Headline], input[aria-label=Headline]');
  const text = document.querySelector('[role=textbox][aria-label=Text], textarea[aria-label=Text]');
  if (!headline || !text) return null;
  const lines = text.value ?? [...text.querySelectorAll('p, h2, h3, li')].map((line) => line.textContent).join(' ');
  return [headline.value, lines.split(/\\s+/).join(' ').trim()];
}"""
SAID = """
  addEventListener('DOMContentLoaded', () => {
    if (window !== top) return;
    const read = READ;
    const says = '[role=status], .desk-state, .desk-about';
    const look = (changes) => {
      // only what says so is looked at: a letter is in the text before the desk knows of it
      const about = changes.map(({ target }) => (target.closest ? target : target.parentElement)?.closest(says));
      const saved = about.some((one) => one && /\\b[Ss]aved \\d/.test(one.textContent));
      const words = saved && read();
      if (words) window.saidSaved(words);
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
"""
"""Tells what stood on the page whenever it said that this was saved."""
KEPT = """
  (() => {
    const lines = ({ type, text, content = [] }) =>
      type === 'text' ? text : content.map(lines).join(type === 'paragraph' ? '' : ' ');
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value, ...key) {
      const { headline, body } = value?.words ?? {};
      if (this.name === 'drafts' && body) {
        const words = [headline, lines(body).split(/\\s+/).join(' ').trim()];
        this.transaction.addEventListener('complete', () => window.saidSaved(words));
      }
      return put.call(this, value, ...key);
    };
  })();
"""
"""Tells what the browser said it had written to the disk: offline the page has no room for its word "Saved"."""


class Device:
    """`saved`: what its pages said was saved, the newest last: headline and text."""

    def __init__(self, playwright: Playwright, profile: Path, server: int, network: Network, *scripts: str) -> None:
        self.network = network
        self.saved: list[tuple[str, str]] = []
        self._playwright, self._profile = playwright, profile
        self._rules = f"MAP localhost:{server} 127.0.0.1:{network.port}"
        self._scripts = scripts
        self._shift_ms = 0
        self._quota = False
        self.start()

    def start(self) -> None:
        found = next(filter(None, map(shutil.which, NAMES)), None)
        self.context: BrowserContext = self._playwright.chromium.launch_persistent_context(
            self._profile,
            executable_path=found,
            args=[*FLAGS, f"--host-resolver-rules={self._rules}"],
            viewport={"width": 1280, "height": 900},
            locale="en-GB",
        )
        self.context.set_default_timeout(15_000)
        self.context.expose_binding("saidSaved", lambda _, words: self.saved.append((words[0], words[1])))
        for script in (*self._scripts, SHIFTED.replace("SHIFT", str(self._shift_ms)), KEPT, SAID.replace("READ", READ)):
            self.context.add_init_script(script)
        self.page = self.context.pages[0]

    def kill(self) -> None:
        """The whole process group, at once, as a phone does when it wants the memory."""
        pids = self._pids()
        assert pids, "there is no browser to kill"
        for pid in pids:
            _kill(pid)
        with contextlib.suppress(Error):  # it is closed already
            self.context.close()
        for pid in pids:
            _gone(pid)
        (self._profile / "SingletonLock").unlink(missing_ok=True)

    def close(self) -> None:
        self.context.close()

    def set_clock(self, hours: float) -> None:
        """So many hours from the true time."""
        self._shift_ms = round(hours * 3_600_000)
        for page in self.context.pages:
            for frame in page.frames:
                frame.evaluate("(shift) => { window.shiftMs = shift }", self._shift_ms)
        self.context.add_init_script(f"window.shiftMs = {self._shift_ms}")

    def fill_disk(self, origin: str, *, full: bool) -> None:
        """Leave no room for what pages of `origin` keep, or give it back."""
        devtools: CDPSession = self.context.new_cdp_session(self.page)
        quota = {"quotaSize": 1} if full else {}
        devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin, **quota})
        devtools.detach()

    def read(self, page: Page) -> tuple[str, str] | None:
        """Headline and text in the Write pane; None: there is none."""
        found = page.evaluate(READ)
        return (found[0], found[1]) if found else None

    def _pids(self) -> list[int]:
        """Of the browser and all of its processes, the browser first."""
        mark = f"--user-data-dir={self._profile}".encode()
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and mark in _command(folder):
                found.append(int(folder.name))
        groups = {os.getpgid(pid) for pid in found} - {os.getpgrp()}
        everybody = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
        return sorted({*found, *(pid for pid in everybody if _group(pid) in groups)})


def _command(folder: Path) -> bytes:
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _gone(pid: int) -> None:
    """Returns when it is no more, or is nobody's but a zombie's."""
    while True:
        try:
            state = re.search(r"\) (\w)", Path(f"/proc/{pid}/stat").read_text())
        except OSError:
            return
        if state is None or state[1] == "Z":
            return
