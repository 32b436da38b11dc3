// Forms whose words survive anything: kept while half-written, and until the newsroom has them.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused, newKey } from "../api";
import type { Keep } from "../engine/keep";
import { type NotTaken, type Outbox, backName, refusedName } from "../engine/outbox";
import type { Waiting } from "../engine/words";

/**
 * Words kept under a name: undefined while they are read, null for none. What is set is on its way to the disk when this
 * returns, one write at a time; null forgets it.
 */
export function useWords<T>(keep: Keep, name: string): [T | null | undefined, (value: T | null) => void] {
  const [value, show] = useState<{ name: string; value: T | null } | undefined>(undefined);
  const writing = useRef<Promise<void> | null>(null);
  const last = useRef<T | null>(null);
  useEffect(() => {
    let gone = false;
    void keep.text<T>(name).then((found) => gone || show({ name, value: found ?? null }));
    return () => void (gone = true);
  }, [keep, name]);
  const write = async (): Promise<void> => {
    let done: T | null | undefined;
    while (done !== last.current) await keep.putText(name, (done = last.current) ?? undefined);
    writing.current = null;
  };
  const set = (now: T | null): void => {
    show({ name, value: now });
    last.current = now;
    writing.current ??= write();
  };
  return [value?.name === name ? value.value : undefined, set];
}

/** A write that is about no draft, for the outbox. */
export const command = (story: string, label: string, request: Waiting["request"]): Waiting => ({
  key: newKey(),
  kind: "command",
  label,
  story,
  draft: null,
  request,
  asked: Date.now(),
  said: "",
});

/**
 * What became of something given to the outbox: it waits, it was done, it was taken back, or the newsroom would not do
 * it, and said why.
 */
export type Fate = { state: "none" | "waiting" | "sent" | "back" } | { state: "refused"; said: string };

export function useFate({ keep, outbox }: { keep: Keep; outbox: Outbox }, key: string | undefined): Fate {
  const [found, show] = useState<{ key: string; fate: Fate } | null>(null);
  const waits = outbox.items.value.some((item) => item.key === key);
  useEffect(() => {
    if (!key || waits) return;
    let gone = false;
    void Promise.all([keep.text<NotTaken>(refusedName(key)), keep.text<boolean>(backName(key))]).then(([no, back]) => {
      if (!gone) show({ key, fate: no ? { state: "refused", said: new Refused(no.problem).message } : { state: back ? "back" : "sent" } });
    });
    return () => void (gone = true);
  }, [key, waits]);
  if (!key) return { state: "none" };
  return !waits && found?.key === key ? found.fate : { state: "waiting" };
}

/** What the newsroom said, by the field that it is about; "" has what is about none of the `names`. */
export function byField(said: string, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const part of said.split(/; (?=[\w.[\]]+: )/)) {
    const [, path = "", words = ""] = /^([\w.[\]]+): (.*)$/s.exec(part) ?? [];
    const name = path.split(/[.[]/).find((step) => names.includes(step)) ?? "";
    const message = sentence(name ? words : part);
    found[name] = found[name] ? `${found[name]} ${message}` : message;
  }
  return found;
}

const sentence = (words: string): string => {
  const said = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(said) ? said : `${said}.`;
};
