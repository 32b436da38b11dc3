// Drafts and what waits, on their way to the disk: all changes of one step, and what the disk could not take yet.
import { newId } from "../api";
import type { Mode, Stores } from "./disk";
import { type Kept, type Waiting, apart, sameWords } from "./words";

/** Changes that the disk does not have: null, or `done`, is removed. */
export class Changes {
  readonly drafts = new Map<string, Kept | null>();
  readonly waiting = new Map<number, Waiting & { done?: true }>();

  get size(): number {
    return this.drafts.size + this.waiting.size;
  }

  take(from: Changes): void {
    for (const [id, draft] of from.drafts) this.drafts.set(id, draft);
    for (const [place, item] of from.waiting) this.waiting.set(place, item);
  }

  /** Forget what has not been changed again since. */
  drop(these: Changes): void {
    for (const [id, draft] of these.drafts) if (this.drafts.get(id) === draft) this.drafts.delete(id);
    for (const [place, item] of these.waiting) if (this.waiting.get(place) === item) this.waiting.delete(place);
  }

  async write(stores: Stores<"readwrite">): Promise<void> {
    await Promise.all([
      ...[...this.drafts].map(([id, draft]) => (draft ? stores.drafts.put(draft) : stores.drafts.delete(id))),
      ...[...this.waiting].map(([place, item]) => (item.done ? stores.waiting.delete(place) : stores.waiting.put(item))),
    ]);
  }
}

/** Changes that wait in memory for as long as the disk refuses. Meanwhile another tab may write there. */
export class Memory extends Changes {
  /** How many changes of a draft the disk had when it was last in step with this, where that could be read. */
  private readonly grew = new Map<string, number>();

  /** The disk did not take them; `counts` is how many changes of each draft it has. */
  keep(these: Changes, counts: Map<string, number>): void {
    for (const id of these.drafts.keys()) {
      if (this.drafts.has(id)) continue;
      const count = counts.get(id);
      if (count === undefined) this.grew.delete(id);
      else this.grew.set(id, count);
    }
    this.take(these);
  }

  /** What another tab wrote stays; what is here goes beside it, or behind it. Whether a draft became one of its own. */
  async meet(stores: Stores<Mode>): Promise<boolean> {
    let parted = false;
    for (const [id, draft] of [...this.drafts]) {
      const there = await stores.drafts.get(id);
      if (!there || there.changes === this.grew.get(id)) continue;
      this.drafts.delete(id);
      if (!draft || sameWords(there.words, draft.words)) continue;
      this.part(draft);
      parted = true;
    }
    let moved = false; // then all behind it move, too: they stay in order
    for (const [place, item] of [...this.waiting].sort(([a], [b]) => a - b)) {
      const there = await stores.waiting.get(place);
      moved ||= !!there && there.key !== item.key;
      if (!moved || there?.key === item.key) continue;
      this.waiting.delete(place);
      const last = Math.max(place, ...(await stores.waiting.getAllKeys()), ...this.waiting.keys()) + 1;
      if (!item.done) this.waiting.set(last, { ...item, place: last });
    }
    return parted;
  }

  /** As a draft of its own. What was asked of it here is asked of that. */
  private part(draft: Kept): void {
    const own = apart(draft, newId());
    this.drafts.set(own.id, own);
    this.grew.set(own.id, 0);
    for (const [place, item] of this.waiting) {
      if (item.draft !== draft.id) continue;
      const request = { ...item.request, path: item.request.path.replace(draft.id, own.id) };
      this.waiting.set(place, { ...item, draft: own.id, request });
    }
  }
}

/** Drafts and what waits, as they are in the middle of one transaction: all of the changes happen, or none. */
export class Box {
  readonly changes = new Changes();

  constructor(
    private readonly over: Changes,
    private readonly stores: Stores<Mode> | null,
  ) {}

  async draft(id: string): Promise<Kept | undefined> {
    for (const { drafts } of [this.changes, this.over]) if (drafts.has(id)) return drafts.get(id) ?? undefined;
    return whole(await this.stores?.drafts.get(id));
  }

  async waiting(): Promise<Waiting[]> {
    return inOrder((await this.stores?.waiting.getAll()) ?? [], this.over, this.changes);
  }

  /** Whether something is to be done with this draft. */
  async waits(id: string): Promise<boolean> {
    return (await this.waiting()).some((item) => item.draft === id);
  }

  /** How many changes the disk has of each draft that is changed here, as far as it can be read. */
  async counts(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    if (this.stores) for (const id of this.changes.drafts.keys()) counts.set(id, (await this.stores.drafts.get(id))?.changes ?? 0);
    return counts;
  }

  put(draft: Kept): void {
    this.changes.drafts.set(draft.id, draft);
  }

  remove(id: string): void {
    this.changes.drafts.set(id, null);
  }

  /** Behind all others, or in the place that it has. */
  async hold(item: Waiting): Promise<void> {
    const place = item.place ?? Math.max(0, ...(await this.waiting()).map(placeOf)) + 1;
    this.changes.waiting.set(place, { ...item, place });
  }

  done(item: Waiting): void {
    this.changes.waiting.set(placeOf(item), { ...item, done: true });
  }
}

const placeOf = (item: Waiting): number => item.place ?? 0;

/** What waits, with changes that the disk does not have. */
export function inOrder(stored: Waiting[], ...over: Changes[]): Waiting[] {
  const all = new Map<number, Waiting & { done?: true }>(stored.map((item) => [placeOf(item), item]));
  for (const { waiting } of over) for (const [place, item] of waiting) all.set(place, item);
  return [...all.values()].filter((item) => !item.done).sort((a, b) => placeOf(a) - placeOf(b));
}

/** A draft that an earlier desk kept may lack what this one adds. */
export const whole = (draft: Kept | undefined): Kept | undefined =>
  draft && { ...draft, tried: draft.tried ?? [], conflict: draft.conflict ?? null, edits: draft.edits ?? null };
