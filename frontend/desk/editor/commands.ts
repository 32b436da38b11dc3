// What can be done to the text: as commands of ProseMirror, for keys, toolbar and menus alike.
import { chainCommands, lift, setBlockType, toggleMark, wrapIn } from "prosemirror-commands";
import type { Attrs, MarkType, Node as Block, NodeType } from "prosemirror-model";
import { liftListItem, sinkListItem, wrapInList } from "prosemirror-schema-list";
import { type Command, type EditorState, NodeSelection, Selection, TextSelection, type Transaction } from "prosemirror-state";
import { MAX_DEPTH } from "./limits";
import { schema } from "./schema";

const { paragraph, heading, bullet_list: bullets, ordered_list: numbers, list_item: item, blockquote, article_card: card, divider } = schema.nodes;
const { link, strong, em } = schema.marks;

/** The nearest block of this type around the selection, and where it is. */
export function around(state: EditorState, type: NodeType): { node: Block; pos: number } | null {
  const { selection } = state;
  if (selection instanceof NodeSelection && selection.node.type === type) return { node: selection.node, pos: selection.from };
  const { $from } = selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    if ($from.node(depth).type === type) return { node: $from.node(depth), pos: $from.before(depth) };
  }
  return null;
}

export const bold = toggleMark(strong);
export const italic = toggleMark(em);

/** A subheading of this level, or a paragraph if it is one already. */
export const subheading = (level: 2 | 3): Command => (state, dispatch) => {
  const now = around(state, heading);
  return now?.node.attrs["level"] === level ? setBlockType(paragraph)(state, dispatch) : setBlockType(heading, { level })(state, dispatch);
};

/** A list of this kind; out of the list if it is one already; the other kind becomes this one. */
const list = (type: NodeType): Command => (state, dispatch) => {
  const own = around(state, type);
  const other = around(state, type === bullets ? numbers : bullets);
  if (own && (!other || own.pos > other.pos)) return liftListItem(item)(state, dispatch);
  if (!other) return chainCommands(wrapInList(type), (now, go) => flattened(now, go, wrapInList(type)))(state, dispatch);
  dispatch?.(state.tr.setNodeMarkup(other.pos, type));
  return true;
};

export const bulletList = list(bullets);
export const numberedList = list(numbers);

/** The same where a heading is in the way: it becomes a paragraph first. */
function flattened(state: EditorState, dispatch: ((tr: Transaction) => void) | undefined, then: Command): boolean {
  let plain: Transaction | undefined;
  if (!setBlockType(paragraph)(state, (tr) => (plain = tr)) || !plain) return false;
  const tr = plain;
  return then(state.apply(tr), dispatch && ((after) => {
    for (const step of after.steps) tr.step(step);
    dispatch(tr);
  }));
}

/** A quotation, or none if it is one already. */
export const quote: Command = (state, dispatch) => {
  if (around(state, blockquote)) return lift(state, dispatch);
  return chainCommands(wrapIn(blockquote), (now, go) => flattened(now, go, wrapIn(blockquote)))(state, dispatch);
};

/** A block of its own at the caret, and a paragraph behind it to go on in. Inside a list or quotation: behind that. */
const insert = (made: Block): Command => (state, dispatch) => {
  if (!dispatch) return true;
  const { tr } = state;
  const { $from } = tr.selection;
  const whole = $from.depth ? $from.node(1) : null;
  const blank = whole?.type === paragraph && !whole.content.size;
  let at = $from.depth ? $from.after(1) : tr.selection.to;
  if (blank) {
    at = $from.before(1);
    tr.replaceWith(at, $from.after(1), made);
  } else tr.insert(at, made);
  const behind = at + made.nodeSize;
  if (behind >= tr.doc.content.size) tr.insert(behind, paragraph.create());
  tr.setSelection(Selection.near(tr.doc.resolve(behind), 1));
  dispatch(tr.scrollIntoView());
  return true;
};

