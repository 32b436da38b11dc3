// What this device keeps: every draft as it was last typed, what waits to be sent, and what was last seen of the server.
// Durable before "Saved" is said. What the disk refuses stays in memory, is told of, and is written once it can be.
import { signal } from "@preact/signals";
import { Box, Changes, Memory, inOrder, whole } from "./changes";
import { Disk, type Mode, type Name, type Stores, reason } from "./disk";
import { Tabs } from "./tabs";
import type { Kept, Waiting } from "./words";

const AGAIN_MS = 5000;
const BOTH: Name[] = ["drafts", "waiting"];

/** One person's words on this device. Another person who signs in here has a store of their own. */
export class Keep {
  /** Why words are in memory only; empty: the disk takes them. */
  readonly trouble = signal("");
  readonly tabs: Tabs;
  /** How often words in memory became drafts of their own, because another tab had written theirs. */
  readonly parted = signal(0);

  private readonly over = new Memory();
  private readonly overTexts = new Map<string, unknown>();
  private readonly disk: Disk;
  private turn: Promise<unknown> = Promise.resolve();
  private textTurn: Promise<unknown> = Promise.resolve();
  private timer = 0;
  private leaving: () => Promise<unknown> = async () => {};

  private constructor(person: string, closed: () => void) {
    this.tabs = new Tabs(person);
    this.disk = new Disk(person, async () => {
      await this.leaving();
      await this.settled();
    }, closed);
  }

  /** Never fails: where the browser refuses, `trouble` says why. `closed`: a newer desk took the store. */
  static async open(person: string, closed: () => void = () => {}): Promise<Keep> {
    const keep = new Keep(person, closed);
    await keep.alter(async () => {});
    const storage = navigator.storage as StorageManager | undefined;
    void storage?.persist?.().catch(() => {}); // the settings say whether it promised
    return keep;
  }

  /** What to wait for before a newer desk gets the store. */
  beforeLeaving(words: () => Promise<unknown>): void {
    this.leaving = words;
  }

  async drafts(story: string): Promise<Kept[]> {
    return (await this.all()).filter((draft) => draft.story === story);
  }

  async all(): Promise<Kept[]> {
    const kept = await this.read("drafts", (stores) => stores.drafts.getAll(), []);
    const all = new Map<string, Kept | null>(kept.map((draft) => [draft.id, whole(draft) as Kept]));
    for (const [id, draft] of this.over.drafts) all.set(id, draft);
    return [...all.values()].filter((draft) => draft !== null);
  }

  async draft(id: string): Promise<Kept | undefined> {
    if (this.over.drafts.has(id)) return this.over.drafts.get(id) ?? undefined;
    return whole(await this.read("drafts", (stores) => stores.drafts.get(id), undefined));
  }

  /** Change a draft as it stands, which another tab may have written; undefined removes it, the same leaves it. */
  change(id: string, how: (now: Kept | undefined) => Kept | undefined): Promise<Kept | undefined> {
    return this.alter(async (box) => {
      const now = await box.draft(id);
      const after = how(now);
      if (after && after !== now) box.put(after);
      else if (!after && now) box.remove(id);
      return after;
    });
  }

  remove(id: string): Promise<void> {
    return this.alter(async (box) => box.remove(id));
  }

  /** All that waits, in order. */
  async waiting(): Promise<Waiting[]> {
    return inOrder(await this.read("waiting", (stores) => stores.waiting.getAll(), []), this.over);
  }

  /** Change a thing that waits, if it still does. */
  changeWaiting(item: Waiting, how: (now: Waiting) => Waiting): Promise<void> {
    return this.alter(async (box) => {
      const now = (await box.waiting()).find((one) => one.key === item.key);
      if (now) await box.hold(how(now));
    });
  }

  /**
   * One transaction: on the disk when this resolves, or in memory with `trouble` told. `work` may be run twice; it waits
   * for nothing but the box.
   */
  alter<T>(work: (box: Box) => Promise<T>): Promise<T> {
    const next = this.turn.then(() => this.altered(work));
    this.turn = next.catch(() => {});
    return next;
  }

  async seen<T>(path: string): Promise<T | undefined> {
    return (await this.read("seen", (stores) => stores.seen.get(path), undefined)) as T | undefined;
  }

  /** Not words of anybody here: where the disk refuses, they are not kept. */
  async see(path: string, value: unknown): Promise<void> {
    await this.disk.run(["seen"], "readwrite", (stores) => stores.seen.put(value, path)).catch(() => {});
  }

