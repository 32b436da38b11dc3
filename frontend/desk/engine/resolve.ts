// What a person chose of two versions is done: no version is lost.
import { newId } from "../api";
import type { Desk } from "./desk";
import { tellingName } from "./outbox";
import { type Choice, type Conflict, type Kept, type Telling, apart, editsOf } from "./words";

/** Do what the person chose about the open draft. Twice is once. */
export async function resolve(desk: Desk, choice: Choice, telling: Telling | null): Promise<void> {
  const { keep } = desk;
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
  const note = mine.id !== before.id && (await keep.text(tellingName(before.id)));
  if (note) await Promise.all([keep.putText(tellingName(mine.id), note), keep.putText(tellingName(before.id), undefined)]);
  // the server has mine under its old name, too, if nobody else wrote there
  if (mine.id !== before.id && conflict.theirs === "update" && !conflict.closed && before.edits && before.base) await desk.command("Put a draft away", "DELETE", `/drafts/${before.id}`);
  await desk.list();
  desk.outbox.pusher.now();
  if (choice === "theirs") {
    desk.note.value = "Their version is open. Yours is a draft of its own.";
    return desk.show(theirs(desk, before, conflict));
  }
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
  // a draft that already says which update it changes goes on as it is; not one that was published
  if (conflict.theirs === "update" && (conflict.closed || now.edits?.update !== conflict.id)) return { ...apart(now, id), edits };
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
