"""Somebody at the desk: an account, a signed-in browser with a profile of its own, drafts on its disk."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright

from benchmarks.fill import WORDS
from benchmarks.latency import chromium

PASSWORD = "seven herons over Sallow"
ACCOUNT = """
import sys
from standfirst import config
from standfirst.site import boot
boot.prepare(config.load())
from allauth.account.models import EmailAddress
from standfirst.accounts.models import Person
email, password = sys.argv[1:]
person = Person.objects.create_user(email, password, name="Ida Brandt", role="owner")
EmailAddress.objects.create(user=person, email=email, primary=True, verified=True)
"""
EMAIL = "ida@sallow.example"
DRAFTS = 30
LONG = 2000
"""Words of the draft that is typed in; the others have SHORT."""
SHORT = 300
KEEP = """async ([drafts, long, short, words]) => {
  const { name } = (await indexedDB.databases()).find(({ name }) => name.startsWith("standfirst "));
  const db = await new Promise((done) => (indexedDB.open(name).onsuccess = (event) => done(event.target.result)));
  const change = db.transaction("drafts", "readwrite");
  const store = change.objectStore("drafts");
  const said = words.split(" ");
  const paragraphs = (count) => Array.from({ length: Math.ceil(count / 50) }, (_, n) => ({
    type: "paragraph",
    content: [{ type: "text", text: Array.from({ length: 50 }, (_, m) => said[(n * 50 + m) % said.length]).join(" ") }],
  }));
  store.getAll().onsuccess = (event) => {
    const first = event.target.result[0];
    for (let n = 0; n < drafts; n++) {
      const body = { type: "doc", content: paragraphs(n ? short : long) };
      const id = n ? `kept${String(n).padStart(6, "0")}` : first.id;
      const changed = Date.now() - n * 60_000;
      const fresh = n ? { base: 0, sent: 0, tried: [] } : {};
      const words = { ...first.words, headline: `Draft ${n}`, body };
      store.put({ ...first, ...fresh, id, changed, changes: first.changes + 1, words });
    }
  };
  await new Promise((done) => (change.oncomplete = done));
  db.close();
}"""
"""Makes DRAFTS of the one that was typed, as the desk itself keeps them."""


def account(home: Path) -> None:
    """Somebody who may publish, with a password."""
    environ = {**os.environ, "STANDFIRST_HOME": str(home)}
    subprocess.run([sys.executable, "-c", ACCOUNT, EMAIL, PASSWORD], env=environ, check=True)


def device(play: Playwright, profile: Path) -> BrowserContext:
    """A new browser process with this profile."""
    return play.chromium.launch_persistent_context(
        profile,
        executable_path=chromium(),
        args=["--no-sandbox"] if os.geteuid() == 0 else [],
        viewport={"width": 1280, "height": 900},
    )


def sign_in(page: Page, base: str) -> None:
    """By password."""
    page.goto(f"{base}/account/login/?next=/account/2fa/")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in with a password").click()
    page.wait_for_url("**/account/2fa/")


def open_desk(page: Page, address: str) -> None:
    """Until one can write."""
    page.goto(address)
    page.get_by_label("Text", exact=True).wait_for()


def keep_drafts(page: Page, address: str) -> None:
    """DRAFTS on this device, the long one open."""
    open_desk(page, address)
    write(page, "Draft 0", "The")
    kept = page.get_by_text("Draft on this device and the server")
    kept.first.wait_for()
    page.evaluate(KEEP, [DRAFTS, LONG, SHORT, WORDS])
    open_desk(page, address)
    until(page, f"document.querySelector('.desk-text').innerText.split(/\\s+/).length >= {LONG}")


def until(page: Page, said: str) -> None:
    """Wait until an expression is true. Playwright's own way makes code of strings, which the desk's policy forbids."""
    page.evaluate(f"async () => {{ while (!({said})) await new Promise((done) => setTimeout(done, 2)); }}")


def write(page: Page, headline: str, text: str) -> None:
    """In the open draft."""
    page.get_by_label("Headline", exact=True).fill(headline)
    page.get_by_label("Text", exact=True).click()
    page.keyboard.type(text)


def cuts(took: list[float]) -> dict[str, Any]:  # Any: JSON
    """Median, the 95th of a hundred (the smallest value that at least so many are not above), and the worst."""
    ordered = sorted(took)
    return {
        "n": len(ordered),
        "p50_ms": ordered[(len(ordered) - 1) // 2],
        "p95_ms": ordered[-(-len(ordered) * 95 // 100) - 1],
        "most_ms": ordered[-1],
    }
