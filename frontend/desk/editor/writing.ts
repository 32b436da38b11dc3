// One text that is open: the ProseMirror view, and what toolbar, menu and dialogs need to know of it.
import { signal } from "@preact/signals";
import { dropCursor } from "prosemirror-dropcursor";
import { gapCursor } from "prosemirror-gapcursor";
import { closeHistory, history } from "prosemirror-history";
import type { Node as Block } from "prosemirror-model";
import { type Command, EditorState, Plugin, Selection, type Transaction } from "prosemirror-state";
import { Decoration, DecorationSet, EditorView } from "prosemirror-view";
import type { Doc } from "../engine/words";
import { around, linked, standing } from "./commands";
import { read, write } from "./document";
import { pasting } from "./paste";
import { schema } from "./schema";
import { keys, rules } from "./typing";
import { views } from "./views";

/** A dialog that is open, and the block it is about; null: a new one. */
export type Asked =
  | { what: "link"; href: string; words: boolean }
  | { what: "card" | "quote"; pos: number | null; attrs: Record<string, string> }
  | { what: "insert" };

export interface Options {
  label: string;
  placeholder: string;
  readOnly: boolean;
  /** Typographer's quotes, dashes and dots as one types. */
  smart: boolean;
  change: (body: Doc) => void;
}

/** Set on a change that came from elsewhere: it is no news to who gave it. */
const OUTSIDE = "outside";

export class Writing {
  readonly view: EditorView;
  /** Names of what stands at the selection, see `standing`. */
  readonly standing = signal("");
  /** What is typed behind the / of an empty block; null: the menu is closed. */
  readonly query = signal<string | null>(null);
  readonly asked = signal<Asked | null>(null);
  /** What could not be done. */
  readonly told = signal("");
  /** Keys for the menu, while it is open; true: taken. */
  menuKey: (event: KeyboardEvent) => boolean = () => false;
  focusTools: () => void = () => {};
  private dismissed = false;
  private wanted: Doc;
  private said: Doc;

  constructor(
    place: HTMLElement,
    body: Doc,
    private options: Options,
  ) {
    this.wanted = this.said = body;
    this.view = new EditorView(place, {
      state: EditorState.create({ doc: read(body), plugins: this.plugins() }),
      nodeViews: views((pos) => this.ask("quote", pos), (pos) => this.ask("card", pos)),
      editable: () => !this.options.readOnly,
      attributes: () => ({
        "aria-label": this.options.label,
        "aria-multiline": "true",
        "aria-readonly": String(this.options.readOnly),
        role: "textbox",
        class: "desk-text",
        ...(this.options.readOnly && { tabindex: "0" }),
      }),
      handleDoubleClickOn: (_view, _pos, node, at) => node.type.name === "article_card" && this.ask("card", at),
      handleDOMEvents: {
        compositionend: () => {
          setTimeout(() => this.settle(), 60); // ProseMirror ends its own part of it 20 ms later
        },
      },
      // the toolbar stands over the last lines
      scrollMargin: { top: 20, right: 5, bottom: 72, left: 5 },
      scrollThreshold: { top: 10, right: 0, bottom: 64, left: 0 },
      dispatchTransaction: (transaction) => this.dispatch(transaction),
    });
    this.look();
  }

  end(): void {
    this.view.destroy();
  }

  /** The body and options as they are given now. A body that did not come from here takes the text's place. */
  give(body: Doc, options: Options): void {
    const locked = this.options.readOnly !== options.readOnly;
    this.options = options;
    if (locked && !this.view.isDestroyed) this.view.setProps({});
    this.wanted = body;
    this.settle();
  }

  /** The selection is that of the page: ProseMirror hears that it moved from an event which a quick next key overtakes. */
  catchUp(): void {
    if (!this.view.composing) (this.view as unknown as { domObserver: { flush(): void } }).domObserver.flush();
  }

  /** Do it as a step of its own for undo, and go on writing. */
  run(command: Command): void {
    command(this.view.state, (transaction) => this.view.dispatch(closeHistory(transaction)), this.view);
    this.view.focus();
  }

  /** Open the dialog of a quotation or a card: the one at `pos`, or for a new card, null. */
  ask(what: "quote" | "card", pos: number | null): true {
    const attrs = pos === null ? {} : (this.view.state.doc.nodeAt(pos)?.attrs ?? {});
    this.view.focus(); // whatever asked for the dialog: it gives the focus back to the text
    this.asked.value = { what, pos, attrs };
    return true;
  }

