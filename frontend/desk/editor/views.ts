// How the blocks that are more than text look while one writes: a quotation with who said it, a card, a fixed block.
import type { Node as Block } from "prosemirror-model";
import type { EditorView, NodeView, NodeViewConstructor } from "prosemirror-view";

/** Opens the dialog of the block at `pos`. */
export type Open = (pos: number) => void;

type Position = () => number | undefined;

function element(tag: string, name: string, words = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = words;
  return made;
}

function opener(words: string, position: Position, open: Open): HTMLButtonElement {
  const made = element("button", "ed-open", words) as HTMLButtonElement;
  made.type = "button";
  made.addEventListener("click", () => {
    const pos = position();
    if (pos !== undefined) open(pos);
  });
  return made;
}

class Quote implements NodeView {
  readonly dom = document.createElement("blockquote");
  readonly contentDOM = element("div", "ed-said");
  private readonly who: HTMLButtonElement;

  constructor(node: Block, view: EditorView, position: Position, open: Open) {
    const foot = element("footer", "ed-who");
    foot.contentEditable = "false";
    this.who = opener("", position, open);
    foot.append(this.who);
    this.dom.append(this.contentDOM, foot);
    this.who.disabled = !view.editable;
    this.update(node);
  }

  update(node: Block): boolean {
    if (node.type.name !== "blockquote") return false;
    const said = [node.attrs["speaker"], node.attrs["role"]].filter(Boolean).join(", ");
    this.who.textContent = said ? `\u2014 ${said}` : "Who says it?";
    this.who.classList.toggle("is-empty", !said);
    return true;
  }

  stopEvent(event: Event): boolean {
    return event.target instanceof Element && this.who.contains(event.target);
  }

  ignoreMutation(change: { target: Node }): boolean {
    return !this.contentDOM.contains(change.target);
  }
}

class Card implements NodeView {
  readonly dom = element("div", "ed-card");

  constructor(node: Block, view: EditorView, position: Position, open: Open) {
    this.dom.contentEditable = "false";
    const { label, title, summary, url } = node.attrs as Record<string, string>;
    for (const [name, words] of [["ed-label", label || "Article"], ["ed-title", title], ["ed-summary", summary], ["ed-url", url]] as const) {
      if (words) this.dom.append(element("p", name, words));
    }
    if (view.editable) this.dom.append(opener("Change card", position, open));
  }

  stopEvent(event: Event): boolean {
    return event.target instanceof HTMLButtonElement;
  }

  ignoreMutation(): boolean {
    return true;
  }
}

class Fixed implements NodeView {
  readonly dom = element("div", "ed-fixed");

  constructor(node: Block) {
    this.dom.contentEditable = "false";
    const kept = JSON.parse(node.attrs["kept"] as string) as { type?: unknown };
    this.dom.textContent =
      kept.type === "erased" ? "The words that stood here were erased." : "This part cannot be changed here. It stays as it is.";
  }
}

/** The views of the editor whose dialogs `quote` and `card` open. */
export const views = (quote: Open, card: Open): Record<string, NodeViewConstructor> => ({
  blockquote: (node, view, position) => new Quote(node, view, position, quote),
  article_card: (node, view, position) => new Card(node, view, position, card),
  fixed: (node) => new Fixed(node),
});
