/** Rings once, at the earliest time that it was set to. */
export class Alarm {
  private timer = 0;
  private due = Infinity;

  constructor(private readonly ring: () => void) {}

  /** In so many milliseconds, if it does not ring before. */
  in(wait: number): void {
    const due = performance.now() + wait;
    if (this.due <= due) return;
    this.off();
    this.due = due;
    this.timer = window.setTimeout(() => {
      this.due = Infinity;
      this.ring();
    }, wait);
  }

  off(): void {
    clearTimeout(this.timer);
    this.due = Infinity;
  }
}
