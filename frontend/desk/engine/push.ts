// A draft's words go to the server every two seconds, whatever story they belong to and whichever desk is open.
import { type Draft, Refused, Unreached, ask } from "../api";
import { Alarm } from "./alarm";
import { Backoff } from "./backoff";
import { meet } from "./conflicts";
import type { Keep } from "./keep";
import type { Outbox } from "./outbox";
import { type Kept, isSent, sameWords, toServer, wordsOf } from "./words";

const PUSH_MS = 2000;
const TRIES = 3;
const REMEMBERED = 100;

export class Pusher {
  private readonly alarm = new Alarm(() => this.now());
  private pushing = false;
  private more = false;
  private ended = false;
  private readonly backoff = new Backoff();

  constructor(
    private readonly keep: Keep,
    private readonly outbox: Outbox,
  ) {}

  start(): void {
    this.ended = false;
    this.now();
  }

  end(): void {
    this.ended = true;
    this.alarm.off();
  }

  /** Something was typed. */
  soon(): void {
    if (this.pushing) this.more = true;
    else this.alarm.in(PUSH_MS);
  }

  /** Give the server what it has not. */
  now(): void {
    this.alarm.off();
    if (this.ended) return;
    if (this.pushing) {
      this.more = true;
      return;
    }
    this.pushing = true;
    this.more = false;
    void this.pushAll().then((wait) => {
      this.pushing = false;
      if (!this.ended && (wait || this.more)) this.alarm.in(wait || PUSH_MS);
    });
  }

  /** Gives how many milliseconds to wait before what could not be done is tried again; 0: all is done. */
  private async pushAll(): Promise<number> {
    const asked = new Set((await this.keep.waiting()).map((item) => item.draft));
    for (const draft of await this.keep.all()) {
      if (this.ended || isSent(draft) || draft.refused || draft.conflict || asked.has(draft.id)) continue;
      try {
        const theirs = await this.outbox.alone(() => push(this.keep, draft.id));
        this.outbox.answered(true);
        this.backoff.reset();
        await this.outbox.pushed(draft.story, draft.id, theirs);
      } catch (error) {
        const wait = await this.failed(draft, error);
        if (wait) return wait;
      }
    }
    return 0;
  }

  private async failed(draft: Kept, error: unknown): Promise<number> {
    try {
      if (!(error instanceof Refused) || error.signedOut || error.passing) throw error;
      const met = await meet(this.keep, draft.id, error, null);
      await this.outbox.pushed(draft.story, draft.id, null);
      return met === "again" ? this.backoff.next(0) : 0;
    } catch (stopped) {
      if (stopped instanceof Unreached) this.outbox.answered(false);
      else if (!(stopped instanceof Refused)) reportError(stopped);
      return this.backoff.after(stopped);
    }
  }
}

/**
 * Give the server a draft's words as they are on the disk; null if it has them. An answer that was lost is no conflict:
 * what the server has is known again by when it was written. Raises Refused or Unreached.
 */
export async function push(keep: Keep, id: string): Promise<Draft | null> {
  for (let tries = 1; ; tries++) {
    const draft = await keep.change(id, trying);
    if (!draft || isSent(draft)) return null;
    const condition = draft.base ? { "If-Match": `"${draft.base}"` } : { "If-None-Match": "*" };
    try {
      const theirs = await ask<Draft>("PUT", pathOf(draft), toServer(draft), condition);
      await keep.change(id, (now) => now && { ...now, base: theirs.rev, sent: draft.changes, tried: [] });
      return theirs;
    } catch (error) {
      if (!(error instanceof Refused) || tries > TRIES || !(await mended(keep, draft, error))) throw error;
    }
  }
}

/** Note what is about to be sent, before it is. */
const trying = (now: Kept | undefined): Kept | undefined =>
  now && !isSent(now) && !now.tried.includes(now.changed) ? { ...now, tried: [...now.tried, now.changed].slice(-REMEMBERED) } : now;

/** Whether another try may go through. */
async function mended(keep: Keep, draft: Kept, why: Refused): Promise<boolean> {
  if (why.problem.status === 404 && draft.base) {
    // thrown away so long ago that the server forgot it
    await keep.change(draft.id, (now) => now && { ...now, base: 0 });
    return true;
  }
  if (why.code !== "conflict") return false;
  const there = await ask<Draft>("GET", pathOf(draft));
  const same = sameWords(wordsOf(there), draft.words);
  const mine = there.written !== null && draft.tried.includes(Date.parse(there.written));
  if (!same && !mine) return false;
  await keep.change(draft.id, (now) => now && { ...now, base: there.rev, sent: same ? draft.changes : now.sent });
  return true;
}

const pathOf = (draft: Kept): string => `/stories/${draft.story}/drafts/${draft.id}`;
