// One tab writes a draft at a time; the others show what it writes, and may ask for it.
import { signal } from "@preact/signals";
import type { Tabs } from "./tabs";

/** How long the other tab has to write down its last words. */
const YIELD_MS = 1000;

export class Hold {
  /** Another tab of this browser writes the draft that is open here. */
  readonly elsewhere = signal(false);

  private id = "";
  private release: (() => void) | null = null;
  private asked = new AbortController();
  private readonly deaf: () => void;

  /** `flush`: have all of it on the disk. `got`: this tab writes the draft now, which another had. */
  constructor(
    private readonly tabs: Tabs,
    private readonly flush: () => Promise<void>,
    private readonly got: (id: string) => void,
  ) {
    this.deaf = tabs.hear((news) => {
      if (news.type === "yield" && news.id === this.id && this.release) void this.yield();
    });
  }

  /** This draft is open now, and no other. */
  take(id: string): void {
    if (id === this.id) return;
    this.leave();
    this.id = id;
    this.elsewhere.value = false;
    if (!navigator.locks) return;
    void navigator.locks
      .request(this.name(id), { ifAvailable: true }, (lock) => {
        if (lock) return this.held(id);
        if (this.id !== id) return undefined;
        this.elsewhere.value = true;
        this.queue(id);
        return undefined;
      })
      .catch(() => this.lost(id));
  }

  /** Write here: the other tab lets go, or after a second the draft is taken from it. */
  async here(): Promise<void> {
    const { id } = this;
    if (!this.elsewhere.value || !navigator.locks) return;
    this.tabs.tell({ type: "yield", id });
    await new Promise<void>((done) => {
      const stop = this.elsewhere.subscribe((elsewhere) => void (elsewhere || done()));
      setTimeout(() => {
        stop();
        done();
      }, YIELD_MS);
    });
    if (this.id !== id || !this.elsewhere.value) return;
    this.asked.abort();
    void navigator.locks.request(this.name(id), { steal: true }, () => this.held(id, true)).catch(() => this.lost(id));
  }

  end(): void {
    this.deaf();
    this.leave();
    this.id = "";
  }

  private name(id: string): string {
    return this.tabs.lock(`draft ${id}`);
  }

  private queue(id: string): void {
    this.asked.abort();
    this.asked = new AbortController();
    void navigator.locks
      .request(this.name(id), { signal: this.asked.signal }, () => this.held(id, true))
      .catch(() => this.lost(id));
  }

  /** Resolves when the lock may go. */
  private held(id: string, after = false): Promise<void> | undefined {
    if (this.id !== id) return undefined;
    this.elsewhere.value = false;
    if (after) this.got(id);
    return new Promise((done) => (this.release = done));
  }

  /** Another tab took it. What was typed here and is not on the disk becomes a draft of its own when it gets there. */
  private lost(id: string): void {
    if (this.id !== id || !this.release) return;
    this.release = null;
    this.elsewhere.value = true;
    this.queue(id);
  }

  private async yield(): Promise<void> {
    const { id, release } = this;
    await this.flush();
    if (this.id !== id || this.release !== release) return;
    this.release = null;
    this.elsewhere.value = true;
    release?.();
    this.queue(id);
  }

  private leave(): void {
    this.asked.abort();
    const { release } = this;
    this.release = null;
    if (release) void this.flush().then(release);
  }
}
