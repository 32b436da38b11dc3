"""From a key to the disk, and from a key to the screen."""

import random
from typing import Any

from playwright.sync_api import Page

from benchmarks.desk import people

ROUNDS = 3
EACH = 120
"""Keys."""
SLOWER = 4
GAP = (60, 180)
"""Milliseconds between keys, drawn evenly: a fast typist."""
WORDS = "the water stands at the second step of the harbour office and the last pump has stopped again "

PROBE = """
window.probe = { keys: [], durable: [], shown: [] };
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
  requestAnimationFrame(() => { waiting.push(at); frame.port2.postMessage(0); });
}).observe(document.querySelector(".desk-text"), { subtree: true, childList: true, characterData: true });
"""
"""Notes when keys were pressed (the event's own time), when transactions with drafts began and were on the disk, and
when the frame with the first change of the text was done: a task behind it, so that style, layout and paint are in."""


def measure(page: Page, address: str) -> dict[str, Any]:  # Any: JSON
    """Milliseconds. `page` has not been opened; its device keeps the drafts."""
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
    found["typing"] = shown(page, chance)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return found


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


def shown(page: Page, chance: random.Random) -> dict[str, Any]:  # Any: JSON
    """From a key to the end of the frame that has it. A key that changed nothing would be an error."""
    took: list[float] = []
    for _ in range(ROUNDS):
        page.evaluate("probe.keys.length = probe.shown.length = 0")
        press(page, chance, EACH)
        people.until(page, "probe.shown.length && probe.shown.at(-1)[0] >= probe.keys.at(-1)")
        said = page.evaluate("probe")
        if len(said["shown"]) < len(said["keys"]):
            raise RuntimeError(f"{len(said['keys']) - len(said['shown'])} keys did not change the text")
        took += [end - at for at, end in said["shown"]]
    return people.cuts(took)
