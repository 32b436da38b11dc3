// One story's desk: the drafts that are open here, what is on the page, and everything one can do about them.
import { type Signal, batch, computed, signal } from "@preact/signals";
import type { Draft, Me, Refused, Update } from "../api";
import { newId } from "../api";
import { Acts } from "./acts";
import { Feed } from "./feed";
import { Hold } from "./hold";
import type { Keep } from "./keep";
import type { Outbox } from "./outbox";
import { Presence } from "./presence";
import { Typing } from "./typing";
import { EMPTY, type Edits, type Kept, type Telling, type Waiting, type Words, editsOf, fromServer, hasWords, isSent, title, wordsOf } from "./words";

const DONE = { publish: "Published.", file: "With the desk.", schedule: "Scheduled." };
const SENDING = "Sending…";
const WAITS = "Waits to be sent.";
const PARTED = "The draft was changed elsewhere. Your words are kept as a draft of their own.";

export class Desk extends Acts {
  readonly feed: Feed;
  readonly typing: Typing;
  /** The draft in the Write pane. */
  readonly open: Signal<Kept>;
  /** All drafts that this device keeps of the story, changed last first, but those that wait to be sent. */
  readonly here = signal<Kept[]>([]);
  /** What happened last, for people. */
  readonly note = signal("");
  readonly waiting = computed(() => this.outbox.items.value.filter((item) => item.story === this.slug));
  readonly conflict = computed(() => this.open.value.conflict);
  // what of it lists and the bar show: they are not drawn anew at every key
  readonly openId = computed(() => this.open.value.id);
  readonly editing = computed(() => this.open.value.edits?.update);
  readonly refusal = computed(() => this.open.value.refused);
  /** Another tab of this browser writes the open draft; here it is shown as it is written there. See `writeHere`. */
  readonly elsewhere: Signal<boolean>;

  private readonly hold: Hold;
  private readonly presence: Presence;
  private deaf: (() => void)[] = [];
  private listing = Promise.resolve();
  private ended = false;

  constructor(
    readonly slug: string,
    readonly me: Signal<Me>,
    readonly keep: Keep,
    readonly outbox: Outbox,
  ) {
    super();
    this.open = signal(this.blank());
    this.typing = new Typing(this, keep, outbox.pusher);
    this.feed = new Feed(slug, me.peek(), keep, outbox, (id, now) => this.followed(id, now));
    this.hold = new Hold(keep.tabs, () => this.typing.flushed(), (id) => void this.reread(id));
    this.elsewhere = this.hold.elsewhere;
    this.presence = new Presence(this, outbox);
  }

  /** Show what is kept here, whether the server is reached or not; then ask the server. */
  async start(): Promise<void> {
    this.deaf = [
      this.outbox.listen(this.slug, {
        sent: (item) => this.sent(item),
        refused: (item, why) => this.refused(item, why),
        pushed: (id, draft) => this.pushed(id, draft),
        listed: () => {
          if ([SENDING, WAITS].includes(this.note.peek()) && !this.waiting.value.length) this.note.value = ""; // another tab sent it
          return this.list();
        },
      }),
      this.keep.tabs.hear((news) => {
        if (news.type === "kept" && news.draft.story === this.slug) this.mirrored(news.draft);
        if (news.type === "gone") this.gone(news.id);
      }),
      this.keep.parted.subscribe((times) => {
        if (!times) return;
        this.note.value = PARTED;
        void this.list().then(() => this.outbox.pusher.now());
      }),
    ];
    this.keep.beforeLeaving(() => this.typing.flushed());
    await this.list();
    if (this.ended) return; // one was gone before it was there
    const last = this.here.value.find((draft) => !draft.away);
    if (!this.open.value.changes) this.show(last ?? this.open.value);
    this.presence.start();
    await this.feed.start();
    this.outbox.pusher.now();
  }

  /** No more timers; what is on its way to the disk still gets there. */
  end(): void {
    this.ended = true;
    for (const stop of this.deaf) stop();
    this.feed.end();
    this.presence.end();
    this.hold.end();
    void this.typing.flushed().then(() => this.typing.end());
  }

