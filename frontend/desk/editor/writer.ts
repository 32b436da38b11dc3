// Writes clean mark-up, and nothing but: p, h2, h3, ul, ol, li, blockquote, hr, br, a[href], strong, em.

/** How words look. */
export interface Look {
  strong: boolean;
  em: boolean;
  href: string;
}

type Tag = "p" | "h2" | "h3";
type Within = "page" | "item" | "quote";
type Place = [HTMLElement, Within];

/** More than the server takes in any case: what comes behind it need not be read. */
const FULL = { characters: 80_000, lines: 2500 };

export class Writer {
  /** Of the place where words go now. */
  within: Within = "page";
  private left = { ...FULL };
  private readonly page: HTMLElement;
  private place: HTMLElement;
  private lists: HTMLElement[] = [];
  private open: HTMLElement | null = null;
  private tag: Tag = "p";

  constructor(private readonly doc: Document) {
    this.page = this.place = doc.createElement("div");
  }

  /** Whether it is too long as it is. */
  get full(): boolean {
    return this.left.characters < 0 || this.left.lines < 0;
  }

  /** What was written. */
  html(): string {
    this.end();
    return this.page.innerHTML;
  }

  /** Words in the open line; one begins if none is open. `raw` is white space as in mark-up unless `kept`. */
  words(raw: string, look: Look, kept: boolean): void {
    const clean = raw.replace(/[\u200b\ufeff]/g, "");
    const lines = kept ? clean.split(/\r\n|[\n\r]/) : [clean];
    lines.forEach((text, n) => {
      if (n) this.lineBreak();
      this.run(text.replace(/[ \t\n\r\f]+/g, " ").replace(/[ \u00a0]{2,}/g, " "), look);
    });
  }

  lineBreak(): void {
    const last = this.open && lastWords(this.open);
    if (last?.nodeName === "BR") return this.end(); // two breaks part paragraphs
    if (last) last.textContent = (last.textContent ?? "").replace(/ +$/, "");
    this.open?.append(this.doc.createElement("br"));
  }

  /** The line is at its end; a blank one was none. */
  end(): void {
    const line = this.open;
    this.open = null;
    if (!line) return;
    for (let last = lastWords(line); last && (last.nodeName === "BR" || !last.textContent?.trim()); last = lastWords(line)) drop(last, line);
    const last = lastWords(line);
    if (!last) line.remove();
    else last.textContent = last.textContent?.replace(/[\s\u00a0]+$/, "") ?? "";
  }

  /** Lines from here on are of this kind. */
  kind(tag: Tag): void {
    this.end();
    this.tag = tag;
  }

  rule(): void {
    this.end();
    if (this.within !== "page") return;
    this.lists = [];
    this.page.append(this.doc.createElement("hr"));
  }

  /** An item begins: `level` 1 is the outermost list. One that goes on where a list ended is part of that. */
  item(level: number, ordered: boolean): void {
    this.end();
    const tag = ordered ? "ol" : "ul";
    this.lists.length = Math.min(this.lists.length, level);
    if (this.lists.length === level && this.lists.at(-1)?.localName !== tag) this.lists.pop();
    while (this.lists.length < level) {
      const list = this.doc.createElement(tag);
      const outer = this.lists.at(-1);
      if (outer) (outer.lastElementChild ?? outer.appendChild(this.doc.createElement("li"))).append(list);
      else this.page.append(list);
      this.lists.push(list);
    }
    const item = this.doc.createElement("li");
    this.lists.at(-1)?.append(item);
    this.place = item;
    this.within = "item";
  }

  /** Where words go now. */
  here(): Place {
    return [this.place, this.within];
  }

  /** Words go there again. */
  back([place, within]: Place): void {
    this.end();
    this.place = place;
    this.within = within;
  }

  /** Words go to the page again. */
  leave(): void {
    this.back([this.page, "page"]);
  }

  /** A quotation begins; one right behind another is the same. */
  quote(): void {
    this.end();
    const last = this.page.lastElementChild;
    this.lists = [];
    this.place = last?.localName === "blockquote" && !last.hasAttribute("data-speaker") ? (last as HTMLElement) : this.doc.createElement("blockquote");
    this.page.append(this.place);
    this.within = "quote";
  }

  /** Who said the quotation that is open. */
  said(speaker: string, role: string): void {
    this.end();
    this.place.dataset["speaker"] = speaker;
    this.place.dataset["role"] = role;
  }

  private run(raw: string, look: Look): void {
    const before = this.open && (this.open.lastChild?.nodeName === "BR" ? "" : (this.open.textContent ?? ""));
    const text = !before || /[ \u00a0]$/.test(before) ? raw.replace(/^ +/, "") : raw;
    if (!text) return;
    this.left.characters -= text.length;
    let node: Node = this.doc.createTextNode(text);
    const wrap = (tag: string): HTMLElement => {
      const outer = this.doc.createElement(tag);
      outer.append(node);
      node = outer;
      return outer;
    };
    if (look.em) wrap("em");
    if (look.strong && this.tag === "p") wrap("strong"); // a heading is bold as it is
    if (look.href) wrap("a").setAttribute("href", look.href);
    this.line().append(node);
  }

  private line(): HTMLElement {
    if (this.open) return this.open;
    if (this.within === "page") this.lists = [];
    this.left.lines -= 1;
    this.open = this.doc.createElement(this.within === "page" ? this.tag : "p");
    this.place.append(this.open);
    return this.open;
  }
}

const lastWords = (line: HTMLElement): Node | null => {
  let last: Node | null = line.lastChild;
  while (last?.lastChild) last = last.lastChild;
  return last;
};

/** Take a node away, and what is empty without it. */
function drop(node: Node, line: HTMLElement): void {
  let parent = node.parentNode;
  parent?.removeChild(node);
  while (parent && parent !== line && !parent.hasChildNodes()) {
    const empty = parent;
    parent = parent.parentNode;
    parent?.removeChild(empty);
  }
}
