// Makes pasted mark-up of any program ours: walks the tree that inert.ts read, and writes only what a text may hold.
// Word's lists are paragraphs that say so in their style, Google Docs says bold in styles, mail parts paragraphs by
// breaks, web pages bring their menus along.
import { tree } from "./inert";
import { address } from "./limits";
import { type Look, Writer } from "./writer";

const GONE =
  "script,style,template,noscript,iframe,object,embed,applet,frame,frameset,svg,math,canvas,video,audio,picture,source,track," +
  "map,label,link,meta,base,title,head,xml,nav,button,select,textarea,input,datalist,dialog,progress,meter,del,colgroup,rt,rp," +
  "[hidden],[aria-hidden=true],[role=navigation],.MsoCommentReference,sup.reference,.mw-editsection,.msoDel,.msocomanchor,.EOP,hr[width='33%']";
const BLOCKS = new Set(
  ("p,div,section,article,main,aside,header,footer,address,dl,dt,dd,center,details,summary,fieldset,legend,form,figure," +
    "figcaption,caption,table,tbody,thead,tfoot,tr,td,th,hgroup,search,menu,dir,pre,listing,body,html").split(","),
);
const HIDDEN = /(^|;)\s*(display\s*:\s*none|mso-hide\s*:\s*all|mso-element\s*:\s*comment)/i;
const NUMBER = /^\s*(\d+|[a-z]|[ivxlc]+)\s*[.)]/i;
const PLAIN: Look = { strong: false, em: false, href: "" };

/** Pasted mark-up as clean mark-up; what was copied in this editor loses nothing. */
export function clean(html: string): string {
  const root = tree(html);
  if (root.querySelector("[data-standfirst][data-pm-slice]")) return own(root);
  const writer = new Writer(root.ownerDocument);
  new Cleaner(writer).children(root, PLAIN, false);
  return writer.html();
}

/** Our own mark-up, in case that somebody else wrote it: the schema's rules read the rest. */
function own(root: HTMLElement): string {
  for (const element of root.querySelectorAll("*")) {
    if (element.matches(GONE)) element.remove();
    for (const name of element.getAttributeNames()) if (name !== "href" && !name.startsWith("data-")) element.removeAttribute(name);
  }
  return root.innerHTML;
}

class Cleaner {
  /** How many lists are open in the mark-up. */
  private depth = 0;

  constructor(private readonly out: Writer) {}

  children(of: Node, look: Look, kept: boolean): void {
    for (const child of of.childNodes) {
      if (this.out.full) return;
      if (child.nodeType === 3) this.out.words(child.nodeValue ?? "", look, kept);
      else if (child.nodeType === 1) this.element(child as HTMLElement, look, kept);
    }
  }

  private element(from: HTMLElement, before: Look, keptBefore: boolean): void {
    const style = styleOf(from);
    if (from.matches(GONE) || HIDDEN.test(style) || from.localName.startsWith("v:")) return;
    const tag = from.localName;
    const look = lookOf(from, style, before);
    const kept = tag === "pre" ? true : (keptBefore || /white-space\s*:\s*(pre|break)/i.test(style)) && !/white-space\s*:\s*(normal|nowrap)/i.test(style);
    if (tag === "br") return from.classList.contains("Apple-interchange-newline") ? undefined : this.out.lineBreak();
    if (from.className === "Apple-converted-space") return this.out.words(" ", look, false);
    if (tag === "hr") return this.out.rule();
    if (tag === "img") return this.image(from, look);
    if (tag === "ul" || tag === "ol") return this.list(from, look, kept);
    if (tag === "blockquote") return this.quote(from, style, look, kept);
    if (tag === "table") return this.table(from, look, kept);
    if (tag === "figure" && from.querySelector("img,picture,video,svg,iframe,audio,canvas")) return;
    const heading = /^h([1-6])$/.exec(tag)?.[1] ?? /\b(?:MsoTitle|MsoHeading([1-9]))\b/.exec(from.className)?.slice(1).map((n) => n ?? "1")[0] ?? ariaLevel(from);
    if (heading) return this.heading(from, Number(heading), look, kept);
    if (/mso-list\s*:\s*l\d/i.test(style) && tag !== "li") return this.wordItem(from, style, look);
    if (/\bMso(Intense)?Quote\b/.test(from.className)) return this.quote(from, style, look, kept);
    if (!BLOCKS.has(tag) && tag !== "li") return this.children(from, look, kept);
    this.out.end();
    this.children(from, look, kept);
    this.out.end();
  }

  /** Its alternative text only where it stands for a character, as in mail and posts. */
  private image(from: HTMLElement, look: Look): void {
    const alt = from.getAttribute("alt") ?? "";
    if (/^[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{Emoji_Modifier}\u200d\ufe0f]{1,12}$/u.test(alt)) this.out.words(alt, look, false);
  }

  private heading(from: HTMLElement, level: number, look: Look, kept: boolean): void {
    this.out.kind(level <= 2 ? "h2" : "h3");
    this.children(from, { ...look, em: false }, kept);
    this.out.kind("p");
  }

