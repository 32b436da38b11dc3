// How words are compared when something is looked for.

/** As words are compared: without case, accents and signs. */
export const folded = (words: string): string =>
  words
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/ø/g, "o")
    .replace(/ł/g, "l")
    .replace(/æ/g, "ae")
    .replace(/đ/g, "d");
