// What can be done to the text, in words. One stop for Tab; arrows go from word to word; Esc goes back to the text.
import { redo, undo } from "prosemirror-history";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { bold, bulletList, italic, numberedList, quote, rule, subheading } from "./commands";
import type { Writing } from "./writing";

interface Tool {
  name: string;
  /** As it is spoken, where that is more than the name. */
  label?: string;
  /** What `standing` calls it, if it is on or off. */
  pressed?: string;
  keys?: string;
  run: (writing: Writing) => void;
}

const WORDS: readonly Tool[] = [
  { name: "B", label: "Bold", pressed: "bold", keys: "Control+B Meta+B", run: (writing) => writing.run(bold) },
  { name: "I", label: "Italic", pressed: "italic", keys: "Control+I Meta+I", run: (writing) => writing.run(italic) },
  { name: "Link", pressed: "link", keys: "Control+K Meta+K", run: (writing) => void writing.askLink() },
  { name: "Quote", pressed: "quote", run: (writing) => writing.run(quote) },
  { name: "List", pressed: "list", run: (writing) => writing.run(bulletList) },
  { name: "Numbered", pressed: "numbered", run: (writing) => writing.run(numberedList) },
  { name: "Subheading", pressed: "subheading", run: (writing) => writing.run(subheading(2)) },
  { name: "Card", run: (writing) => void writing.ask("card", null) },
  { name: "Line", run: (writing) => writing.run(rule) },
];
/** Where there is no keyboard to do it with. */
const BY_HAND: readonly Tool[] = [
  { name: "Undo", keys: "Control+Z Meta+Z", run: (writing) => writing.run(undo) },
  { name: "Redo", keys: "Control+Y Meta+Shift+Z", run: (writing) => writing.run(redo) },
];

const TOOLS = matchMedia("(pointer:coarse)").matches ? [...WORDS, ...BY_HAND] : WORDS;

export function Toolbar({ writing, label }: { writing: Writing; label: string }) {
  const bar = useRef<HTMLDivElement>(null);
  const [stop, move] = useState(0);
  const now = new Set(writing.standing.value.split(" "));
  const focus = (n: number): void => {
    move(n);
    (bar.current?.children[n] as HTMLElement | undefined)?.focus();
  };
  useLayoutEffect(() => {
    writing.focusTools = () => focus(stop);
  });
  const keyed = (event: KeyboardEvent): void => {
    const last = TOOLS.length - 1;
    const rtl = bar.current !== null && getComputedStyle(bar.current).direction === "rtl";
    const to: Record<string, number> = { [rtl ? "ArrowLeft" : "ArrowRight"]: stop === last ? 0 : stop + 1, [rtl ? "ArrowRight" : "ArrowLeft"]: stop ? stop - 1 : last, Home: 0, End: last };
    const next = to[event.key];
    if (next !== undefined) focus(next);
    else if (event.key === "Escape") writing.view.focus();
    else return;
    event.preventDefault();
  };
  return (
    <div class="ed-tools" role="toolbar" aria-label={label} ref={bar} onKeyDown={keyed}>
      {TOOLS.map(({ name, label: spoken, pressed, keys, run }, n) => (
        <button
          type="button"
          key={name}
          tabIndex={n === stop ? 0 : -1}
          aria-label={spoken}
          aria-pressed={pressed === undefined ? undefined : now.has(pressed)}
          aria-keyshortcuts={keys}
          class={spoken && `is-${pressed}`}
          onMouseDown={(event) => event.preventDefault()}
          onFocus={() => move(n)}
          onClick={() => run(writing)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
