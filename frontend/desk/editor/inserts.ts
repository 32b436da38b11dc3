// The blocks that the insert menu offers.
import { wrapIn } from "prosemirror-commands";
import { bulletList, numberedList, rule, subheading } from "./commands";
import { schema } from "./schema";
import type { Writing } from "./writing";

export interface Insert {
  name: string;
  hint: string;
  /** Other words that find it. */
  also: string;
  run: (writing: Writing) => void;
}

const INSERTS: readonly Insert[] = [
  {
    name: "Quote",
    hint: "Somebody's words, and who says them",
    also: "quotation blockquote speaker",
    run: (writing) => {
      writing.run(wrapIn(schema.nodes.blockquote));
      writing.askQuote();
    },
  },
  { name: "List", hint: "Points, one below the other", also: "bullets points", run: (writing) => writing.run(bulletList) },
  { name: "Numbered list", hint: "Points that are counted", also: "ordered 123", run: (writing) => writing.run(numberedList) },
  { name: "Subheading", hint: "A heading inside the update", also: "title h2 crosshead", run: (writing) => writing.run(subheading(2)) },
  { name: "Small subheading", hint: "One below a subheading", also: "h3 heading title", run: (writing) => writing.run(subheading(3)) },
  { name: "Article card", hint: "Leads to another article", also: "teaser link related", run: (writing) => void writing.ask("card", null) },
  { name: "Line", hint: "Between two parts", also: "divider rule separator hr", run: (writing) => writing.run(rule) },
  { name: "Link", hint: "An address with words", also: "url web address", run: (writing) => void writing.askLink() },
];

/** Those that the typed words begin, in their order; names come before other words. */
export function matching(query: string): Insert[] {
  const wanted = query.trim().toLowerCase();
  const begins = (words: string): boolean => words.toLowerCase().startsWith(wanted) || words.toLowerCase().includes(` ${wanted}`);
  const named = INSERTS.filter((one) => begins(one.name));
  return [...named, ...INSERTS.filter((one) => !named.includes(one) && begins(one.also))];
}
