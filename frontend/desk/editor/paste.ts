// What comes from the clipboard: mark-up is made ours, plain text gets its paragraphs, an address over a selection links
// it, and what is too long is refused before anything changes.
import { DOMSerializer, Fragment, type Node as Block, Slice } from "prosemirror-model";
import { Plugin } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { cleaner, loadMore } from "../late";
import { write } from "./document";
import { address, blank, text, tooMuch } from "./limits";
import { schema } from "./schema";

/** Characters of mark-up that are read; of more, only the words are taken. */
const MAX_HTML = 2_000_000;
const MAX_TEXT = 200_000;

/** Copies what the schema knows, and says that it is ours. */
class Copies extends DOMSerializer {
  override serializeFragment(fragment: Fragment, options?: { document?: Document }, target?: HTMLElement | DocumentFragment): HTMLElement | DocumentFragment {
    const made = super.serializeFragment(fragment, options, target);
    if (!target) for (const child of made.children) child.setAttribute("data-standfirst", "");
    return made;
  }
}

/** Plain text as paragraphs: a blank line parts them, a single line break stays one. */
export function paragraphs(raw: string): Block[] {
  const lines = raw.replace(/\r\n?|[\u000b\u2028\u2029]/g, "\n").replace(/\ufeff/g, "").trim();
  return lines.split(/\n[ \t]*\n\s*/).map((block) => {
    const inlines = block.split("\n").flatMap((line, n) => {
      const words = text(line);
      return [...(n ? [schema.node("hard_break")] : []), ...(words ? [schema.text(words)] : [])];
    });
    return schema.node("paragraph", null, inlines);
  });
}

/** `say` is told what was not done, and why. */
export function pasting(say: (why: string) => void): Plugin {
  const refuse = (why: string): boolean => {
    say(`Not pasted: it would make this update ${why}. Paste it in parts, as several updates.`);
    return true;
  };
  return new Plugin({
    props: {
      clipboardSerializer: new Copies(DOMSerializer.nodesFromSchema(schema), DOMSerializer.marksFromSchema(schema)),
      clipboardTextParser: (raw) => Slice.maxOpen(Fragment.from(paragraphs(raw))),
      transformPastedHTML: (html) => cleaner()?.(html) ?? "",
      handleDOMEvents: {
        paste(view, event) {
          const found = event.clipboardData;
          const words = found?.getData("text/plain") ?? "";
          const html = found?.getData("text/html") ?? "";
          if (words.length <= MAX_TEXT && html.length <= MAX_HTML) {
            if (link(view, event, words)) return true;
            if (!html || cleaner()) return false;
            event.preventDefault();
            void loadMore().then(() => {
              if (view.isDestroyed) return;
              if (cleaner()) view.pasteHTML(html);
              else if (words) view.pasteText(words);
              else say("Nothing was pasted: the newsroom is not reached. Try again then.");
            });
            return true;
          }
          event.preventDefault();
          if (words && words.length <= MAX_TEXT) {
            say("Only the words were pasted: there was too much around them.");
            return view.pasteText(words);
          }
          return refuse("longer than 64 kB");
        },
      },
      handlePaste(view, _event, slice) {
        if (!slice.size) {
          say("Nothing was pasted: there were no words in it.");
          return true;
        }
        const made = view.state.tr.replaceSelection(slice);
        const why = tooMuch(write(made.doc));
        if (why) return refuse(why);
        view.dispatch(made.scrollIntoView().setMeta("paste", true).setMeta("uiEvent", "paste"));
        return true;
      },
    },
  });
}

/** A bare address over words links them. */
function link(view: EditorView, event: ClipboardEvent, words: string): boolean {
  const { selection, tr } = view.state;
  const href = address(words.trim());
  const { from, to, $from } = selection;
  if (!href || selection.empty || !$from.sameParent(selection.$to) || blank(view.state.doc.textBetween(from, to))) return false;
  event.preventDefault();
  view.dispatch(tr.addMark(from, to, schema.mark("link", { href })));
  return true;
}
