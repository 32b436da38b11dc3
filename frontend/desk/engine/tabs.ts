// The tabs of one person in this browser: what one has written the others show; what only one may do is done by one.
import type { Kept } from "./words";

export type News =
  | { type: "kept"; draft: Kept }
  | { type: "gone"; id: string }
  | { type: "outbox" }
  /** Whoever writes this draft is asked to let go. */
  | { type: "yield"; id: string };

/** A tab that is stopped by its system while it sends would hold up the others for good. Sending twice does nothing twice. */
const STUCK_MS = 45_000;

export class Tabs {
  private readonly channel: BroadcastChannel;
  private readonly ears = new Set<(news: News) => void>();

  constructor(private readonly person: string) {
    this.channel = new BroadcastChannel(`standfirst desk ${person}`);
    this.channel.onmessage = (event: MessageEvent<News>) => {
      for (const ear of this.ears) ear(event.data);
    };
  }

  /** Tell the other tabs. */
  tell(news: News): void {
    this.channel.postMessage(news);
  }

  /** Hear what other tabs tell; gives what ends that. */
  hear(ear: (news: News) => void): () => void {
    this.ears.add(ear);
    return () => void this.ears.delete(ear);
  }

  /** The name of a lock of this person. */
  lock(name: string): string {
    return `standfirst ${this.person} ${name}`;
  }

  /** Do it while no other tab does anything under this name. */
  async alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (!navigator.locks) return work();
    let under: Promise<T> | null = null;
    const begin = (): Promise<T> => (under = work());
    const patience = new AbortController();
    const stuck = setTimeout(() => patience.abort(), STUCK_MS);
    try {
      return await navigator.locks.request(this.lock(name), { signal: patience.signal }, () => {
        clearTimeout(stuck);
        return begin();
      });
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "AbortError") throw error;
      // either it was taken from us in the middle, and is still done; or nobody let go, and we take it
      return await (under ?? navigator.locks.request(this.lock(name), { steal: true }, begin).catch((lost: unknown) => under ?? Promise.reject(lost)));
    } finally {
      clearTimeout(stuck);
    }
  }

  close(): void {
    this.channel.close();
  }
}