  private list(from: HTMLElement, look: Look, kept: boolean): void {
    const inQuote = this.out.within === "quote";
    const before = this.out.here();
    this.depth += 1;
    for (const item of from.children as HTMLCollectionOf<HTMLElement>) {
      if (this.out.full) break;
      if (item.localName !== "li" || inQuote) {
        this.element(item, look, kept);
        continue;
      }
      if (item.matches(GONE) || !item.textContent?.trim()) continue;
      const level = Math.max(Number(item.dataset["ariaLevel"] ?? item.getAttribute("aria-level")) || 0, this.depth);
      this.out.item(level, from.localName === "ol");
      this.children(item, lookOf(item, styleOf(item), look), kept);
      this.out.end();
    }
    this.depth -= 1;
    if (inQuote) return this.out.end();
    this.out.back(before);
  }

  /** A paragraph of Word that is an item: its sign stands in the words, marked to be ignored. */
  private wordItem(from: HTMLElement, style: string, look: Look): void {
    const sign = [...from.querySelectorAll<HTMLElement>("span")].find((span) => /mso-list\s*:\s*ignore/i.test(styleOf(span)));
    const ordered = NUMBER.test(sign?.textContent ?? "");
    sign?.remove();
    this.out.item(Number(/level(\d)/i.exec(style)?.[1] ?? 1), ordered);
    this.children(from, look, false);
    this.out.leave();
  }

  /** Somebody's words, and who said them if a footer says it. One without a border only moves lines to the right. */
  private quote(from: HTMLElement, style: string, look: Look, kept: boolean): void {
    if (/border\s*:\s*none/i.test(style) || this.out.within !== "page") {
      this.out.end();
      this.children(from, look, kept);
      return this.out.end();
    }
    const footer = from.querySelector<HTMLElement>(":scope > footer, :scope > cite");
    footer?.remove();
    if (!from.textContent?.trim()) return;
    this.out.quote();
    this.children(from, look, kept);
    const [speaker = "", ...role] = (footer?.textContent ?? "").replace(/\s+/g, " ").replace(/^[\s\u2013\u2014-]+/, "").trim().split(", ");
    if (speaker) this.out.said(speaker.slice(0, 200), role.join(", ").slice(0, 200));
    this.out.leave();
  }

  /** Line by line; a table that only places things is no table. */
  private table(from: HTMLElement, look: Look, kept: boolean): void {
    const rows = [...(from as HTMLTableElement).rows];
    const places = from.getAttribute("role") === "presentation" || from.querySelector("table,ul,ol,h1,h2,h3,blockquote,p+p,td>div+div") || rows.every((row) => row.cells.length < 2);
    this.out.end();
    if (places) return this.children(from, look, kept);
    for (const row of from.querySelectorAll<HTMLElement>("caption,tr")) {
      if (this.out.full || row.matches(GONE) || HIDDEN.test(styleOf(row))) continue;
      const cells = row.localName === "tr" ? ([...row.children] as HTMLElement[]) : [row];
      while (cells.length && !cells.at(-1)?.textContent?.trim()) cells.pop();
      cells.forEach((cell, n) => {
        if (n) this.out.words(" | ", PLAIN, false);
        this.inline(cell, lookOf(cell, styleOf(cell), look));
      });
      this.out.end();
    }
  }

  /** The words of a cell in the line that is open. */
  private inline(from: Node, look: Look): void {
    for (const child of from.childNodes) {
      if (child.nodeType === 3) this.out.words(child.nodeValue ?? "", look, false);
      else if (child.nodeType === 1 && !(child as Element).matches(GONE)) {
        const element = child as HTMLElement;
        if (element.localName === "br") this.out.words(" ", look, false);
        else this.inline(element, lookOf(element, styleOf(element), look));
      }
    }
  }
}

/** As it is written: the browser forgets what it does not know, and all of it under our policy. */
const styleOf = (from: Element): string => from.getAttribute("style") ?? "";

const ariaLevel = (from: HTMLElement): string | undefined =>
  from.getAttribute("role") === "heading" ? (from.getAttribute("aria-level") ?? "2") : undefined;

function lookOf(from: HTMLElement, style: string, before: Look): Look {
  const tag = from.localName;
  const weight = /(?:^|;)\s*font-weight\s*:\s*(\w+)/i.exec(style)?.[1];
  const slant = /(?:^|;)\s*font-style\s*:\s*(\w+)/i.exec(style)?.[1];
  const strong = weight ? /^(bold|bolder|[6-9]00)$/i.test(weight) : before.strong || tag === "b" || tag === "strong";
  const em = slant ? /^(italic|oblique)$/i.test(slant) : before.em || tag === "i" || tag === "em" || tag === "cite";
  return { strong, em, href: tag === "a" ? hrefOf(from) : before.href };
}

/** The address of a link as the server takes it, "" for what is none: an anchor, a script, a file. */
function hrefOf(from: HTMLElement): string {
  const raw = (from.getAttribute("href") ?? "").trim();
  return address(raw) ?? address(raw.replace(/[\s"<>`\\]/g, encodeURIComponent)) ?? "";
}
