// The insert menu beside the text, behind a / in an empty block.
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Insert, matching } from "./inserts";
import type { Writing } from "./writing";

interface ListProps {
  id: string;
  found: Insert[];
  at: number;
  choose: (one: Insert) => void;
}

export function List({ id, found, at, choose }: ListProps) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  return (
    <ul class="ed-list" role="listbox" aria-label="Blocks" id={id} ref={list}>
      {found.map((one, n) => (
        <li key={one.name} id={`${id}-${n}`} role="option" aria-selected={n === at} onMouseDown={(event) => event.preventDefault()} onClick={() => choose(one)}>
          <b>{one.name}</b> <span>{one.hint}</span>
        </li>
      ))}
    </ul>
  );
}

/** Where an arrow key leads in a list of so many; null: it is no arrow key. */
export function moved(key: string, at: number, of: number): number | null {
  if (key === "ArrowDown") return (at + 1) % of;
  if (key === "ArrowUp") return (at + of - 1) % of;
  return null;
}

/** The text keeps the focus: what is chosen is told by aria-activedescendant, and by a status for who does not hear that. */
export function InlineMenu({ writing }: { writing: Writing }) {
  const id = useId();
  const query = writing.query.value;
  const [at, move] = useState(0);
  useLayoutEffect(() => move(0), [query]);
  const found = query === null ? [] : matching(query);
  const now = found[Math.min(at, found.length - 1)];
  const { dom } = writing.view;
  const choose = (one: Insert): void => {
    writing.forget();
    one.run(writing);
  };
  writing.menuKey = (event) => {
    if (event.key === "Escape") {
      writing.dismiss();
      return true;
    }
    if (!now) return false;
    const next = moved(event.key, at, found.length);
    if (next !== null) move(next);
    else if (event.key === "Enter" || event.key === "Tab") choose(now);
    else return false;
    return true;
  };
  useLayoutEffect(() => {
    if (!now) return;
    dom.setAttribute("aria-controls", id);
    dom.setAttribute("aria-activedescendant", `${id}-${found.indexOf(now)}`);
    return () => {
      dom.removeAttribute("aria-controls");
      dom.removeAttribute("aria-activedescendant");
    };
  }, [now]);
  const told = query === null ? "" : now ? `${now.name}, ${found.indexOf(now) + 1} of ${found.length}. Enter puts it in.` : "No such block.";
  return (
    <>
      {now && (
        <div class="ed-menu" tabIndex={0} style={placed(writing)}>
          <List id={id} found={found} at={found.indexOf(now)} choose={choose} />
        </div>
      )}
      <p class="vh" role="status">
        {told}
      </p>
    </>
  );
}

/** Below the caret, or above it where the window ends. */
function placed({ view }: Writing): Record<string, string> {
  const caret = view.coordsAtPos(view.state.selection.from);
  const box = (view.dom.parentElement ?? view.dom).getBoundingClientRect();
  const start = `${Math.max(0, Math.min(caret.left - box.left - 8, box.width - 296))}px`;
  const below = innerHeight - caret.bottom;
  if (below > 320 || below > caret.top) return { left: start, top: `${caret.bottom - box.top + 4}px` };
  return { left: start, bottom: `${box.bottom - caret.top + 4}px` };
}
