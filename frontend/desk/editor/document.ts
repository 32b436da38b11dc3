// Between the server's JSON and the editor's nodes. Out goes the normal form of docs/reference/document.md; in comes
// whatever the server takes, and what this desk does not know is kept as it came.
import type { Attrs, Mark, Node as Block } from "prosemirror-model";
import { Fragment, Mark as Marks } from "prosemirror-model";
import type { Doc, Node } from "../engine/words";
import { blank, line, text } from "./limits";
import { schema } from "./schema";

const PARAGRAPH: Node = { type: "paragraph" };

/** A document of the server or of this device in the editor's nodes. */
export function read(doc: Doc): Block {
  const blocks = (doc.content ?? []).map(whole);
  return schema.node("doc", null, blocks.length ? blocks : [schema.node("paragraph")]);
}

/** A block of the document; one that is not understood in every part is fixed. */
function whole(raw: Node): Block {
  try {
    const made = known(raw) ? node(raw) : null;
    if (made && made.type.isInGroup("block")) {
      made.check();
      return made;
    }
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  }
  return schema.node("fixed", { kept: JSON.stringify(raw) });
}

/** Whether all types and attributes are ours. */
function known(raw: Node): boolean {
  const type = raw.type === "fixed" ? undefined : schema.nodes[raw.type];
  return (
    !!type &&
    within(raw.attrs, type.spec.attrs) &&
    (raw.marks ?? []).every((mark) => schema.marks[mark.type] && within(mark.attrs, schema.marks[mark.type]?.spec.attrs)) &&
    (raw.content ?? []).every(known)
  );
}

const within = (attrs: Attrs | null | undefined, allowed: object = {}): boolean =>
  Object.keys(attrs ?? {}).every((name) => name in allowed);

function node(raw: Node): Block {
  const content = (raw.content ?? []).filter((child) => child.type !== "text" || child.text);
  if (raw.type === "text") return schema.text(raw.text ?? "", marks(raw));
  return schema.node(raw.type, raw.attrs ?? null, Fragment.from(content.map(node)));
}

const marks = (raw: Node): readonly Mark[] =>
  (raw.marks ?? []).reduce<readonly Mark[]>((set, mark) => schema.mark(mark.type, mark.attrs ?? null).addToSet(set), Marks.none);

/** What each block was written as: blocks do not change, so only the one that is typed in is written again. */
const written = new WeakMap<Block, Node>();

/** The editor's document as the server keeps it. */
export const write = (doc: Block): Doc => ({ type: "doc", content: blocks(doc) });

/** Without the blank ones, unless nothing else would be left. */
function blocks(parent: Block): Node[] {
  const found = parent.children.filter((child) => !empty(child)).map(block);
  return found.length ? found : [PARAGRAPH];
}

const empty = (node: Block): boolean =>
  node.isTextblock && node.children.every((child) => !child.isText || blank(text(child.text ?? "")));

function block(node: Block): Node {
  const known = written.get(node);
  if (known) return known;
  const made = fresh(node);
  written.set(node, made);
  return made;
}

function fresh(node: Block): Node {
  const type = node.type.name;
  if (type === "fixed") return JSON.parse(node.attrs["kept"] as string) as Node;
  const attrs = attributes(node.attrs);
  const content = node.isTextblock ? inlines(node) : node.isLeaf ? [] : blocks(node);
  return { type, ...(attrs && { attrs }), ...(content.length && { content }) };
}

function attributes(raw: Attrs): Record<string, unknown> | null {
  const found = Object.entries(raw).map(([name, value]) => [name, typeof value === "string" ? line(value) : value] as const);
  const kept = found.filter(([, value]) => value);
  return kept.length ? Object.fromEntries(kept) : null;
}

function inlines(node: Block): Node[] {
  const out: Node[] = [];
  let before = Marks.none;
  for (const child of node.children) {
    if (!child.isText) {
      out.push({ type: child.type.name });
      continue;
    }
    const words = text(child.text ?? "");
    const last = out.at(-1);
    if (!words) continue;
    if (last?.type === "text" && Marks.sameSet(before, child.marks)) out[out.length - 1] = { ...last, text: (last.text ?? "") + words };
    else out.push({ type: "text", text: words, ...(child.marks.length && { marks: child.marks.map(mark) }) });
    before = child.marks;
  }
  return out;
}

const mark = ({ type, attrs }: Mark): Node => (type.name === "link" ? { type: "link", attrs: { href: attrs["href"] } } : { type: type.name });
