// What the browser remembers for us. Storage may be forbidden or full: then nothing is remembered, and nothing breaks.

const PREFIX = "standfirst:";

// Functions, because with storage forbidden naming it throws already.
export const session = (): Storage => sessionStorage;
export const local = (): Storage => localStorage;

export function recall(store: () => Storage, key: string): string | null {
  try {
    return store().getItem(PREFIX + key);
  } catch {
    return null;
  }
}

export function remember(store: () => Storage, key: string, value: unknown): void {
  try {
    store().setItem(PREFIX + key, String(value));
  } catch {
    // Private mode, quota, policy: the reader's choice.
  }
}
