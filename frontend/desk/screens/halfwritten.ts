// Half-written words of small forms: kept on this device until they are used.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Desk } from "../engine/desk";
import { remember, remembered } from "./panes";

/** What was written under a name, how to write it, and how to forget it. */
export function useKept(desk: Desk, name: string): [string, (words: string) => void, () => void] {
  const [words, show] = useState(() => (remembered(name) as string | undefined) ?? "");
  const touched = useRef(false);
  useEffect(() => {
    let here = true;
    void desk.keep.text<string>(name).then((kept) => here && kept && !touched.current && show(kept));
    return () => void (here = false);
  }, [name]);
  const write = (now: string): void => {
    touched.current = true;
    show(now);
    remember(desk, name, now || undefined);
  };
  return [words, write, () => write("")];
}
