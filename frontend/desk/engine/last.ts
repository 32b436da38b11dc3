// Who was here last, for a desk that opens before the newsroom answers. On the disk at once, like the words: a browser
// that dies a second later must open offline, and what localStorage keeps is not written for many seconds.
import { type IDBPObjectStore, openDB } from "idb";
import type { Me } from "../api";

/** account.ts deletes it when somebody signs out. */
const NAME = "standfirst";

export const remembered = (): Promise<Me | null> => run("readonly", async (store) => ((await store.get("me")) as Me | undefined) ?? null);

export const remember = (who: Me): Promise<unknown> => run("readwrite", (store) => store.put({ ...who, csrf: "" }, "me"));

export const forget = (): Promise<unknown> => run("readwrite", (store) => store.delete("me"));

/** Null where the browser keeps nothing: it does not open offline. */
async function run<M extends "readonly" | "readwrite", T>(mode: M, work: (store: IDBPObjectStore<unknown, ["last"], "last", M>) => Promise<T>): Promise<T | null> {
  try {
    const db = await openDB(NAME, 1, { upgrade: (made) => void made.createObjectStore("last") });
    try {
      const change = db.transaction("last", mode, { durability: "strict" });
      const result = await work(change.store as IDBPObjectStore<unknown, ["last"], "last", M>);
      await change.done;
      return result;
    } finally {
      db.close();
    }
  } catch {
    return null;
  }
}
