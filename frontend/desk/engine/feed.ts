// What the server has of a story: its page, its drafts, who has which open, how many read. As it was last seen while offline.
import { batch, computed, signal } from "@preact/signals";
import { type Draft, type Me, type Story, type Update, Refused, Unreached, ask } from "../api";
import { Backoff } from "./backoff";
import type { Keep } from "./keep";
import type { Outbox } from "./outbox";
import type { News } from "./stream";
import { type Kept, fromServer, isSent } from "./words";

/** What comes within this time is asked for once. */
const REFRESH_MS = 150;
const CLOSED = new Set(["published", "discarded"]);

export interface Seen {
  story: Story;
  updates: Update[];
  drafts: Draft[];
}

/** What to ask for: all of it, the page, single drafts. */
interface Wanted {
  all: boolean;
  page: boolean;
  drafts: Set<string>;
}

const nothing = (): Wanted => ({ all: false, page: false, drafts: new Set() });

export class Feed {
  readonly story = signal<Story | null>(null);
  readonly updates = signal<Update[]>([]);
  readonly drafts = signal<Draft[]>([]);
  /** Who has which draft open, by its id; without oneself. */
  readonly present = signal<Record<string, string[]>>({});
  /** How many have the page open; null: not known. */
  readonly readers = signal<number | null>(null);
  /** Why the newsroom does not show this story to this person now; empty: it does. */
  readonly refusal = signal("");
  readonly filed = computed(() => this.drafts.value.filter((draft) => draft.state === "filed"));
  readonly scheduled = computed(() => this.drafts.value.filter((draft) => draft.state === "scheduled"));
  readonly others = computed(() => this.drafts.value.filter((draft) => draft.state === "draft" || draft.state === "returned"));

  private wanted = nothing();
  private asking: Promise<void> | null = null;
  private timer = 0;
  private again = 0;
  private ended = false;
  /** Drafts that are kept here: what becomes of them is asked even if the list does not have them. */
  private listed = new Set<string>();
  private readonly leave = new Map<string, number>();
  private readonly backoff = new Backoff();

  /** `followed` hears what became of a draft that is kept here, which somebody else wrote or closed (null). */
  constructor(
    private readonly slug: string,
    private readonly me: Me,
    private readonly keep: Keep,
    private readonly outbox: Outbox,
    private readonly followed: (id: string, now: Kept | null) => void,
  ) {}