export const rule: Command = insert(divider.create());

/** A card with these words: a new one, or the one at `pos` anew. */
export const putCard = (attrs: Attrs, pos: number | null): Command => {
  if (pos === null) return insert(card.create(attrs));
  return (state, dispatch) => {
    dispatch?.(state.tr.setNodeMarkup(pos, null, attrs));
    return true;
  };
};

export const say = (attrs: Attrs, pos: number): Command => (state, dispatch) => {
  if (state.doc.nodeAt(pos)?.type !== blockquote) return false;
  dispatch?.(state.tr.setNodeMarkup(pos, null, attrs));
  return true;
};

/** The link at the caret or over the selection, its address and how far it goes. */
export function linked(state: EditorState): { href: string; from: number; to: number } | null {
  const { from, to, $from } = state.selection;
  let found: { href: string; from: number; to: number } | null = null;
  const start = $from.start();
  $from.parent.forEach((child, offset) => {
    const mark = link.isInSet(child.marks);
    if (!mark) return;
    const [first, last] = [start + offset, start + offset + child.nodeSize];
    const href = mark.attrs["href"] as string;
    if (found && found.href === href && found.to === first) found = { ...found, to: last };
    else if (!found && first <= to && last >= from) found = { href, from: first, to: last };
  });
  return found;
}

/** Link the selection, the link at the caret, or `words` put there; "" takes the link away. */
export const putLink = (href: string, words: string): Command => (state, dispatch) => {
  const { tr, selection } = state;
  const now = linked(state);
  const { from, to } = selection.empty && now ? now : selection;
  const mark = href ? link.create({ href }) : null;
  if (from === to && mark) {
    tr.replaceSelectionWith(schema.text(words || href, [...(state.storedMarks ?? selection.$from.marks()), mark]), false);
  } else {
    tr.removeMark(from, to, link);
    if (mark) tr.addMark(from, to, mark);
  }
  dispatch?.(tr.scrollIntoView());
  return true;
};

/** Tab in a list. */
export const deeper: Command = (state, dispatch) => {
  if (!around(state, item)) return false;
  if (state.selection.$from.depth < MAX_DEPTH - 4) sinkListItem(item)(state, dispatch);
  return true;
};

export const shallower: Command = (state, dispatch) => around(state, item) !== null && liftListItem(item)(state, dispatch);

/** Backspace at the start of a subheading makes it a paragraph; in the first item of a list, takes the item out. */
export const unmake: Command = (state, dispatch) => {
  const { selection } = state;
  if (!(selection instanceof TextSelection) || !selection.empty || selection.$from.parentOffset) return false;
  if (selection.$from.parent.type === heading) return setBlockType(paragraph)(state, dispatch);
  const { $from } = selection;
  const first = $from.depth > 2 && $from.node(-1).type === item && $from.index(-1) === 0 && $from.index(-2) === 0;
  return first && liftListItem(item)(state, dispatch);
};

/** Which of them stand where the selection is, for the toolbar. */
export function standing(state: EditorState): Set<string> {
  const { from, to, $from, empty } = state.selection;
  const has = (mark: MarkType): boolean =>
    (empty ? !!mark.isInSet(state.storedMarks ?? $from.marks()) : state.doc.rangeHasMark(from, to, mark));
  const found = new Set<string>();
  if (has(strong)) found.add("bold");
  if (has(em)) found.add("italic");
  if (linked(state)) found.add("link");
  if (around(state, heading)) found.add("subheading");
  if (around(state, blockquote)) found.add("quote");
  if (around(state, card)) found.add("card");
  const lists = [around(state, bullets), around(state, numbers)];
  if ((lists[0]?.pos ?? -1) > (lists[1]?.pos ?? -1)) found.add("list");
  if ((lists[1]?.pos ?? -1) > (lists[0]?.pos ?? -1)) found.add("numbered");
  return found;
}
