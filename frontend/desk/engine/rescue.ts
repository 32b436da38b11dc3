// Every word that this device keeps: gathered, and as plain text that one can send by any other way.
import type { Line } from "../api";
import type { Keep } from "./keep";
import { type NotTaken, refusedName, tellingName } from "./outbox";
import { type Kept, type Waiting, hasWords, plain } from "./words";

/** Half-written words outside drafts: how their names begin, and what people call them. */
const FORMS: [string, string][] = [
  ["open", "A story to open"],
  ["story/", "Story settings"],
  ["summary/", "Summary"],
  ["return ", "A note"],
  [tellingName(""), "A note"],
  ["withdraw ", "A note"],
];
/** In a form or a request, not words. */
const SIGNS = new Set(["id", "key", "update", "base", "rev", "slug", "language", "zone", "status", "own", "mine"]);

export interface Held {
  /** The latest first. */
  drafts: Kept[];
  waiting: Waiting[];
  refused: NotTaken[];
  forms: { called: string; slug: string; words: unknown }[];
  /** The stories that the words belong to, as far as this device has seen them. */
  stories: Map<string, Line>;
}

export async function held(keep: Keep): Promise<Held> {
  const [drafts, waiting, refused, stories, ...forms] = await Promise.all([
    keep.all(),
    keep.waiting(),
    keep.texts<NotTaken>(refusedName("")),
    keep.seen<Line[]>("stories"),
    ...FORMS.map(async ([begins, called]) =>
      (await keep.texts<unknown>(begins)).map(([name, words]) => ({ called, slug: name.split("/")[1] ?? "", words })),
    ),
  ]);
  return {
    drafts: drafts.sort((a, b) => b.changed - a.changed),
    waiting,
    refused: refused.map(([, one]) => one),
    forms: forms.flat(),
    stories: new Map((stories ?? []).map((line) => [line.slug, line])),
  };
}

export function asText({ drafts, waiting, refused, forms, stories }: Held): string {
  const part = (slug: string, what: string, words: string): string => (words.trim() ? `${stories.get(slug)?.headline ?? slug}\n${what}\n\n${words}` : "");
  const sent = new Map(waiting.map((item) => [item.draft, item.label.split(":")[0]]));
  const parts = [
    ...drafts.filter(({ words }) => hasWords(words)).map(({ id, story, words, changes, sent: reached, changed }) => {
      const state = sent.has(id) ? `Waiting: ${sent.get(id)}` : changes > reached ? "On this device only" : "Draft";
      return part(story, `${state}, changed ${changed ? new Date(changed).toISOString() : "never"}`, [words.headline, words.bylines.join(", "), plain(words.body)].filter(Boolean).join("\n\n"));
    }),
    ...waiting.map((item) => (item.draft ? "" : part(item.story, `Waiting: ${item.label}`, wordsIn(item.request.body)))),
    ...refused.map(({ item, problem }) => part(item.story, `Not taken: ${item.label} (${problem.detail})`, wordsIn(item.request.body))),
    ...forms.map(({ called, slug, words }) => part(slug, `${called}, not saved`, wordsIn(words))),
  ].filter(Boolean);
  return parts.length ? `${parts.join("\n\n----\n\n")}\n` : "No words are kept on this device.\n";
}

/** The words of a request or a form, whatever its shape: a line for each text in it. */
export function wordsIn(body: unknown): string {
  if (typeof body === "string") return body;
  if (body === null || typeof body !== "object") return "";
  const values = Array.isArray(body) ? body : Object.entries(body).flatMap(([name, value]) => (SIGNS.has(name) ? [] : [value]));
  return values.map(wordsIn).filter(Boolean).join("\n");
}

export function download(text: string): void {
  const link = document.createElement("a");
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.href = url;
  link.download = `desk-words-${new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-")}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Whether the browser let us. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
