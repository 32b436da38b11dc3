// What keys do in the text, and what typed signs become.
import { baseKeymap, chainCommands, exitCode } from "prosemirror-commands";
import { redo, undo } from "prosemirror-history";
import { InputRule, ellipsis, emDash, inputRules, smartQuotes, textblockTypeInputRule, undoInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import type { Node as Block } from "prosemirror-model";
import { splitListItem } from "prosemirror-schema-list";
import { AllSelection, type Command, Plugin, Selection, TextSelection } from "prosemirror-state";
import { bold, bulletList, deeper, italic, numberedList, quote, rule, shallower, unmake } from "./commands";
import { schema } from "./schema";

const { heading, bullet_list: bullets, ordered_list: numbers, list_item: item, blockquote, hard_break: lineBreak } = schema.nodes;

/** `## `, `### `, `- `, `1. `, `> ` and `---`; typographer's quotes, dashes and dots only where `smart`. */
export const rules = (smart: boolean): Plugin =>
  inputRules({
    rules: [
      textblockTypeInputRule(/^(##|###)\s$/, heading, (found) => ({ level: found[1]?.length })),
      wrappingInputRule(/^[-*]\s$/, bullets),
      wrappingInputRule(/^1[.)]\s$/, numbers),
      wrappingInputRule(/^>\s$/, blockquote),
      new InputRule(/^---$/, (state, _found, start, end) => {
        if (state.doc.resolve(start).depth !== 1) return null;
        const { tr } = state;
        tr.delete(start, end);
        rule(state.apply(tr), (after) => after.steps.forEach((step) => tr.step(step)));
        return tr;
      }),
      ...(smart ? [...smartQuotes, ellipsis, emDash] : []),
    ],
  });

const broken: Command = chainCommands(exitCode, (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(lineBreak.create(), true).scrollIntoView());
  return true;
});

/** Tab moves items until Escape is pressed: then it leaves the text, as everywhere else. */
function tabs(): Plugin {
  let leaving = false;
  return new Plugin({
    props: {
      handleKeyDown(view, event) {
        if (event.key === "Tab" && !event.ctrlKey && !event.metaKey && !event.altKey) {
          if (leaving) return false;
          return (event.shiftKey ? shallower : deeper)(view.state, view.dispatch);
        }
        if (!["Shift", "Control", "Alt", "Meta"].includes(event.key)) leaving = event.key === "Escape";
        return false;
      },
      handleDOMEvents: {
        blur: () => {
          leaving = false;
        },
      },
    },
  });
}

/** To an end of the text: a browser finds no place there beside a part that is not to be written in. */
const end =
  (where: (doc: Block) => Selection, extend = false): Command =>
  ({ doc, selection, tr }, dispatch) => {
    const to = where(doc);
    dispatch?.(tr.setSelection(extend ? TextSelection.between(selection.$anchor, to.$head) : to).scrollIntoView());
    return true;
  };
/** Out of a whole text that is selected. */
const leave =
  (where: (doc: Block) => Selection): Command =>
  (state, dispatch) =>
    state.selection instanceof AllSelection && end(where)(state, dispatch);

/** All keys of the text. Ctrl/Cmd Enter, K and S are the desk's. */
export function keys(more: Record<string, Command> & { Enter: Command }): Plugin[] {
  const { "Mod-Enter": _publish, ...base } = baseKeymap;
  return [
    tabs(),
    keymap({
      ...more,
      "Mod-z": undo,
      "Mod-y": redo,
      "Mod-Shift-z": redo,
      "Mod-b": bold,
      "Mod-i": italic,
      "Mod-Shift-7": numberedList,
      "Mod-Shift-8": bulletList,
      "Mod-Shift-9": quote,
      "Ctrl-Home": end(Selection.atStart),
      "Ctrl-End": end(Selection.atEnd),
      "Shift-Ctrl-Home": end(Selection.atStart, true),
      "Shift-Ctrl-End": end(Selection.atEnd, true),
      ArrowLeft: leave(Selection.atStart),
      ArrowRight: leave(Selection.atEnd),
      Enter: chainCommands(more.Enter, splitListItem(item)),
      "Shift-Enter": broken,
      Backspace: chainCommands(undoInputRule, unmake),
    }),
    keymap(base),
  ];
}
