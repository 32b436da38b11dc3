// How long to wait before asking again: longer each time, as the server says if it says, and not all desks at once.
import { Refused, Unreached } from "../api";

const FIRST_MS = 5000;
const MOST_MS = 20_000;

export class Backoff {
  private fails = 0;

  /** Milliseconds, less what was `spent` on waiting for the answer, half at most; `retryAfter` in seconds is never undercut. */
  next(retryAfter = 0, spent = 0): number {
    const wait = Math.min(MOST_MS, FIRST_MS * 2 ** this.fails) * (0.75 + Math.random() / 2);
    this.fails = Math.min(this.fails + 1, 10);
    return Math.max(wait - Math.min(spent, wait / 2), retryAfter * 1000 * (1 + Math.random() / 10));
  }

  /** Milliseconds, after this error. */
  after(error: unknown): number {
    return error instanceof Unreached ? this.next(0, error.after) : this.next(error instanceof Refused ? error.retryAfter : 0);
  }

  /** Something got through. */
  reset(): void {
    this.fails = 0;
  }
}
