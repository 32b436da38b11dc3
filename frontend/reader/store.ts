// What the browser remembers for us. Storage may be forbidden or full: then nothing is remembered, and nothing breaks.

// By name, because where storage is forbidden touching it throws already.
type Store = "localStorage" | "sessionStorage";

const key = (name: string): string => "standfirst:" + name;

export function recall(store: Store, name: string): string | null {
  try {
    return window[store].getItem(key(name));
  } catch {
    return null;
  }
}

export function remember(store: Store, name: string, value: string): void {
  try {
    window[store].setItem(key(name), value);
  } catch {
    // Private mode, quota, policy: the reader's choice.
  }
}
