// What waits to be sent, of all stories: in order, each once, whatever happens to page, network and session.
import { signal } from "@preact/signals";
import { type Draft, type Problem, Refused, Unreached, ask } from "../api";
import { Alarm } from "./alarm";
import { Backoff } from "./backoff";
import { type Met, meet } from "./conflicts";
import type { Box } from "./changes";
import type { Keep } from "./keep";
import { Pusher, push } from "./push";
import type { Waiting } from "./words";

/** The name under which `Keep.text` has what the server would not take: a `NotTaken`. */
export const refusedName = (key: string): string => `refused/${key}`;
/** Under which it is kept that a command was taken back by whoever gave it. */
export const backName = (key: string): string => `back/${key}`;

/** Under which the note of a correction is kept, half-written or on its way, until the correction is on the page. */
export const tellingName = (draft: string): string => `telling ${draft}`;
/** A note that is not written yet, of what is to be a correction. */
export const CORRECTING = " ";

export interface NotTaken {
  item: Waiting;
  problem: Problem;
}

const LOCK = "outbox";
/** Held while the server is asked to do this one: then it cannot be taken back. */
const sending = (key: string): string => `sending ${key}`;
const TRIES = 3;
/** Between a try that found no newsroom and the next, where it answered something else. */
const AGAIN_MS = 1000;

/** What a story's desk hears of its things while it is open. */
export interface Carried {
  sent(item: Waiting, answer: unknown): void | Promise<void>;
  refused(item: Waiting, why: Refused): void | Promise<void>;
  /** The server has a draft's words now, or (null) something else about them was found out. */
  pushed(id: string, draft: Draft | null): void | Promise<void>;
  /** Another tab changed what waits, or it was taken back. */
  listed(): void | Promise<void>;
}

/** An item's way: it left, it can be tried again at once, or its story waits so many seconds (0: as long as usual). */
type Way = "left" | "again" | { wait: number };

export class Outbox {
  /** To be sent, in order. */
  readonly items = signal<Waiting[]>([]);
  readonly reached = signal(true);
  /** How often a draft's words went to the server, or something stood in their way. */
  readonly pushes = signal(0);
  /** Where to prove again who one is, before what waits is done. */
  readonly stepUp = signal("");
  readonly pusher: Pusher;
  /** When something was last done with a draft, by the server's clock: what it said of it before is old. */
  readonly done = new Map<string, number>();

  private draining = false;
  private more = false;
  private readonly alarm = new Alarm(() => this.drain());
  private ended = true;
  /** The newsroom did not answer the last try. */
  private missed = false;
  /** Stories that wait for a proof of who one is. */
  private readonly unproved = new Set<string>();
  private readonly tries = new Map<string, number>();
  private readonly backoff = new Backoff();
  private readonly listeners = new Map<string, Carried>();

  constructor(private readonly keep: Keep) {
    this.pusher = new Pusher(keep, this);
    keep.tabs.hear((news) => {
      if (news.type === "outbox") void this.list().then(() => this.tellListed());
    });
  }

  /** A story's desk wants to hear what became of its things. Gives what ends that. */
  listen(story: string, carried: Carried): () => void {
    this.listeners.set(story, carried);
    return () => void (this.listeners.get(story) === carried && this.listeners.delete(story));
  }

  async start(): Promise<void> {
    this.ended = false;
    for (const [target, kind] of NUDGES) target.addEventListener(kind, this.nudge);
    await this.list();
    this.wake();
    this.pusher.start();
  }

  /** Sends nothing more until it is started again. */
  end(): void {
    this.ended = true;
    for (const [target, kind] of NUDGES) target.removeEventListener(kind, this.nudge);
    this.alarm.off();
    this.pusher.end();
  }

  /** Resolves when it is on the disk; it is sent as soon as can be. `first` belongs to the same moment, and may change it. */
  async add(item: Waiting, first: (box: Box) => Promise<Waiting> = async () => item): Promise<void> {
    await this.keep.alter(async (box) => box.hold(await first(box)));
    await this.list();
    this.wake();
  }

  /** Take one back: its draft is an ordinary one again. Whether that was in time; one that is being done is waited for. */
  async remove(item: Waiting): Promise<boolean> {
    const back = await this.keep.tabs.alone(sending(item.key), () =>
      this.keep.alter(async (box) => {
        const there = (await box.waiting()).find((one) => one.key === item.key);
        if (there) box.done(there);
        return there !== undefined;
      }),
    );
    if (back && !item.draft) await this.keep.putText(backName(item.key), true);
    await this.list();
    await this.tellListed();
    return back;
  }

  /** Try now: the network is back, somebody signed in, or asks for it. */
  wake(): void {
    this.stepUp.value = "";
    this.unproved.clear();
    this.drain();
  }

  /** Not at rest until somebody signs in again. */
  get awake(): boolean {
    return !this.ended;
  }

  /** Only one tab of this person sends at a time. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.keep.tabs.alone(LOCK, work);
  }

  /** The newsroom answered somebody here, or it could not be reached. What waited for it to be back is sent soon. */
  answered(yes: boolean): void {
    const back = yes && !this.reached.peek();
    this.reached.value = yes;
    if (!back) return;
    if (this.missed && !this.draining) this.alarm.in(AGAIN_MS);
    this.pusher.soon();
  }

  /** A draft's words went to the server, or something stood in their way. */
  async pushed(story: string, id: string, draft: Draft | null): Promise<void> {
    this.pushes.value += 1;
    await this.listeners.get(story)?.pushed(id, draft);
  }

  private readonly nudge = (): void => {
    if (document.visibilityState === "hidden" && navigator.onLine) return this.pusher.now();
    this.drain();
    this.pusher.now();
  };