  /** Resolves when every word is on the disk: a newer desk may take over then. */
  async settled(): Promise<void> {
    await this.typing.flushed();
    await this.keep.settled();
  }

  /** The words as they are now. "Saved" is said once they are on the disk. */
  type(words: Partial<Words>): void {
    this.past();
    this.typing.type(words);
    if (this.elsewhere.value) void this.writeHere();
  }

  /** Write the open draft in this tab, not in the one that does. */
  writeHere(): Promise<void> {
    return this.hold.here();
  }

  /** Leave the open draft, which is kept, and begin another. */
  begin(): void {
    this.show(this.blank());
  }

  /** Open a draft of this device or of the server; not one that waits to be sent. */
  async take(id: string): Promise<void> {
    this.past();
    const unsaved = this.typing.unsaved(id);
    if (unsaved) return this.show(unsaved);
    if (this.waiting.value.some((item) => item.draft === id)) return;
    const kept = await this.keep.draft(id);
    const theirs = this.feed.drafts.value.find((draft) => draft.id === id);
    const ours = kept && (!theirs || !isSent(kept) || kept.conflict || kept.base >= theirs.rev);
    const found = ours ? kept : theirs && (kept ? ((await this.feed.refreshKept(theirs)) ?? kept) : fromServer(theirs));
    if (found) this.show(this.typing.unsaved(id) ?? found); // it may be open already, and typed on meanwhile
  }

  /** Change what is on the page: in a draft that says which update and which revision it grew from. */
  async edit(update: Update): Promise<void> {
    const begun = this.here.value.find((draft) => draft.edits?.update === update.id);
    if (begun) return this.take(begun.id);
    const theirs = this.feed.drafts.value.find((draft) => draft.edits?.update === update.id && draft.author.id === this.me.peek().id && draft.state !== "scheduled");
    if (theirs) return this.take(theirs.id);
    // what waits to be published of it comes first
    const kept = await this.keep.drafts(this.slug);
    const waits = kept.filter((draft) => draft.edits?.update === update.id);
    const before = waits.sort((a, b) => (a.edits?.rev ?? 0) - (b.edits?.rev ?? 0)).at(-1);
    const rev = before?.edits ? before.edits.rev + 1 : update.rev;
    const words = before?.words ?? wordsOf(update);
    this.past();
    this.show({ ...this.blank(editsOf(update.id, rev, words)), words });
  }

  /** Throw the draft away, here and at the server, which keeps it for 30 days. */
  async discard(id: string): Promise<void> {
    await this.typing.flushed();
    const kept = await this.keep.draft(id);
    if (this.open.value.id === id) this.begin();
    await this.keep.remove(id);
    if (!kept || kept.base || kept.tried.length) await this.command("Throw away a draft", "DELETE", `/drafts/${id}`);
    await this.list();
  }

  /** Publish the open draft, as it is at this moment. It waits on the disk from now on. */
  publish(telling: Telling | null = null): Promise<void> {
    return this.send("publish", telling ?? {});
  }

  /** File the open draft to the desk. */
  file(): Promise<void> {
    return this.send("file", {});
  }

  /** Have the open draft go out at `at` (ISO 8601); embargo: nobody can publish it earlier. */
  schedule(at: string, embargo: boolean): Promise<void> {
    return this.send("schedule", { at, embargo });
  }

  /** Try again now: the network is back, or somebody signed in. */
  wake(): void {
    this.outbox.wake();
    this.outbox.pusher.now();
    void this.feed.refresh();
  }

  /** Put a draft into the Write pane. */
  show(draft: Kept): void {
    batch(() => {
      this.open.value = draft;
      this.typing.shown(draft);
      this.hold.take(draft.id);
    });
  }

  /** A draft's last words are kept. */
  written(after: Kept): void {
    const { value: open } = this.open;
    if (open.id === after.id) this.open.value = { ...after, words: open.words, changes: Math.max(open.changes, after.changes), changed: open.changed, refused: open.refused };
    if (!this.here.value.some((draft) => draft.id === after.id)) void this.list();
  }

