// What a person has set for themselves on this device: sound, keys. Kept in their own store.
import { signal } from "@preact/signals";
import type { Keep } from "./engine/keep";

export interface Preferences {
  /** A tone when a reporter's draft arrives. */
  sound: boolean;
  /** Keys that are one letter or sign, outside of text fields. */
  single: boolean;
  /** Keys that are not as delivered, by the command's id; "": none. */
  keys: Record<string, string>;
}

const DELIVERED: Preferences = { sound: true, single: true, keys: {} };
const NAME = "preferences";

export const preferences = signal<Preferences>(DELIVERED);

/** Read what is kept, which another tab may have changed. */
export async function readPreferences(keep: Keep): Promise<void> {
  preferences.value = { ...DELIVERED, ...(await keep.text<Partial<Preferences>>(NAME)) };
}

/** Resolves when it is kept. */
export function prefer(keep: Keep, change: Partial<Preferences>): Promise<void> {
  preferences.value = { ...preferences.value, ...change };
  return keep.putText(NAME, preferences.value);
}
