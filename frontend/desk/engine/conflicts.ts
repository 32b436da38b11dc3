// Somebody else wrote where this device did: both versions are shown, a person chooses, and no version is lost.
import { type Draft, type Refused, type Update, ask, newId } from "../api";
import type { Desk } from "./desk";
import type { Keep } from "./keep";
import { type Choice, type Conflict, type Kept, type Plan, type Telling, type Waiting, apart, editsOf, sameWords, wordsOf } from "./words";

const CODES = new Set(["conflict", "draft-closed"]);

/** The server refused something about a draft. Again: it can go through now. Done: the server has it already. */
export type Met = "again" | "done" | "noted";

interface Written {
  versions: { by: { name: string } }[];
}
type Standing = Update & { history?: { rev: number; by?: { name: string } }[] };

/**
 * Note with a draft why the server would not take it, or what stands there instead; what waited is taken out of the way
 * in the same moment. Works whether the story's desk is open or not. Raises Refused and Unreached while it cannot be found out.
 */
export async function meet(keep: Keep, id: string, why: Refused, item: Waiting | null): Promise<Met> {
  const kept = await keep.draft(id);
  const found = kept && CODES.has(why.code) ? await find(kept, item) : null;
  if (typeof found === "string") return found;
  await keep.alter(async (box) => {
    const now = await box.draft(id);
    const still = item && (await box.waiting()).some((one) => one.key === item.key);
    if (item && still) box.done(item);
    if (now) box.put({ ...now, refused: found ? "" : why.message, conflict: found });
  });
  return "noted";

  async function find(mine: Kept, asked: Waiting | null): Promise<Conflict | Met | null> {
    const root = `/stories/${mine.story}`;
    const draft = await ask<Draft>("GET", `${root}/drafts/${mine.id}`);
    const was = intent(asked);
    if (draft.state === "discarded") return revived(draft);
    if (draft.state !== "published" && draft.rev !== mine.base) {
      if (sameWords(wordsOf(draft), mine.words)) return adopted(draft);
      const { versions } = await ask<Written>("GET", `${root}/drafts/${mine.id}/versions`);
      const by = versions[0]?.by.name ?? draft.author.name;
      return { theirs: "draft", id: draft.id, rev: draft.rev, words: wordsOf(draft), by, at: draft.changed, ...was };
    }
    const update = draft.update ?? mine.edits?.update;
    if (!update) return null;
    const there = await ask<Standing>("GET", `${root}/updates/${update}`);
    if (draft.state === "published" && sameWords(wordsOf(there), { ...mine.words, pin: there.pinned })) return "done";
    const by = there.history?.find((one) => one.rev === there.rev)?.by?.name ?? "";
    const at = there.changed ?? there.published;
    return { theirs: "update", id: there.id, rev: there.rev, words: wordsOf(there), by, at, ...was };
  }

  /** Somebody threw it away: written again it comes back. */
  async function revived(draft: Draft): Promise<Met> {
    await keep.change(id, (now) => now && { ...now, base: draft.rev, changes: now.changes + 1 });
    return "again";
  }

  async function adopted(draft: Draft): Promise<Met> {
    await keep.change(id, (now) => now && { ...now, base: draft.rev, sent: kept?.changes ?? now.sent });
    return "again";
  }
}

/** What was to be done with the draft. */
function intent(item: Waiting | null): Pick<Conflict, "asked" | "telling" | "plan"> {
  if (!item || item.kind === "command") return { asked: null, telling: null, plan: null };
  const body = item.request.body as Partial<Telling & Plan>;
  return {
    asked: item.kind,
    telling: body.mode ? { mode: body.mode, note: body.note ?? "" } : null,
    plan: body.at ? { at: body.at, embargo: body.embargo ?? false } : null,
  };
}

/** Do what the person chose about the open draft. Twice is once. */
export async function resolve(desk: Desk, keep: Keep, choice: Choice, telling: Telling | null): Promise<void> {
  await desk.typing.flushed();
  const before = desk.open.value;
  const { conflict } = before;
  if (!conflict) return;
  const spare = newId();
  const mine = await keep.alter(async (box) => {
    const now = await box.draft(before.id);
    if (!now?.conflict) return null; // chosen in another tab
    const after = chosen(now, now.conflict, choice, spare);
    box.put(after);
    if (after.id !== now.id) box.remove(now.id);
    return after;
  });
  if (!mine) return;
  // the server has mine under its old name, too, if nobody else wrote there
  if (mine.id !== before.id && conflict.theirs === "update" && before.edits && before.base) await desk.command("Put a draft away", "DELETE", `/drafts/${before.id}`);
  await desk.list();
  desk.outbox.pusher.now();
  if (choice === "theirs") return desk.show(theirs(desk, before, conflict));
  desk.show(mine);
  if (conflict.asked === "schedule" && conflict.plan) await desk.schedule(conflict.plan.at, conflict.plan.embargo);
  else if (conflict.asked === "publish" && desk.mayPublish(mine.edits?.update)) await desk.publish(telling ?? conflict.telling ?? unspoken(mine));
  else if (conflict.asked) await desk.file();
}

/** What becomes of mine. */
function chosen(now: Kept, conflict: Conflict, choice: Choice, id: string): Kept {
  if (choice !== "mine") return { ...apart(now, id), edits: conflict.theirs === "draft" ? now.edits : null };
  const saw = now.edits?.beside ?? conflict.words;
  const edits = conflict.theirs === "update" ? editsOf(conflict.id, conflict.rev, saw) : now.edits;
  // a draft that already says which update it changes goes on as it is; one that was published is closed
  if (conflict.theirs === "update" && now.edits?.update !== conflict.id) return { ...apart(now, id), edits };
  const base = conflict.theirs === "draft" ? conflict.rev : now.base;
  return { ...now, base, edits, changes: now.changes + 1, refused: "", conflict: null, tried: [] };
}

/** What stands there, in the Write pane; it is kept here once somebody types. */
function theirs(desk: Desk, before: Kept, conflict: Conflict): Kept {
  const { words, rev } = conflict;
  if (conflict.theirs === "update") return { ...desk.blank(editsOf(conflict.id, rev, words)), words };
  return { ...desk.blank(before.edits), id: before.id, words, base: rev, changed: Date.parse(conflict.at) };
}

const unspoken = (draft: Kept): Telling | null => (draft.edits ? { mode: "minor", note: "" } : null);
