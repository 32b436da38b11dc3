// How long to wait before asking again: longer each time, as the server says if it says, and not all desks at once.

const FIRST_MS = 5000;
const MOST_MS = 20_000;

export class Backoff {
  private fails = 0;

  /** Milliseconds; `retryAfter` in seconds is never undercut. */
  next(retryAfter = 0): number {
    const wait = Math.min(MOST_MS, FIRST_MS * 2 ** this.fails) * (0.75 + Math.random() / 2);
    this.fails = Math.min(this.fails + 1, 10);
    return Math.max(wait, retryAfter * 1000 * (1 + Math.random() / 10));
  }

  reset(): void {
    this.fails = 0;
  }
}
