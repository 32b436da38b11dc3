// A page that follows its story: what waits behind the toast, what is replaced at once, what the reader is told.
import type { Message, Operation } from "./cursor";
import { go, nodes, replace, steadily } from "./patch";
import { since } from "./since";
import { clock, tick } from "./times";
import { follow } from "./transport";
import { counted, word } from "./words";

const HIDDEN = 6e4; // ms after which a hidden tab lets go of its connection
const HUSH = 2e4; // ms between announcements
const LOST = 3; // failures running before the reader is told

const $ = (id: string) => document.getElementById(id)!;

export function live(base: string): void {
  const { seq, edition } = document.documentElement.dataset;
  const toast = $("toast");
  const say = $("say");
  const list = $("updates");
  let title = document.title;
  let waiting = new DocumentFragment(); // updates behind the toast, newest first
  let whole = false; // `waiting` is the whole list in a new order
  let stale = false; // the page cannot be patched any more
  let paused = false;
  let fails = 0;
  let heard = Date.now(); // the server's last word
  let left = 0; // when the tab was last hidden
  let leaving: number | undefined;
  let closed = true;
  let told = 0;
  let telling: number | undefined;
  const dropped = new Set<string>();

  const offer = (): string =>
    stale ? word("reload") : whole ? word("list") : waiting.childElementCount ? counted(waiting.childElementCount) : "";

  function paint(): void {
    const text = offer();
    const count = waiting.childElementCount;
    toast.hidden = !text;
    toast.lastElementChild!.textContent = text;
    document.title = count && !whole ? `(${count}) ${title}` : title;
  }

  /** Says what is new, politely: at most once in HUSH, and then what is true by then. */
  function announce(): void {
    telling ??= setTimeout(() => {
      telling = undefined;
      told = Date.now();
      say.textContent = offer();
    }, told + HUSH - Date.now());
  }

  function apply({ seq, ops }: Message): void {
    document.documentElement.dataset["seq"] = `${seq}`;
    document.title = title;
    steadily(() => {
      for (const operation of ops) perform(operation);
      sweep();
    });
    title = document.title;
    paint();
  }

  function perform(operation: Operation): void {
    switch (operation.op) {
      case "insert":
        if ($(operation.id) || waiting.getElementById(operation.id)) return;
        waiting.prepend(nodes(operation.html));
        announce();
        break;
      case "replace":
        replace(document, operation.id, operation.html);
        replace(waiting, operation.id, operation.html);
        break;
      case "drop":
        waiting.getElementById(operation.id)?.remove();
        dropped.add(operation.id);
        break;
      case "list":
        waiting = nodes(operation.html);
        whole = true;
        dropped.clear();
        announce();
    }
  }

  /** Takes away what left the front page, as far as it is below what the reader sees; the rest goes later. */
  function sweep(): void {
    for (const id of dropped) {
      const element = $(id);
      if (element && element.getBoundingClientRect().top < innerHeight) continue;
      element?.remove();
      dropped.delete(id);
    }
  }

  function show(id?: string): void {
    if (stale) return location.reload();
    const first = id ? waiting.getElementById(id) : waiting.firstElementChild;
    if (whole) list.replaceChildren(waiting);
    else {
      for (const update of waiting.children) update.classList.add("new");
      list.prepend(waiting);
    }
    whole = false;
    say.textContent = "";
    paint();
    go(first);
    sweep();
  }

  const story = follow(base, edition!, Number(seq), {
    apply,
    contact(count) {
      fails = count;
      if (!fails) heard = Date.now();
      notice();
    },
    reload() {
      stale = true;
      announce();
      paint();
    },
  });

  function notice(): void {
    const lost = !navigator.onLine || fails >= LOST;
    const box = $("offline");
    if (lost && box.hidden) box.textContent = word(navigator.onLine ? "stale" : "offline").replace("#", clock(heard));
    box.hidden = !lost;
  }

  function open(): void {
    if (paused || stale || document.hidden) return;
    closed = false;
    story.open();
  }

  function close(): void {
    closed = true;
    story.close();
  }

  toast.addEventListener("click", () => show());
  const control = $("livectl");
  control.hidden = false;
  control.addEventListener("click", () => {
    paused = !paused;
    control.setAttribute("aria-pressed", `${!paused}`);
    control.lastElementChild!.textContent = word(paused ? "paused" : "live");
    (paused ? close : open)();
  });
  // A key event's link may lead to an update that still waits. Links to other pages, and new tabs, are the browser's.
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const id = (event.target as Element).closest<HTMLAnchorElement>("a[href^='#']")?.hash.slice(1);
    if (!id || !waiting.getElementById(id)) return;
    event.preventDefault();
    show(id);
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving);
    if (document.hidden) {
      left = Date.now();
      leaving = setTimeout(close, HIDDEN);
    } else if (closed || fails || Date.now() - left >= HIDDEN) open();
  });
  addEventListener("online", () => (notice(), open()));
  addEventListener("offline", notice);
  addEventListener("pagehide", close);
  addEventListener("pageshow", () => closed && (tick(), open()));
  open();
  since(base);
}