  async text<T>(name: string): Promise<T | undefined> {
    if (this.overTexts.has(name)) return this.overTexts.get(name) as T | undefined;
    return (await this.read("texts", (stores) => stores.texts.get(name), undefined)) as T | undefined;
  }

  /** Keep half-written words, or forget them (undefined). Never fails: see `trouble`. */
  putText(name: string, value: unknown): Promise<void> {
    this.overTexts.set(name, value);
    return (this.textTurn = this.putTexts());
  }

  /** All that `putText` keeps whose name begins so. */
  async texts<T>(begins: string): Promise<[string, T][]> {
    const range = IDBKeyRange.bound(begins, `${begins}\uffff`);
    const [names, values] = await this.read("texts", (stores) => Promise.all([stores.texts.getAllKeys(range), stores.texts.getAll(range)]), [[], []]);
    const all = new Map(names.map((name, at) => [name, values[at]]));
    for (const [name, value] of this.overTexts) if (name.startsWith(begins)) all.set(name, value);
    return [...all].filter(([, value]) => value !== undefined) as [string, T][];
  }

  /** Resolves when all that was given so far is on the disk, or in memory only: see `trouble`. */
  async flushed(): Promise<void> {
    await Promise.all([this.turn, this.textTurn]);
  }

  /** Resolves when all that was given so far is on the disk, which may be never: see `trouble`. */
  async settled(): Promise<void> {
    await this.flushed();
    if (!this.trouble.value) return;
    await new Promise<void>((done) => {
      const stop = this.trouble.subscribe((why) => {
        if (why) return;
        done();
        queueMicrotask(() => stop());
      });
    });
  }

  async close(): Promise<void> {
    await this.flushed();
    clearTimeout(this.timer);
    this.tabs.close();
    await this.disk.close();
  }

  private async altered<T>(work: (box: Box) => Promise<T>): Promise<T> {
    const flushed = new Changes();
    let parted = false;
    let [result, changes]: [T | undefined, Changes | null] = [undefined, null];
    try {
      result = await this.disk.run(BOTH, "readwrite", async (stores) => {
        parted = await this.over.meet(stores as unknown as Stores<Mode>);
        flushed.take(this.over);
        const box = new Box(this.over, stores as unknown as Stores<Mode>);
        const answer = await work(box);
        changes = box.changes;
        flushed.take(box.changes);
        await flushed.write(stores);
        return answer;
      });
      this.over.drop(flushed);
      changes = flushed;
      this.well();
    } catch (error) {
      [result, changes] = await this.remembered(work);
      this.ill(error);
    }
    this.tell(changes ?? new Changes());
    if (parted) this.parted.value += 1;
    return result as T;
  }

  /** The same in memory, over what of the disk can be read. */
  private async remembered<T>(work: (box: Box) => Promise<T>): Promise<[T, Changes]> {
    const remember = async (stores: Stores<Mode> | null): Promise<[T, Changes, Map<string, number>]> => {
      const box = new Box(this.over, stores);
      const result = await work(box);
      return [result, box.changes, await box.counts()];
    };
    const read = this.disk.run(BOTH, "readonly", (stores) => remember(stores as unknown as Stores<Mode>));
    const [result, changes, counts] = await read.catch(() => remember(null));
    this.over.keep(changes, counts);
    return [result, changes];
  }

  private tell({ drafts, waiting }: Changes): void {
    for (const [id, draft] of drafts) this.tabs.tell(draft ? { type: "kept", draft } : { type: "gone", id });
    if (waiting.size) this.tabs.tell({ type: "outbox" });
  }

  private async putTexts(): Promise<void> {
    const these = [...this.overTexts];
    try {
      await this.disk.run(["texts"], "readwrite", ({ texts }) => {
        const done = Promise.all(these.map(([name, value]) => (value === undefined ? texts.delete(name) : texts.put(value, name))));
        texts.transaction.commit(); // so it happens though this page goes away before the answers come
        return done;
      });
      for (const [name, value] of these) if (this.overTexts.get(name) === value) this.overTexts.delete(name);
      this.well();
    } catch (error) {
      this.ill(error);
    }
  }

  private well(): void {
    if (this.over.size || this.overTexts.size) return;
    this.trouble.value = "";
  }

  /** The disk refused: tell, and try again by itself. */
  private ill(error: unknown): void {
    this.trouble.value = reason(error);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      void this.alter(async () => {});
      if (this.overTexts.size) void this.putTexts();
    }, AGAIN_MS);
  }

  private read<T>(name: Name, work: (stores: Stores<"readonly">) => Promise<T>, none: T): Promise<T> {
    return this.disk.run([name], "readonly", work).catch(() => none);
  }
}