  private drain(): void {
    if (this.ended) return;
    if (this.draining) {
      this.more = true;
      return;
    }
    this.draining = true;
    this.more = this.missed = false;
    this.alarm.off();
    void this.drained().then((wait) => {
      this.draining = false;
      if (this.ended) return;
      if (this.more) this.drain();
      else if (wait) this.alarm.in(this.missed && this.reached.peek() ? AGAIN_MS : wait);
    });
  }

  /** Gives after how many milliseconds to try again what is left, 0 if there is nothing to try. */
  private async drained(): Promise<number> {
    await this.list();
    if (!this.items.value.length) return 0;
    try {
      const wait = await this.alone(() => this.sendAll());
      return wait === null ? 0 : this.backoff.next(wait);
    } catch (error) {
      this.missed = error instanceof Unreached;
      if (this.missed) this.answered(false);
      else if (!(error instanceof Refused)) reportError(error);
      return this.backoff.after(error);
    } finally {
      await this.list();
    }
  }

  /** What cannot be done now holds up its own story only. Gives how many seconds the server wants to be left alone; null: nothing waits for it. */
  private async sendAll(): Promise<number | null> {
    const held = new Set(this.unproved);
    let longest: number | null = null;
    while (!this.ended) {
      const item = (await this.keep.waiting()).find((one) => !held.has(one.story));
      if (!item) break;
      const way = await this.sendOne(item);
      this.reached.value = true;
      if (way === "left" || way === "again") continue;
      held.add(item.story);
      if (!this.unproved.has(item.story)) longest = Math.max(longest ?? 0, way.wait);
    }
    return longest;
  }

  private async sendOne(item: Waiting): Promise<Way> {
    try {
      if (item.draft && (await push(this.keep, item.draft))) this.backoff.reset(); // its words go before what is done with it
      const done = await this.keep.tabs.alone(sending(item.key), () => this.do(item));
      this.backoff.reset();
      await this.list();
      if (done) await this.listeners.get(item.story)?.sent(item, done.answer);
      return "left";
    } catch (error) {
      if (!(error instanceof Refused) || error.signedOut) throw error;
      if (error.code === "step-up") return this.prove(item, error);
      if (error.passing) return this.later(item, error);
      return this.stepOut(item, error);
    }
  }

  /** Nobody else's words go out in place of the draft's. null: it was taken back, or another tab has done it. */
  private async do(item: Waiting): Promise<{ answer: unknown } | null> {
    if (!(await this.keep.waiting()).some((one) => one.key === item.key)) return null;
    const { method, path, body, ifMatch } = item.request;
    const draft = item.draft ? await this.keep.draft(item.draft) : undefined;
    const condition = draft?.base ? `"${draft.base}"` : ifMatch;
    const answer = await ask<unknown>(method, path, body, { "Idempotency-Key": item.key, ...(condition ? { "If-Match": condition } : {}) });
    if (draft) this.done.set(draft.id, Date.parse((answer as Draft).changed));
    await this.left(item, draft?.sent ?? 0);
    return { answer };
  }

  /** It is done, with so many changes of its draft. */
  private async left(item: Waiting, changes: number): Promise<void> {
    if (item.draft && item.kind === "publish") await this.keep.putText(tellingName(item.draft), undefined);
    await this.keep.alter(async (box) => {
      const there = (await box.waiting()).find((one) => one.key === item.key);
      if (there) box.done(there);
      const draft = item.draft && (await box.draft(item.draft));
      if (!draft || draft.changes !== changes) return; // typed on: kept
      if (item.kind === "publish") box.remove(draft.id);
      else box.put({ ...draft, away: true });
    });
  }

  private async prove(item: Waiting, why: Refused): Promise<Way> {
    this.unproved.add(item.story);
    this.stepUp.value = why.problem.url ?? "";
    return this.later(item, why);
  }

  private async later(item: Waiting, why: Refused): Promise<Way> {
    if (item.said !== why.message) await this.keep.changeWaiting(item, (now) => ({ ...now, said: why.message }));
    return { wait: why.retryAfter };
  }

  /** It holds nothing up, and no word of it is lost. */
  private async stepOut(item: Waiting, why: Refused): Promise<Way> {
    const met = item.draft ? await this.meet(item, item.draft, why) : await this.put(item, why);
    if (met === "again") return "again";
    await this.list();
    const carried = this.listeners.get(item.story);
    if (met === "done") await carried?.sent(item, null);
    else await carried?.refused(item, why);
    return "left";
  }

  /** A draft says itself why it was not sent. */
  private async meet(item: Waiting, id: string, why: Refused): Promise<Met> {
    const tried = (this.tries.get(item.key) ?? 0) + 1;
    this.tries.set(item.key, tried);
    const met = await meet(this.keep, id, tried > TRIES ? new Refused({ ...why.problem, type: "" }) : why, item);
    if (met === "done") await this.left({ ...item, kind: "publish" }, (await this.keep.draft(id))?.changes ?? 0);
    return met;
  }

  /** What has words besides, or is told to nobody now, is kept for whoever wrote it to read why. */
  private async put(item: Waiting, why: Refused): Promise<Met> {
    const words = Object.keys(item.request.body ?? {}).length > 0;
    if (words || !this.listeners.has(item.story)) await this.keep.putText(refusedName(item.key), { item, problem: why.problem });
    await this.left(item, 0);
    return "noted";
  }

  private async tellListed(): Promise<void> {
    for (const carried of this.listeners.values()) await carried.listed();
  }

  private async list(): Promise<void> {
    this.items.value = await this.keep.waiting();
  }
}

const NUDGES: [EventTarget, string][] = [[window, "online"], [window, "focus"], [document, "visibilitychange"]];
