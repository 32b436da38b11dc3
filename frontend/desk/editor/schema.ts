// The blocks that a text may hold: docs/reference/document.md as a ProseMirror schema. The parse rules read what
// clean.ts has made of a paste, and what was copied here; they are what keeps everything else out.
import { type Attrs, type NodeSpec, Schema } from "prosemirror-model";
import { LONGEST, address, line } from "./limits";

const words = { default: "", validate: "string|null" };

/** The words of an attribute of pasted mark-up, cut to their limit. */
const data = (from: HTMLElement, name: string, longest: number): string =>
  Array.from(line(from.dataset[name] ?? "")).slice(0, longest).join("");

const level = (value: unknown): void => {
  if (value !== 2 && value !== 3) throw new RangeError(`no level of a heading: ${String(value)}`);
};

const card: NodeSpec = {
  group: "block",
  draggable: true,
  attrs: { url: words, title: words, summary: words, label: words },
  parseDOM: [
    {
      tag: "div[data-card]",
      getAttrs(from): Attrs | false {
        const title = data(from, "title", LONGEST.title);
        const url = address(from.dataset["url"] ?? "", ["http", "https"]) ?? "";
        return title ? { title, url, summary: data(from, "summary", LONGEST.summary), label: data(from, "label", LONGEST.label) } : false;
      },
    },
  ],
  toDOM: ({ attrs: { url, title, summary, label } }) => [
    "div",
    { "data-card": "", "data-url": url, "data-title": title, "data-summary": summary, "data-label": label },
  ],
};

const quote: NodeSpec = {
  group: "block",
  content: "paragraph+",
  defining: true,
  attrs: { speaker: words, role: words },
  parseDOM: [
    {
      tag: "blockquote",
      getAttrs: (from) => ({ speaker: data(from, "speaker", LONGEST.speaker), role: data(from, "role", LONGEST.role) }),
    },
  ],
  toDOM: ({ attrs: { speaker, role } }) => ["blockquote", { "data-speaker": speaker, "data-role": role }, 0],
};

export const schema = new Schema({
  nodes: {
    doc: { content: "block+" },
    paragraph: { group: "block item", content: "inline*", parseDOM: [{ tag: "p" }], toDOM: () => ["p", 0] },
    heading: {
      group: "block",
      content: "inline*",
      defining: true,
      attrs: { level: { default: 2, validate: level } },
      parseDOM: [
        { tag: "h1, h2", attrs: { level: 2 } },
        { tag: "h3, h4, h5, h6", attrs: { level: 3 } },
      ],
      toDOM: ({ attrs }) => [`h${attrs["level"]}`, 0],
    },
    bullet_list: { group: "block item", content: "list_item+", parseDOM: [{ tag: "ul" }], toDOM: () => ["ul", 0] },
    ordered_list: { group: "block item", content: "list_item+", parseDOM: [{ tag: "ol" }], toDOM: () => ["ol", 0] },
    list_item: { content: "item+", defining: true, parseDOM: [{ tag: "li" }], toDOM: () => ["li", 0] },
    blockquote: quote,
    article_card: card,
    divider: { group: "block", parseDOM: [{ tag: "hr" }], toDOM: () => ["hr"] },
    /** What this desk does not know, or the record lost: shown, kept as it came (`kept` is its JSON), never made here. */
    fixed: { group: "block", attrs: { kept: { validate: "string" } }, toDOM: () => ["div"] },
    text: { group: "inline" },
    hard_break: { group: "inline", inline: true, selectable: false, linebreakReplacement: true, parseDOM: [{ tag: "br" }], toDOM: () => ["br"] },
  },
  marks: {
    link: {
      attrs: { href: { validate: "string" } },
      inclusive: false,
      parseDOM: [
        {
          tag: "a[href]",
          getAttrs(from): Attrs | false {
            const href = address(from.getAttribute("href") ?? "");
            return href ? { href } : false;
          },
        },
      ],
      toDOM: ({ attrs }) => ["a", { href: attrs["href"] as string }, 0],
    },
    strong: { parseDOM: [{ tag: "strong, b" }], toDOM: () => ["strong", 0] },
    em: { parseDOM: [{ tag: "em, i" }], toDOM: () => ["em", 0] },
  },
});
