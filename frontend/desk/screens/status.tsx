// Whether a story goes on.

export const STATUSES: Record<string, string> = { live: "Live", paused: "Paused", ended: "Ended", scheduled: "Scheduled" };

export function Status({ of }: { of: string }) {
  return <span class={`desk-status is-${of}`}>{STATUSES[of] ?? of}</span>;
}
