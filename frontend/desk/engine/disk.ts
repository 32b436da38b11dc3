// The store of this browser: opened, brought up to date, given up to a newer desk, opened again when it was closed on us.
import { type DBSchema, type IDBPDatabase, type IDBPObjectStore, openDB } from "idb";
import { EMPTY, type Doc, type Kept, type Waiting, type Words } from "./words";

export interface Schema extends DBSchema {
  drafts: { key: string; value: Kept; indexes: { story: string } };
  waiting: { key: number; value: Waiting };
  /** What the server last said, so that the desk opens without it: by path. */
  seen: { key: string; value: unknown };
  /** Half-written words outside drafts (the summary, a note, a form), and this person's own settings: by name. */
  texts: { key: string; value: unknown };
}

export type Name = "drafts" | "waiting" | "seen" | "texts";
export type Mode = "readonly" | "readwrite";
export type Stores<M extends Mode> = { [N in Name]: IDBPObjectStore<Schema, Name[], N, M> };

const VERSION = 2;
const OPENING_MS = 3000;
/** How long a newer desk, which waits for this one to let go, is kept waiting for the last words. */
const LETTING_GO_MS = 2000;

/** The store is not there, in words for people. */
export class NoDisk extends Error {}

export class Disk {
  private db: Promise<IDBPDatabase<Schema>> | null = null;
  private ready = false;
  private outdated = false;

  /** `leave` is waited for before a newer desk gets the store. */
  constructor(
    private readonly person: string,
    private readonly leave: () => Promise<unknown>,
    private readonly left: () => void,
  ) {}

  /** One transaction; a change is on the disk when this resolves. Raises NoDisk, and what IndexedDB raises. */
  async run<T, M extends Mode>(names: Name[], mode: M, work: (stores: Stores<M>) => Promise<T>): Promise<T> {
    const db = await this.opened();
    let change;
    try {
      change = db.transaction(names, mode, { durability: "strict" });
    } catch (error) {
      this.forget(); // it was closed on us: it is opened again the next time
      throw error;
    }
    const stores = Object.fromEntries(names.map((name) => [name, change.objectStore(name)])) as unknown as Stores<M>;
    const done = change.done;
    done.catch(() => {}); // `work` may fail first
    try {
      const result = await work(stores);
      await done;
      return result;
    } catch (error) {
      if (mode === "readwrite") abort(change);
      throw error;
    }
  }

  async close(): Promise<void> {
    const db = await this.db?.catch(() => null);
    this.forget();
    db?.close();
  }

  private opened(): Promise<IDBPDatabase<Schema>> {
    if (this.outdated) throw new NoDisk("a newer desk is open in another tab");
    this.db ??= this.open();
    if (this.ready) return this.db;
    const slow = new Promise<never>((_, refuse) => {
      setTimeout(() => refuse(new NoDisk("an older desk is open in another tab: close it")), OPENING_MS);
    });
    return Promise.race([this.db, slow]);
  }

  private forget(): void {
    this.db = null;
    this.ready = false;
  }

  private open(): Promise<IDBPDatabase<Schema>> {
    const forget = (): void => this.forget();
    if (!("indexedDB" in globalThis) || !globalThis.indexedDB) return Promise.reject(new NoDisk("it has no place for them"));
    const opening = openDB<Schema>(`standfirst ${this.person}`, VERSION, {
      async upgrade(db, before, _after, change) {
        if (before < 1) {
          db.createObjectStore("drafts", { keyPath: "id" }).createIndex("story", "story");
          db.createObjectStore("waiting", { keyPath: "place", autoIncrement: true });
        }
        if (before < 2) {
          db.createObjectStore("seen");
          db.createObjectStore("texts");
        }
        if (before !== 1) return;
        // version 1 had plain text, and waiting things said what to publish, not what to ask
        const [drafts, waiting] = [change.objectStore("drafts"), change.objectStore("waiting")];
        for (const draft of await drafts.getAll()) await drafts.put(fromFirst(draft as unknown as FirstKept));
        for (const item of await waiting.getAll()) {
          const first = item as unknown as FirstWaiting;
          await waiting.put(waitingFromFirst(first));
          const draft = await drafts.get(first.draft);
          if (draft) await drafts.put({ ...draft, words: wordsFromFirst(first.words), changes: draft.changes + 1 });
        }
      },
      blocking: () => {
        void Promise.race([this.leave(), new Promise((done) => setTimeout(done, LETTING_GO_MS))]).finally(() => {
          this.outdated = true; // not before: the last words still go there
          void this.close();
          this.left();
        });
      },
      terminated: forget,
    });
    opening.then(() => (this.ready = true), forget);
    return opening;
  }
}

/** What stopped words from being kept, for people: "This browser does not keep your words (…)". */
export function reason(error: unknown): string {
  if (error instanceof NoDisk) return error.message;
  const name = error instanceof DOMException ? error.name : "";
  if (name === "QuotaExceededError") return "the disk is full";
  if (name === "VersionError") return "a newer desk was open here: load this page again";
  if (name === "SecurityError" || name === "NotAllowedError") return "a private window, or its settings";
  return `the disk refuses${name ? `: ${name}` : ""}`;
}

function abort(change: { abort(): void }): void {
  try {
    change.abort();
  } catch {
    // it has ended already
  }
}

interface FirstWords {
  headline: string;
  text: string;
  key: boolean;
}
interface FirstKept extends Omit<Kept, "words" | "edits" | "conflict" | "tried"> {
  words: FirstWords;
}
interface FirstWaiting {
  place: number;
  key: string;
  kind: "publish" | "file";
  story: string;
  draft: string;
  words: FirstWords;
  asked: number;
}

const wordsFromFirst = ({ headline, text, key }: FirstWords): Words => ({ ...EMPTY, headline, key, body: documentOf(text) });

const fromFirst = (first: FirstKept): Kept => ({ ...first, words: wordsFromFirst(first.words), edits: null, conflict: null, tried: [] });

const waitingFromFirst = ({ words, ...first }: FirstWaiting): Waiting => ({
  ...first,
  label: `${first.kind === "publish" ? "Publish" : "Send to the desk"}: ${words.headline || words.text.slice(0, 80)}`,
  request: { method: "POST", path: `/stories/${first.story}/drafts/${first.draft}/${first.kind}`, body: {}, ifMatch: null },
  said: "",
});

/** Plain text as a document: a blank line parts paragraphs, a single one breaks the line. */
function documentOf(text: string): Doc {
  const paragraphs = text.split(/\n{2,}/).filter((part) => part.trim());
  const content = paragraphs.map((part) => ({
    type: "paragraph",
    content: part.split("\n").flatMap((line, n) => [...(n ? [{ type: "hard_break" }] : []), ...(line ? [{ type: "text", text: line }] : [])]),
  }));
  return { type: "doc", content: content.length ? content : [{ type: "paragraph" }] };
}
