"""From a key to the disk, to the text, and to the screen, beside a bare editable text of the browser's own."""

import random
from typing import Any

from playwright.sync_api import BrowserContext, Page

from benchmarks.desk import people

ROUNDS = 3
EACH = 120
"""Keys."""
SLOWER = 4
GAP = (60, 180)
"""Milliseconds between keys, drawn evenly: a fast typist."""
WORDS = "the water stands at the second step of the harbour office and the last pump has stopped again "

PROBE = """
window.probe = { keys: [], durable: [], typed: [], shown: [] };
const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (names, mode, options) {
  const made = begin.call(this, names, mode, options);
  if (mode === "readwrite" && options?.durability === "strict" && [names].flat().includes("drafts")) {
    const began = performance.now();
    made.addEventListener("complete", () => probe.durable.push([began, performance.now()]));
  }
  return made;
};
let pressed = 0;
addEventListener("keydown", (event) => probe.keys.push((pressed = event.timeStamp)), true);
const frame = new MessageChannel();
const waiting = [];
frame.port1.onmessage = () => { for (const at of waiting.splice(0)) probe.shown.push([at, performance.now()]); };
window.follow = () => new MutationObserver(() => {
  if (!pressed) return;
  const at = pressed;
  pressed = 0;
  probe.typed.push([at, performance.now()]);
  requestAnimationFrame(() => { waiting.push(at); frame.port2.postMessage(0); });
}).observe(document.querySelector(".desk-text"), { subtree: true, childList: true, characterData: true });
"""
"""Notes when keys were pressed (the event's own time), when transactions with drafts began and were on the disk, when
the text had first changed, and when the frame with that was done: a task behind it, so that style, layout and paint
are in."""
BARE = """(paragraphs) => {
  const text = document.body.appendChild(document.createElement("div"));
  text.className = "desk-text";
  text.contentEditable = "true";
  text.style = "max-width: 40rem; font: 18px/1.5 Georgia, serif";
  for (const words of paragraphs) text.appendChild(document.createElement("p")).textContent = words;
  text.focus();
  getSelection().selectAllChildren(text.lastChild);
  getSelection().collapseToEnd();
}"""


def measure(page: Page, address: str) -> dict[str, Any]:  # Any: JSON
    """Milliseconds. `page` has not been opened; its device keeps the drafts."""
    context = page.context
    page.add_init_script(PROBE)
    people.open_desk(page, address)
    page.get_by_label("Text", exact=True).click()
    page.keyboard.press("Control+End")
    page.evaluate("follow()")
    chance = random.Random(5)  # the same pauses in every run
    press(page, chance, 40)  # until all is warm
    found: dict[str, Any] = {"durable": durable(page, chance)}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    press(page, chance, 20)
    found["typed"], found["shown"] = typing(page, chance)
    paragraphs = page.evaluate("[...document.querySelectorAll('.desk-text > p')].map((one) => one.textContent)")
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    page.close()
    found["bare_typed"], found["bare_shown"] = bare(context, paragraphs)
    return found


def bare(context: BrowserContext, paragraphs: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:  # Any: JSON
    """The same keys in the same words, in a page with nothing but them: what the browser itself takes."""
    page = context.new_page()
    page.add_init_script(PROBE)
    page.goto("data:text/html,<!doctype html><title>Bare</title>")
    page.evaluate(BARE, paragraphs)
    page.evaluate("follow()")
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    chance = random.Random(5)
    press(page, chance, 60)
    return typing(page, chance)


def press(page: Page, chance: random.Random, many: int) -> None:
    for number in range(many):
        page.keyboard.press("Space" if WORDS[number % len(WORDS)] == " " else WORDS[number % len(WORDS)])
        page.wait_for_timeout(chance.uniform(*GAP))


def durable(page: Page, chance: random.Random) -> dict[str, Any]:  # Any: JSON
    """From a key to the end of the first strict transaction that began after it: what "Saved" waits for."""
    took: list[float] = []
    for _ in range(ROUNDS):
        page.evaluate("probe.keys.length = probe.durable.length = 0")
        press(page, chance, EACH)
        people.until(page, "probe.durable.some(([began]) => began >= probe.keys.at(-1))")
        said = page.evaluate("probe")
        took += [next(end for began, end in said["durable"] if began >= key) - key for key in said["keys"]]
    return people.cuts(took)


def typing(page: Page, chance: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:  # Any: JSON
    """From a key to the text that has it, and to the end of the frame. A key that changed nothing is an error."""
    typed: list[float] = []
    took: list[float] = []
    for _ in range(ROUNDS):
        page.evaluate("probe.keys.length = probe.typed.length = probe.shown.length = 0")
        press(page, chance, EACH)
        people.until(page, "probe.shown.length && probe.shown.at(-1)[0] >= probe.keys.at(-1)")
        said = page.evaluate("probe")
        if len(said["shown"]) < len(said["keys"]):
            raise RuntimeError(f"{len(said['keys']) - len(said['shown'])} keys did not change the text")
        typed += [end - at for at, end in said["typed"]]
        took += [end - at for at, end in said["shown"]]
    return people.cuts(typed), people.cuts(took)