  /** Another tab wrote the draft, too: what was typed here is one of its own. */
  parted(id: string, after: Kept): void {
    const { value: open } = this.open;
    if (open.id === id) {
      this.open.value = { ...after, words: open.words, changes: open.changes + 1, changed: open.changed };
      this.hold.take(after.id);
    }
    this.note.value = PARTED;
    void this.list();
  }

  /** List what is kept, one after the other: the last one knows best. */
  list(): Promise<void> {
    this.listing = this.listing.then(async () => {
      const asked = new Set((await this.keep.waiting()).map((item) => item.draft));
      const kept = await this.keep.drafts(this.slug);
      this.here.value = kept.filter((draft) => !asked.has(draft.id)).sort((a, b) => b.changed - a.changed);
    });
    return this.listing;
  }

  /** What was said is about what one wrote before. */
  private past(): void {
    const said = this.note.peek();
    if (said.startsWith("Done: ") || Object.values(DONE).includes(said)) this.note.value = "";
  }

  blank(edits: Edits | null = null): Kept {
    return { id: newId(), story: this.slug, words: EMPTY, base: 0, edits, changes: 0, sent: 0, changed: 0, refused: "", conflict: null, tried: [] };
  }

  /** From now on the open draft waits to be sent, with the words of this moment. */
  private async send(kind: "publish" | "file" | "schedule", body: object): Promise<void> {
    const draft = { ...this.open.value, changed: this.open.value.changed || Date.now() };
    if (!hasWords(draft.words) || draft.conflict) return;
    const label = { publish: "Publish", file: "Send to the desk", schedule: "Schedule" }[kind];
    const method = kind === "schedule" ? "PUT" : "POST";
    const item = this.item(kind, `${label}: ${title(draft.words)}`, draft.id, { method, path: "", body, ifMatch: null });
    const settle = this.typing.settling({ ...draft, changes: draft.changes || 1, refused: "" });
    this.begin();
    await this.outbox.add(item, async (box) => {
      const { id } = await settle(box);
      return { ...item, draft: id, request: { ...item.request, path: `/stories/${this.slug}/drafts/${id}/${kind}` } };
    });
    if (this.waiting.value.some((one) => one.key === item.key)) this.note.value = this.outbox.reached.peek() ? SENDING : WAITS;
    await this.list();
  }

  private async sent(item: Waiting): Promise<void> {
    const { method, path } = item.request;
    if (method !== "DELETE" || !/\/drafts\/\w+$/.test(path)) this.note.value = item.kind === "command" ? `Done: ${item.label}` : DONE[item.kind];
    this.feed.changed();
    if (item.draft && item.kind === "publish") this.gone(item.draft);
    await this.list();
  }

  private async refused(item: Waiting, why: Refused): Promise<void> {
    this.note.value = item.draft ? "" : `${item.label}: ${why.message}`;
    await this.list();
    if (!item.draft) return;
    // what one is writing now is not pushed aside
    if (this.open.value.changes > 0 && this.open.value.id !== item.draft && !isSent(this.open.value)) this.note.value = `${item.label}: not sent. It is with your drafts.`;
    else await this.take(item.draft);
  }

  private async pushed(id: string, draft: Draft | null): Promise<void> {
    if (draft) await this.feed.pushed(draft);
    await this.reread(id);
    await this.list();
  }

  /** Another tab has written this. */
  private mirrored(draft: Kept): void {
    if (this.open.value.id === draft.id && !this.typing.busy(draft.id)) this.show(draft);
    void this.list();
  }

  /** A draft is kept no longer: it was published, or thrown away. What is typed now stays. */
  private gone(id: string): void {
    if (this.open.value.id === id && !this.typing.busy(id)) this.begin();
    void this.list();
  }

  /** What the feed found out about a draft that is kept; null: it is closed, and was removed. */
  private followed(id: string, now: Kept | null): void {
    if (!now) return this.gone(id);
    if (this.open.value.id === id && !this.typing.busy(id)) this.show(now);
    void this.list();
  }

  /** What is known of the open draft besides its words may be new. */
  private async reread(id: string): Promise<void> {
    const now = await this.keep.draft(id);
    if (!now || this.open.value.id !== id) return;
    if (this.typing.busy(id)) this.written(now);
    else this.show(now);
  }
}
