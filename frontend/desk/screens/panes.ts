// What the parts of a story's desk share: which pane a phone shows, which list, which dialog, and what was thrown away.
import { batch, signal } from "@preact/signals";
import type { Update } from "../api";
import type { Desk } from "../engine/desk";
import { type Kept, fromServer } from "../engine/words";

export type Pane = "queue" | "write" | "page" | "more";
export type List = "filed" | "drafts" | "scheduled";
export type Asking = { what: "telling" } | { what: "preview" } | { what: "withdraw"; update: Update };

/** The pane that a phone shows; a wide screen shows them all. */
export const pane = signal<Pane>("write");
/** Which list of the queue is shown; null: the first that has something will be. */
export const list = signal<List | null>(null);
/** The dialog that is open. */
export const asking = signal<Asking | null>(null);
/** The draft that was thrown away last, and can be brought back. */
export const thrown = signal<Kept | null>(null);
/** The draft whose two versions are looked at later. */
export const later = signal("");
/** By draft, when it was filed that this device has seen. */
export const seen = signal<Record<string, string>>({});
/** The drafts of the strip, in order, by id. */
export const strip = signal<string[]>([]);

/** Another story's desk. Gives what ends following it. */
export function attend(desk: Desk): () => void {
  batch(() => {
    pane.value = "write";
    list.value = asking.value = thrown.value = null;
    later.value = "";
    seen.value = {};
    strip.value = [];
  });
  let here = true;
  void desk.keep.text<Record<string, string>>(`seen ${desk.slug}`).then((kept) => here && kept && (seen.value = { ...kept, ...seen.value }));
  void desk.keep.text<string[]>(`strip ${desk.slug}`).then((kept) => {
    if (!here || !kept) return;
    strip.value = [...new Set([...kept, ...strip.value])];
    remember(desk, `strip ${desk.slug}`, strip.value);
  });
  const leave = desk.open.subscribe((draft) => join(desk, draft.id));
  return () => {
    here = false;
    leave();
  };
}

function join(desk: Desk, id: string): void {
  if (!strip.peek().includes(id)) lay(desk, [...strip.peek(), id]);
}

/** Keep the strip; only drafts that are still here stay in it. */
function lay(desk: Desk, ids: string[]): void {
  const kept = new Set(desk.here.peek().map((draft) => draft.id));
  strip.value = ids;
  remember(desk, `strip ${desk.slug}`, ids.filter((id) => kept.has(id) || id === desk.open.peek().id).slice(-30));
}

/** Take a draft out of the strip; it is kept. */
export function shut(desk: Desk, id: string): void {
  const place = strip.value.indexOf(id);
  const left = strip.value.filter((other) => other !== id);
  lay(desk, left);
  if (desk.open.value.id !== id) return;
  const there = new Set(desk.here.value.map((draft) => draft.id));
  const next = [...left.slice(place), ...left.slice(0, place).reverse()].find((other) => there.has(other));
  if (next) void desk.take(next);
  else desk.begin();
}

/** What this page remembered of late: there at once, and not only when the disk has answered. */
const late = new Map<string, unknown>();
export const remembered = (name: string): unknown => late.get(name);

/** Put half-written words on the disk. */
export function remember(desk: Desk, name: string, value: unknown): void {
  late.set(name, value);
  void desk.keep.putText(name, value);
}

/** Show a draft in the Write pane, and go there. */
export async function open(desk: Desk, id: string): Promise<void> {
  const filed = desk.feed.drafts.value.find((draft) => draft.id === id)?.filed;
  if (filed && seen.value[id] !== filed) {
    seen.value = { ...seen.value, [id]: filed };
    remember(desk, `seen ${desk.slug}`, seen.value);
  }
  await desk.take(id);
  toWrite();
}

/** To the Write pane: into the headline, but for a touch screen, where a keyboard would come up. */
export function toWrite(): void {
  pane.value = "write";
  const field = matchMedia("(pointer: coarse)").matches ? "main" : "headline";
  requestAnimationFrame(() => document.getElementById(field)?.focus());
}

/** An empty sheet, and the focus in its headline. */
export function begin(desk: Desk): void {
  desk.begin();
  toWrite();
}

/** What stands in a field and is not taken yet, a name, belongs to what is sent. */
export function taken(): void {
  const { activeElement: field } = document;
  if (field instanceof HTMLInputElement) field.blur();
}

/** Publish what is in the Write pane, or ask first how readers are told; who may not publish sends it to the desk. */
export function publish(desk: Desk): void {
  taken();
  if (!desk.mayPublish(desk.editing.value)) file(desk);
  else if (desk.open.value.edits) asking.value = { what: "telling" };
  else {
    void desk.publish();
    toWrite();
  }
}

/** Send what is in the Write pane to the desk: it is no longer among the open drafts. */
export function file(desk: Desk): void {
  taken();
  const { id } = desk.open.value;
  lay(desk, strip.value.filter((other) => other !== id));
  void desk.file();
  toWrite();
}

/** Throw a draft away; it can be brought back. */
export async function throwAway(desk: Desk, id: string): Promise<void> {
  const there = desk.feed.drafts.value.find((draft) => draft.id === id);
  await desk.typing.flushed();
  const kept = (await desk.keep.draft(id)) ?? (there && fromServer(there));
  await desk.discard(id);
  thrown.value = kept ?? null;
}

/** Bring back what was thrown away last: writing a draft makes it one again. */
export async function bringBack(desk: Desk): Promise<void> {
  const draft = thrown.value;
  if (!draft) return;
  thrown.value = null;
  for (const item of desk.outbox.items.value) {
    if (item.request.method === "DELETE" && item.request.path.endsWith(`/drafts/${draft.id}`)) await desk.outbox.remove(item);
  }
  const again = { ...draft, changes: draft.changes + 1, changed: Date.now() };
  await desk.keep.change(again.id, () => again);
  await desk.list();
  desk.show(again);
  desk.wake();
  toWrite();
}
