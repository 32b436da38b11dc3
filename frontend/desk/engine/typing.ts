// From the keyboard to this device, at once: "Saved" is said when it is on the disk, and not before.
import { signal } from "@preact/signals";
import { newId } from "../api";
import type { Desk } from "./desk";
import type { Box } from "./changes";
import type { Keep } from "./keep";
import type { Pusher } from "./push";
import { type Kept, type Words, apart, isSent, sameWords } from "./words";

const UNSEEN_MS = 50;
/** "Saved" is said when somebody stops, not between two letters. */
const PAUSE_MS = 250;

export type Saved = { state: "nothing" } | { state: "saving" } | { state: "saved"; at: number } | { state: "lost"; why: string };

export class Typing {
  /** When somebody typed here last, on the page's clock. */
  last = -Infinity;
  readonly saved = signal<Saved>({ state: "nothing" });

  /** Drafts as they were last typed that are not on the disk, or on their way there. */
  private readonly pending = new Map<string, Kept>();
  private under: Kept | null = null;
  /** How many changes of a draft this tab knows to be kept. Another number there: somebody else wrote. */
  private readonly known = new Map<string, number>();
  private writing: Promise<void> | null = null;
  private saying = 0;
  private readonly deaf: () => void;

  constructor(
    private readonly desk: Desk,
    private readonly keep: Keep,
    private readonly pusher: Pusher,
  ) {
    this.deaf = keep.trouble.subscribe((why) => {
      if (this.saved.peek().state === "lost" || (why && this.saved.peek().state === "saved")) this.tell();
    });
  }

  end(): void {
    this.deaf();
  }

  /** Another draft is in the Write pane. */
  shown(draft: Kept): void {
    if (!this.busy(draft.id)) this.known.set(draft.id, draft.changes);
    clearTimeout(this.saying);
    if (this.keep.trouble.peek()) this.tell();
    else this.saved.value = draft.changed ? { state: "saved", at: draft.changed } : { state: "nothing" };
  }

  type(words: Partial<Words>): void {
    this.last = performance.now();
    const draft = this.desk.open.value;
    const now = { ...draft, words: { ...draft.words, ...words }, changes: draft.changes + 1, changed: Date.now(), refused: "", away: false };
    this.desk.open.value = now;
    clearTimeout(this.saying);
    if (!["lost", "saving"].includes(this.saved.value.state)) this.saved.value = { state: "saving" };
    this.pending.set(now.id, now);
    this.writing ??= this.write();
  }

  /** Resolves when what was typed so far is on the disk, or in memory with the desk's `trouble` told. */
  async flushed(): Promise<void> {
    await this.writing;
  }

  /** Words of this draft are on their way to the disk. */
  busy(id: string): boolean {
    return this.pending.has(id) || this.under?.id === id;
  }

  /** As it was last typed, if that is not on the disk. */
  unsaved(id: string): Kept | undefined {
    return this.pending.get(id) ?? (this.under?.id === id ? this.under : undefined);
  }

  /** In the middle of a transaction: the draft as it stands in the Write pane is what is kept. Gives it, with its id. */
  settling(draft: Kept): (box: Box) => Promise<Kept> {
    this.pending.delete(draft.id);
    const spare = newId();
    return async (box) => {
      const known = this.known.get(draft.id) ?? 0; // a write of ours that was under way has ended by now
      const now = await box.draft(draft.id);
      const waits = await box.waits(draft.id);
      const after = settled(now, draft, known, waits, spare);
      if (after !== now) box.put(after);
      return after;
    };
  }

  /** One write is under way at most; what is typed meanwhile goes with the next, whichever draft is open by then. */
  private async write(): Promise<void> {
    try {
      while (this.pending.size) {
        await shown();
        const [draft] = this.pending.values();
        if (!draft) break; // it was sent meanwhile, and goes to the disk with that
        this.under = draft;
        const after = await this.keep.alter(this.settling(draft));
        this.under = null;
        this.known.set(after.id, after.changes);
        if (after.id !== draft.id) this.parted(draft.id, after);
        this.desk.written(after);
      }
      this.tell();
      this.pusher.soon();
    } finally {
      this.under = null;
      this.writing = null;
    }
  }

  /** What was typed here is a draft of its own now; what is typed on belongs to it. */
  private parted(id: string, after: Kept): void {
    const later = this.pending.get(id);
    this.pending.delete(id);
    if (later) this.pending.set(after.id, { ...after, words: later.words, changes: later.changes + 1, changed: later.changed });
    this.desk.parted(id, after);
  }

  private tell(): void {
    const why = this.keep.trouble.peek();
    clearTimeout(this.saying);
    if (why) this.saved.value = { state: "lost", why };
    else {
      const at = Date.now();
      this.saying = window.setTimeout(() => this.keep.trouble.peek() || (this.saved.value = { state: "saved", at }), PAUSE_MS);
    }
  }
}

/** The frame that shows what was typed comes first; a page that nobody sees has none. */
const shown = (): Promise<void> =>
  new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, UNSEEN_MS);
  });

/** What is kept of a draft that was typed, when `now` is what is kept already. */
function settled(now: Kept | undefined, draft: Kept, known: number, waits: boolean, spare: string): Kept {
  const { words, changes } = draft;
  const typed = { words, changed: draft.changed, refused: "", away: false };
  if (waits) return now && sameWords(now.words, words) ? now : apart(draft, spare);
  if (!now) return draft;
  if (now.changes === known) return { ...now, ...typed, changes: Math.max(changes, now.changes) };
  if (sameWords(now.words, words)) return now;
  // somebody else wrote: if the server has that, it is told which version these words grew from, and says what stands
  if (isSent(now)) return { ...now, ...typed, changes: Math.max(changes, now.changes) + 1, base: draft.base };
  return apart(draft, spare);
}
