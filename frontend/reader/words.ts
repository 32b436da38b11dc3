// The words of the page in its own language; the server put them on <body>.
import { plural } from "./times";

export const word = (name: string): string => document.body.getAttribute("data-t-" + name) ?? "";

/** "3 new updates" in the page's language. */
export const counted = (count: number, more = ""): string =>
  (word(plural.select(count)) || word("other")).replace("#", count + more);