  /** Open the dialog of the link at the caret, or of a new one. */
  askLink(): true {
    const { state } = this.view;
    const now = linked(state);
    this.view.focus();
    this.asked.value = { what: "link", href: now?.href ?? "", words: state.selection.empty && !now };
    return true;
  }

  /** Who says the quotation at the caret. */
  askQuote(): boolean {
    const found = around(this.view.state, schema.nodes.blockquote);
    return found !== null && this.ask("quote", found.pos);
  }

  dismiss(): void {
    this.dismissed = true;
    this.query.value = null;
  }

  /** Take away what was typed to find a block. */
  forget(): void {
    const { $from } = this.view.state.selection;
    if (this.query.value !== null) this.view.dispatch(this.view.state.tr.delete($from.start(), $from.pos));
  }

  private dispatch(transaction: Transaction): void {
    this.view.updateState(this.view.state.apply(transaction));
    this.look();
    if (!transaction.docChanged || transaction.getMeta(OUTSIDE)) return;
    if (this.told.value && !transaction.getMeta("paste")) this.told.value = "";
    this.wanted = this.said = write(this.view.state.doc);
    this.options.change(this.said);
  }

  private look(): void {
    const { state } = this.view;
    this.standing.value = [...standing(state)].join(" ");
    const { $from, empty } = state.selection;
    const line = empty && $from.parent.type.name === "paragraph" && $from.parentOffset === $from.parent.content.size ? $from.parent.textContent : "";
    const found = /^\/([^\s/]{0,20}|[^\s/]{1,20} [^\s/]{0,20})$/.exec(line)?.[1];
    if (found === undefined) this.dismissed = false;
    this.query.value = found === undefined || this.dismissed || this.options.readOnly ? null : found;
  }

  /** Take over a body that did not come from here; never while a word is being composed. The caret stays where it can. */
  private settle(): void {
    const { view, wanted } = this;
    if (view.isDestroyed || wanted === this.said) return;
    if (view.composing) return;
    this.said = wanted;
    if (JSON.stringify(wanted) === JSON.stringify(write(view.state.doc))) return;
    const transaction = replaced(view.state, read(wanted));
    if (transaction) view.dispatch(transaction.setMeta(OUTSIDE, true).setMeta("addToHistory", false));
  }

  private plugins(): Plugin[] {
    const menu = new Plugin({
      props: {
        handleKeyDown: (_view, event) => {
          if (event.key.length > 1 || event.ctrlKey || event.metaKey) this.catchUp(); // a letter moves it by itself
          return this.query.value !== null && this.menuKey(event);
        },
      },
    });
    const card: Command = (state) => {
      const found = around(state, schema.nodes.article_card);
      return found !== null && this.ask("card", found.pos);
    };
    return [
      menu,
      rules(this.options.smart),
      ...keys({
        "Alt-F10": () => {
          this.focusTools();
          return true;
        },
        "Alt-/": () => {
          this.asked.value = { what: "insert" };
          return true;
        },
        Enter: card,
      }),
      pasting((why) => {
        this.told.value = why;
      }),
      history(),
      gapCursor(),
      dropCursor({ color: false, class: "ed-drop" }),
      new Plugin({ props: { decorations: (state) => this.placeholder(state) } }),
    ];
  }

  private placeholder({ doc }: EditorState): DecorationSet | null {
    const only = doc.childCount === 1 ? doc.firstChild : null;
    if (only?.type.name !== "paragraph" || only.content.size) return null;
    return DecorationSet.create(doc, [Decoration.node(0, only.nodeSize, { class: "is-empty", "data-placeholder": this.options.placeholder })]);
  }
}

/** What makes the document another one, only where they differ; null: they do not. */
function replaced(state: EditorState, by: Block): Transaction | null {
  const start = state.doc.content.findDiffStart(by.content);
  const ends = state.doc.content.findDiffEnd(by.content);
  if (start === null || !ends) return null;
  const overlap = Math.max(0, start - Math.min(ends.a, ends.b));
  const exact = state.tr;
  try {
    exact.replace(start, ends.a + overlap, by.slice(start, ends.b + overlap));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  if (exact.doc.eq(by)) return exact;
  const whole = state.tr.replaceWith(0, state.doc.content.size, by.content);
  return whole.setSelection(Selection.near(whole.doc.resolve(Math.min(state.selection.from, whole.doc.content.size))));
}
