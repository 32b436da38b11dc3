// Somebody else wrote where this device did: what stands there is noted with the draft, until a person chooses.
import { type Draft, type Refused, type Update, ask } from "../api";
import type { Keep } from "./keep";
import { type Conflict, type Kept, type Plan, type Telling, type Waiting, sameWords, wordsOf } from "./words";

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
    return { theirs: "update", id: there.id, rev: there.rev, words: wordsOf(there), by, at, closed: draft.state === "published", ...was };
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