  async start(): Promise<void> {
    const seen = await this.keep.seen<Seen>(`story/${this.slug}`);
    if (seen) this.put(seen);
    await this.refresh();
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.again);
    for (const timer of this.leave.values()) clearTimeout(timer);
  }

  /** An event of the desk's stream. */
  heard(kind: string, news: News): void {
    if (kind === "presence") {
      if (news.draft && news.who) this.saw(news.draft, news.who, news.seconds ?? 0);
    } else if (kind === "entry") {
      if ((this.story.value?.seq ?? 0) < (news.seq ?? Infinity)) this.want({ page: true });
    } else if (kind === "draft" && news.draft) {
      if (!this.knows(news)) this.want({ drafts: new Set([news.draft]) });
    } else {
      this.want({ all: true });
    }
  }

  /** Something of this story changed on the server. */
  changed(): void {
    this.want({ page: true });
  }

  /** Ask for everything. Resolves when it is there, or cannot be had. */
  async refresh(): Promise<void> {
    this.wanted.all = true;
    await this.go();
  }

  /** The server's answer to what was written here is news enough. */
  private took(draft: Draft): void {
    const { value: drafts } = this.drafts;
    const at = drafts.findIndex((one) => one.id === draft.id);
    const open = !CLOSED.has(draft.state);
    if (at < 0 && open) this.drafts.value = [draft, ...drafts];
    else if (at >= 0) this.drafts.value = open ? drafts.with(at, newer(draft, drafts[at])) : drafts.toSpliced(at, 1);
  }

  /** Somebody has a draft open, for so many seconds. */
  saw(draft: string, who: { id: string; name: string }, seconds: number): void {
    if (who.id === this.me.id || this.ended) return;
    const key = `${draft} ${who.id}`;
    clearTimeout(this.leave.get(key));
    const put = (there: boolean): void => {
      const others = (this.present.value[draft] ?? []).filter((name) => name !== who.name);
      this.present.value = { ...this.present.value, [draft]: there ? [...others, who.name] : others };
    };
    if (!this.present.value[draft]?.includes(who.name)) put(true);
    this.leave.set(key, window.setTimeout(() => put(false), seconds * 1000));
  }

  /** Somebody else wrote a draft of which the server has all that is here: it is brought up to date. Gives it. */
  async refreshKept(theirs: Draft): Promise<Kept | undefined> {
    const fresh = fromServer(theirs);
    const [now, changed] = await this.keep.alter(async (box) => {
      const kept = await box.draft(theirs.id);
      // what waits to be sent goes out as it is, or meets theirs
      if (!kept || (await box.waits(theirs.id)) || !isSent(kept) || kept.conflict) return [kept, false];
      const newer = kept.base < theirs.rev;
      // sent back it is here again; one that is with the desk may be written on
      if (!newer && (fresh.away || !kept.away || Date.parse(theirs.changed) < (this.outbox.done.get(kept.id) ?? 0))) return [kept, false];
      const changes = kept.changes + 1;
      const after = newer ? { ...fresh, changes, sent: changes } : { ...kept, away: false };
      box.put(after);
      return [after, newer];
    });
    if (changed && now) this.followed(theirs.id, now);
    return now;
  }

  /** What was written here is with the server: somebody else may have written on it before its answer came. */
  async pushed(draft: Draft): Promise<void> {
    this.took(draft);
    const known = this.drafts.value.find(({ id }) => id === draft.id);
    if (known && known.rev > draft.rev) await this.refreshKept(known);
  }

  private knows({ draft, rev, state }: News): boolean {
    if (state === "scheduled") return false; // its time may be another: an event does not say
    const one = this.drafts.value.find(({ id }) => id === draft);
    return one ? one.rev === rev && one.state === state : CLOSED.has(state ?? "") && !this.listed.has(draft ?? "");
  }

  private want(more: Partial<Wanted>): void {
    this.wanted.all ||= more.all ?? false;
    this.wanted.page ||= more.page ?? false;
    for (const id of more.drafts ?? []) this.wanted.drafts.add(id);
    if (this.timer || this.ended) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      void this.go();
    }, REFRESH_MS);
  }

  /** One question at a time, so that an older answer never follows a newer one. */
  private go(): Promise<void> {
    this.asking ??= this.askAll().finally(() => (this.asking = null));
    return this.asking;
  }

  private async askAll(): Promise<void> {
    while (!this.ended && (this.wanted.all || this.wanted.page || this.wanted.drafts.size)) {
      const { wanted } = this;
      this.wanted = nothing();
      try {
        await this.ask(wanted);
        this.outbox.answered(true);
        this.refusal.value = "";
        this.backoff.reset();
      } catch (error) {
        this.failed(error);
        return;
      }
    }
  }

  private failed(error: unknown): void {
    if (error instanceof Unreached) this.outbox.answered(false);
    else if (!(error instanceof Refused)) reportError(error);
    else if (!error.passing) this.refusal.value = error.signedOut ? "" : error.message;
    if (this.ended || (error instanceof Refused && !error.passing)) return;
    clearTimeout(this.again);
    this.again = window.setTimeout(() => void this.refresh(), this.backoff.after(error));
  }

  private async ask({ all, page, drafts }: Wanted): Promise<void> {
    const root = `/stories/${this.slug}`;
    this.listed = new Set((await this.keep.drafts(this.slug)).map(({ id }) => id));
    const [story, updates, list, single] = await Promise.all([
      all || page ? ask<Story>("GET", root) : null,
      all || page ? ask<{ updates: Update[] }>("GET", `${root}/updates?limit=50`) : null,
      all ? granted(ask<{ drafts: Draft[] }>("GET", `${root}/drafts?limit=100`)).then((list) => list ?? { drafts: [] }) : null,
      all ? [] : Promise.all([...drafts].map((id) => this.one(id))),
    ]);
    batch(() => {
      if (story) this.story.value = story;
      if (updates) this.updates.value = updates.updates;
      if (list) this.drafts.value = list.drafts.map((draft) => newer(draft, this.drafts.value.find(({ id }) => id === draft.id)));
      for (const draft of single) if (draft) this.took(draft);
    });
    if (this.story.value) await this.keep.see(`story/${this.slug}`, { story: this.story.value, updates: this.updates.value, drafts: this.drafts.value });
    for (const draft of list?.drafts ?? single) if (draft) await this.follow(draft);
    if (list) await this.followMissing(new Set(list.drafts.map(({ id }) => id)));
  }

  /** A draft that others closed is in no list. */
  private async followMissing(there: Set<string>): Promise<void> {
    for (const kept of await this.keep.drafts(this.slug)) {
      if (!kept.base || there.has(kept.id) || !isSent(kept) || kept.conflict) continue;
      const draft = await this.one(kept.id);
      if (draft) await this.follow(draft);
    }
  }

  private async follow(draft: Draft): Promise<void> {
    if (!this.listed.has(draft.id)) return;
    if (!CLOSED.has(draft.state)) return void (await this.refreshKept(draft));
    let gone = false;
    const asked = new Set((await this.keep.waiting()).map((item) => item.draft));
    await this.keep.change(draft.id, (kept) => {
      gone = !!kept && isSent(kept) && !kept.conflict && kept.base === draft.rev && !asked.has(draft.id);
      return gone ? undefined : kept;
    });
    if (gone) this.followed(draft.id, null);
  }

  private one(id: string): Promise<Draft | null> {
    return granted(ask<Draft>("GET", `/stories/${this.slug}/drafts/${id}`));
  }

  private put(seen: Seen): void {
    batch(() => {
      this.story.value = seen.story;
      this.updates.value = seen.updates;
      this.drafts.value = seen.drafts;
    });
  }
}

/** null: it is not there, or not for this person. */
async function granted<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refused && (error.problem.status === 403 || error.problem.status === 404)) return null;
    throw error;
  }
}

/** An answer may be older than what is known. */
const newer = (draft: Draft, known: Draft | undefined): Draft => (known && known.rev > draft.rev ? known : draft);
