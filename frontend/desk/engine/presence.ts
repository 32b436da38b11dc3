// Who has which draft open, and how many read: asked and told while the page is in sight.
import { Refused, Unreached, ask } from "../api";
import type { Desk } from "./desk";
import type { Outbox } from "./outbox";

const TELL_MS = 20_000;
const READERS_MS = 10_000;

interface Here {
  here: { id: string; name: string }[];
  seconds: number;
}

export class Presence {
  private timers: number[] = [];
  private stops: (() => void)[] = [];
  private told = "";

  constructor(
    private readonly desk: Desk,
    private readonly outbox: Outbox,
  ) {}

  start(): void {
    const seen = (): void => {
      if (document.hidden) return;
      void this.tell();
      void this.count();
    };
    document.addEventListener("visibilitychange", seen);
    this.stops = [
      () => document.removeEventListener("visibilitychange", seen),
      // another draft was opened, or the server has this one now
      this.desk.open.subscribe((draft) => void (draft.base && draft.id !== this.told && this.tell())),
    ];
    this.timers = [window.setInterval(() => void this.tell(), TELL_MS), window.setInterval(() => void this.count(), READERS_MS)];
    void this.count();
  }

  end(): void {
    for (const timer of this.timers) clearInterval(timer);
    for (const stop of this.stops) stop();
  }

  private async tell(): Promise<void> {
    const { id, base } = this.desk.open.peek();
    if (!base || document.hidden || !this.outbox.reached.peek() || !this.outbox.awake) return;
    this.told = id;
    const said = await quietly(ask<Here>("POST", `/stories/${this.desk.slug}/drafts/${id}/presence`, {}));
    for (const who of said?.here ?? []) this.desk.feed.saw(id, who, said?.seconds ?? 0);
  }

  private async count(): Promise<void> {
    if (document.hidden || !this.outbox.reached.peek() || !this.outbox.awake) return;
    const said = await quietly(ask<{ total: number }>("GET", `/stories/${this.desk.slug}/audience`));
    this.desk.feed.readers.value = said ? said.total : null;
  }
}

/** What is nice to know and is asked again soon: null where the server does not say. */
async function quietly<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refused || error instanceof Unreached) return null;
    throw error;
  }
}
