// What a draft says, and what this device knows of it.
import type { Draft, Update } from "../api";
import type { components } from "../api.types";

export type Kind = components["schemas"]["DraftIn"]["kind"] & string;

/** A node of a document. */
export interface Node {
  type: string;
  attrs?: Record<string, unknown> | null;
  content?: Node[] | null;
  text?: string;
  marks?: Node[] | null;
}

/** A document as docs/reference/document.md has it. */
export interface Doc extends Node {
  type: "doc";
}

/** A draft's words, all of them: what goes to the server. */
export interface Words {
  headline: string;
  body: Doc;
  bylines: string[];
  kind: Kind;
  tags: string[];
  key: boolean;
  pin: boolean;
  happened: string | null;
}

/** The published update that a draft changes, the revision of it that the draft grew from, and what there was beside its words. */
export interface Edits {
  update: string;
  rev: number;
  beside?: Beside | null;
}
type Beside = Pick<Words, "tags" | "key" | "pin">;

export const editsOf = (update: string, rev: number, { tags, key, pin }: Beside): Edits => ({ update, rev, beside: { tags, key, pin } });

/** How readers are told of an edit: not at all, or with a note. */
export interface Telling {
  mode: "minor" | "correction";
  note: string;
}

/** Somebody else wrote where this device did. Nothing was sent; a person chooses. */
export interface Conflict {
  /** What stands there now: a draft, or an update on the page. */
  theirs: "draft" | "update";
  id: string;
  rev: number;
  words: Words;
  by: string;
  at: string;
  /** The draft itself became that update: nothing is written in it any more. */
  closed?: boolean;
  /** What was about to happen to the draft; null: its words were only being kept. */
  asked: "publish" | "file" | "schedule" | null;
  telling: Telling | null;
  /** When it was to go out, if it was to be scheduled. */
  plan: Plan | null;
}

/** When a draft goes out by itself (ISO 8601); embargo: nobody can publish it earlier. */
export interface Plan {
  at: string;
  embargo: boolean;
}

/** Keep both: mine becomes a draft of its own, and goes where it was going. Mine: over theirs, as an edit. Theirs: mine
    becomes a draft of its own and goes nowhere. */
export type Choice = "both" | "mine" | "theirs";

/** A draft on this device. `base` is the server's version that it grew from, 0: the server has none. */
export interface Kept {
  id: string;
  story: string;
  words: Words;
  base: number;
  edits: Edits | null;
  /** Changes made here, counted; `sent` is how many of them the server has. */
  changes: number;
  sent: number;
  changed: number;
  /** What the server refused, in its words. */
  refused: string;
  conflict: Conflict | null;
  /** `changed` of what was sent since the server last answered: it may have any of them. */
  tried: number[];
  /** It was filed or scheduled as it is: the desk does not open with it. */
  away?: boolean;
}

/** Something to be sent once, in order. `request` says what; a draft's words go before it. */
export interface Waiting {
  place?: number;
  key: string;
  kind: "publish" | "file" | "schedule" | "command";
  /** For people: "Publish: The sea wall gives way". */
  label: string;
  story: string;
  draft: string | null;
  request: { method: "POST" | "PUT" | "PATCH" | "DELETE"; path: string; body: unknown; ifMatch: string | null };
  asked: number;
  /** What the server said the last time it could not do it now; empty: nothing yet. */
  said: string;
}

export const NOTHING: Doc = { type: "doc", content: [{ type: "paragraph" }] };

export const EMPTY: Words = {
  headline: "",
  body: NOTHING,
  bylines: [],
  kind: "report",
  tags: [],
  key: false,
  pin: false,
  happened: null,
};

const PARTED = new Set(["paragraph", "heading", "list_item", "blockquote", "article_card", "divider"]);

/** The words alone, a line for each block. */
export function plain(doc: Node): string {
  const out: string[] = [];
  const walk = (node: Node): void => {
    if (node.type === "text") out.push(node.text ?? "");
    else if (node.type === "hard_break") out.push("\n");
    for (const child of node.content ?? []) walk(child);
    if (PARTED.has(node.type)) out.push("\n");
  };
  walk(doc);
  return out.join("").replace(/\n+/g, "\n").trim();
}

/** Of blocks that were counted: while one types, all but one stay as they are. */
const counted = new WeakMap<Node, number>();

/** How many words a person would count. */
export function count(doc: Doc): number {
  return (doc.content ?? []).reduce((sum, block) => sum + countIn(block), 0);
}

function countIn(block: Node): number {
  const known = counted.get(block);
  if (known !== undefined) return known;
  const found = plain(block).split(/\s+/).filter(Boolean).length;
  counted.set(block, found);
  return found;
}

/** What a draft or update is called in lists. */
export function title(words: Pick<Words, "headline" | "body">): string {
  return words.headline.trim() || plain(words.body).slice(0, 80) || "Without words";
}

/** Whether there is anything to publish or file. */
export function hasWords({ headline, body }: Words): boolean {
  const [only, ...more] = body.content ?? [];
  return headline.trim() !== "" || more.length > 0 || (only !== undefined && (only.type !== "paragraph" || !!only.content?.length));
}

/** The words as both sides would say them: what is unset counts as missing, and keys have no order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, part]) => part !== null && part !== undefined && !(Array.isArray(part) && !part.length));
  const parts = kept.map(([name, part]) => [name, canonical(part)] as const).filter(([name, part]) => name !== "attrs" || Object.keys(part as object).length);
  return Object.fromEntries(parts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether two say the same. */
export function sameWords(a: Words, b: Words): boolean {
  const said = (words: Words): string => JSON.stringify(canonical({ ...words, happened: words.happened && Date.parse(words.happened) }));
  return said(a) === said(b);
}

/** Whether the server has all of it. */
export const isSent = (draft: Kept): boolean => draft.changes === draft.sent;

/** The same words as a draft of their own, which the server does not know. */
export const apart = (draft: Kept, id: string): Kept => ({
  ...draft,
  id,
  base: 0,
  sent: 0,
  changes: draft.changes + 1,
  refused: "",
  conflict: null,
  tried: [],
  away: false,
});

/** A draft as the server takes it; when it was written says later whether the server has it. */
export function toServer(draft: Kept): components["schemas"]["DraftIn"] {
  const { headline, body, bylines, kind, tags, key, pin, happened } = draft.words;
  const written = new Date(draft.changed).toISOString();
  return { headline, body: body as never, bylines, kind, tags, key, pin, happened, edits: draft.edits, written };
}

/** The words of what the server has, as a draft's. */
export const wordsOf = (from: Draft | Update): Words => ({
  headline: from.headline,
  body: from.body,
  bylines: from.bylines,
  kind: from.kind,
  tags: from.tags,
  key: from.key,
  pin: "pin" in from ? from.pin : "pinned" in from ? from.pinned : false,
  happened: from.happened,
});

/** A draft of the server as this device keeps it. */
export const fromServer = (draft: Draft): Kept => ({
  id: draft.id,
  story: draft.story,
  words: wordsOf(draft),
  base: draft.rev,
  edits: draft.edits ?? null,
  changes: 0,
  sent: 0,
  changed: Date.parse(draft.changed),
  refused: "",
  conflict: null,
  tried: [],
  away: draft.state === "filed" || draft.state === "scheduled",
});
