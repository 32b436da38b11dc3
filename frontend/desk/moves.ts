// What keys do to the screen: the focus goes from row to row and from pane to pane, buttons are pressed as by hand.
import type { Desk } from "./engine/desk";
import { place } from "./router";
import { type Pane, file, pane as shownPane, publish, taken } from "./screens/panes";
import { clock, zoneOf } from "./screens/times";

/** What the focus goes to and fro between, and lists of rows lie in. */
export const PANES = "[data-pane],.desk-screen>main,.desk>section,.desk>main";
const FIRST = "[data-row],a[href],button:not([disabled]),input:not([disabled]),textarea,select,[contenteditable=true],[tabindex='0']";

export const visible = (element: HTMLElement): boolean => element.getClientRects().length > 0;
const all = (root: ParentNode, selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)].filter(visible);

function focus(element: HTMLElement): void {
  if (element.tabIndex < 0) element.tabIndex = -1; // it can have the focus, but not by Tab
  element.focus();
  element.scrollIntoView({ block: "nearest" });
}

/** Press what a row offers by that name. false: it does not. */
export function press(within: ParentNode, what: string): boolean {
  const button = all(within, `[data-do="${what}"]`)[0];
  button?.click();
  return button !== undefined;
}

/** Follow a row's first link. false: it has none. */
export function beside(row: HTMLElement): boolean {
  const link = row.matches("a") ? row : all(row, "a[href]")[0];
  link?.click();
  return link !== undefined;
}

/** The next row of the list that has the focus, or of the pane; else the first of the screen. false: there is none. */
export function step(row: HTMLElement | null, by: 1 | -1): boolean {
  const scope = (document.activeElement ?? document.body).closest(PANES);
  const rows = (scope && all(scope, "[data-row]").length ? all(scope, "[data-row]") : all(document, "[data-row]"));
  const at = row ? rows.indexOf(row) : -1;
  const next = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
  if (next) focus(next);
  return next !== undefined;
}

const ON_PHONE: Pane[] = ["queue", "write", "page", "more"];

/** The focus goes to the next pane; on a phone, where one is shown at a time, the next is shown. */
export function pane(by: 1 | -1): boolean {
  if (all(document, ".desk-tabs").length) {
    shownPane.value = ON_PHONE[(ON_PHONE.indexOf(shownPane.value) + by + ON_PHONE.length) % ON_PHONE.length] ?? "write";
    requestAnimationFrame(() => enter(all(document, PANES)[0]));
    return true;
  }
  const panes = all(document, PANES);
  const at = panes.findIndex((one) => one.contains(document.activeElement));
  const next = panes[at < 0 ? (by > 0 ? 0 : panes.length - 1) : (at + by + panes.length) % panes.length];
  enter(next);
  return next !== undefined;
}

/** Into the text of a pane, its first row, or the first thing that can have the focus. */
function enter(pane: HTMLElement | undefined): void {
  if (pane) focus(all(pane, ".desk-text")[0] ?? all(pane, "[data-row]")[0] ?? all(pane, FIRST)[0] ?? pane);
}

/** What Ctrl Enter means: save the form that one is in; else publish or file what is in the Write pane, or save the form that is open. */
export function inWrite({ desk }: { desk: Desk | null }, what: "publish" | "file"): boolean {
  const within = document.activeElement?.closest("form");
  if (within) {
    taken();
    if (what === "publish") queueMicrotask(() => within.requestSubmit()); // once what was taken stands in it
    return true;
  }
  if (place.value.screen === "desk" && desk) {
    if (what === "publish") publish(desk);
    else file(desk);
    return true;
  }
  const form = all(document, "form[data-save]")[0] as HTMLFormElement | undefined;
  if (what === "publish") form?.requestSubmit();
  return what === "publish" && form !== undefined;
}

/** Reassurance: the words are on this device the moment they are typed; the server is given them now. */
export async function reassure(desk: Desk): Promise<void> {
  await desk.typing.flushed();
  if (desk.typing.saved.value.state === "lost") return;
  desk.outbox.pusher.now();
  desk.note.value = `All is saved on this device, ${clock(Date.now(), zoneOf(desk))}.`;
}

export function saveNow(desk: Desk | null): boolean {
  if (desk && place.value.screen === "desk") void reassure(desk);
  return true; // never the browser's own "save page"
}
