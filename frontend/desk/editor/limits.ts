// What the server takes, known beforehand: src/standfirst/story/document/{schema,limits,parsing}.py and characters.py.
import type { Doc, Node } from "../engine/words";

const MAX_BYTES = 64 * 1024;
const MAX_NODES = 2000;
const MAX_URL = 2000;
/** Lists inside one another stop here: the server takes 64 nodes, and each level is two. */
export const MAX_DEPTH = 60;

/** The longest words of attributes, in characters. */
export const LONGEST = { speaker: 200, role: 200, title: 300, summary: 1000, label: 40 };

const BREAKS = /\r\n|[\t\n\r\u2028\u2029]/g;
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]|\p{Cs}/gu;
const EDGES = /^\p{White_Space}+|\p{White_Space}+$/gu;

/** A text without what may not be published; breaks and tabs are spaces. */
export const text = (raw: string): string => raw.replace(BREAKS, " ").replace(FORBIDDEN, "");

/** One line of words, as the server keeps it. */
export const line = (raw: string): string => text(raw).replace(EDGES, "");

/** Whether a text shows nothing. */
export const blank = (raw: string): boolean => raw.replace(EDGES, "") === "";

/** An address that the server takes as it is, without the spaces around it; null for any other. */
export function address(raw: string, schemes: readonly string[] = ["http", "https", "mailto"]): string | null {
  const url = raw.replace(/^ +| +$/g, "");
  const scheme = /^([a-z]+):/i.exec(url)?.[1]?.toLowerCase() ?? "";
  if (!schemes.includes(scheme) || url.length > MAX_URL || text(url) !== url || /[\s"<>`\\]/.test(url)) return null;
  if (scheme === "mailto") return /^mailto:[^?#]*@/i.test(url) ? url : null;
  const place = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
  return place && !place.includes("@") && URL.canParse(url) ? url : null;
}

/** An address as a person writes it, made whole: `example.org/a` and `desk@example.org` are addresses, too. */
export function meant(raw: string): string | null {
  const found = line(raw);
  const whole = address(found);
  if (whole) return whole;
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(found)) return address(`mailto:${found}`);
  return /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*\.\p{L}{2,}(:\d+)?([/?#]|$)/u.test(found) ? address(`https://${found}`) : null;
}

/** Why the server would not take the document as it is; "" if it does. */
export function tooMuch(doc: Doc): string {
  if (new TextEncoder().encode(JSON.stringify(doc)).length > MAX_BYTES) return `longer than ${MAX_BYTES / 1024} kB`;
  let nodes = 0;
  const deep = (node: Node): number => {
    nodes += 1;
    return 1 + (node.content ?? []).reduce((most, child) => Math.max(most, deep(child)), 0);
  };
  if (deep(doc) > MAX_DEPTH + 4) return "nested too deeply";
  return nodes > MAX_NODES ? "in too many pieces" : "";
}
