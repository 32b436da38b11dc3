// What the list of commands finds: commands, stories, updates and drafts, by any of their words, accents and case aside.
import type { Line } from "./api";
import { type Here, offered } from "./commands";
import { title } from "./engine/words";
import { folded } from "./folding";
import { keyOf } from "./keys";
import { go, place } from "./router";

export interface Found {
  /** The same next time, so that what was chosen lately comes first. */
  id: string;
  what: "Command" | "Story" | "Draft" | "Update";
  words: string;
  key: string;
  run: () => void;
}

const MOST = 40;
const EACH = 6;

/** Everything that can be found now. `lines`: the stories, as they were last seen. */
export function everything(here: Here, lines: Line[]): Found[] {
  const { desk } = here;
  const commands = offered(here).map((command): Found => ({
    id: `command ${command.id}`,
    what: "Command",
    words: command.name,
    key: keyOf(command.id),
    run: () => void command.run(here, null),
  }));
  const stories = lines.map((line): Found => ({
    id: `story ${line.slug}`,
    what: "Story",
    words: line.headline,
    key: "",
    run: () => go({ screen: "desk", slug: line.slug }),
  }));
  return [...commands, ...stories, ...(desk ? [...drafts(desk), ...updates(desk)] : [])];
}

/** Those that have all the words asked for: what begins with them first, what was chosen lately before the rest. */
export function search(all: Found[], asked: string, recent: string[]): Found[] {
  const words = folded(asked).split(/\s+/).filter(Boolean);
  const lately = (one: Found): number => (recent.includes(one.id) ? recent.indexOf(one.id) : recent.length);
  if (!words.length) {
    const few = (what: Found["what"]): Found[] => all.filter((one) => one.what === what).slice(0, what === "Command" ? MOST : EACH);
    const chosen = recent.flatMap((id) => all.find((one) => one.id === id) ?? []).slice(0, 5);
    const rest = [...few("Command"), ...few("Draft"), ...few("Story"), ...few("Update")];
    return [...chosen, ...rest.filter((one) => !chosen.includes(one))];
  }
  return all
    .map((one, place) => ({ one, place, rank: rank(folded(`${one.words} ${one.what}`), words) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank || lately(a.one) - lately(b.one) || a.place - b.place)
    .map(({ one }) => one)
    .slice(0, MOST);
}

/** 0: begins so; 1: all words begin so; 2: it has them somewhere. */
function rank(text: string, words: string[]): number {
  if (!words.every((word) => text.includes(word))) return Infinity;
  if (text.startsWith(words.join(" "))) return 0;
  return words.every((word) => text.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))) ? 1 : 2;
}

function drafts(desk: NonNullable<Here["desk"]>): Found[] {
  const here = desk.here.value.map((draft) => ({ id: draft.id, words: title(draft.words) }));
  const there = desk.feed.drafts.value.filter((draft) => !here.some(({ id }) => id === draft.id));
  return [...here, ...there.map((draft) => ({ id: draft.id, words: title(draft) }))].map(({ id, words }) => ({
    id: `draft ${id}`,
    what: "Draft",
    words,
    key: "",
    run: () => {
      if (place.value.screen !== "desk") go({ screen: "desk", slug: desk.slug });
      void desk.take(id);
    },
  }));
}

function updates(desk: NonNullable<Here["desk"]>): Found[] {
  return desk.feed.updates.value
    .filter((update) => !update.erased)
    .map((update) => ({
      id: `update ${update.id}`,
      what: "Update",
      words: title(update),
      key: "",
      run: () => go({ screen: "update", slug: desk.slug, id: update.id }),
    }));
}
