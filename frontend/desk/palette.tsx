// Ctrl K: type a word, choose with the arrows, Enter. A combobox with a list box, as ARIA's patterns have it.
import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { type Line, ask } from "./api";
import type { Here } from "./commands";
import { type Found, everything, search } from "./finding";
import { shown } from "./keys";
import { useModal } from "./modal";

const RECENT = "recent";
const RECENT_MOST = 20;

/** The stories, for who has not seen their list on this device. */
const listed = (): Promise<Line[]> =>
  ask<{ stories: Line[] }>("GET", "/stories?limit=100").then(
    ({ stories }) => stories,
    () => [], // the rest is found all the same
  );

export function Palette({ here }: { here: Here }) {
  const { box, leave, opened } = useModal();
  const [asked, find] = useState("");
  const [at, move] = useState(-1); // unasked, Enter does nothing: the first line may publish
  const [lines, setLines] = useState<Line[]>([]);
  const [recent, setRecent] = useState<string[]>([]);
  useLayoutEffect(() => {
    void here.room.keep.seen<Line[]>("stories").then(async (seen) => setLines(seen ?? (await listed())));
    void here.room.keep.text<string[]>(RECENT).then((kept) => kept && setRecent(kept));
  }, []);
  const all = everything(here, lines);
  const found = useMemo(() => search(all, asked, recent), [asked, recent, lines, all.length]);
  const chosen = Math.min(at, found.length - 1);
  useEffect(() => {
    document.getElementById(`palette-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen, found]);

  const choose = (one: Found | undefined): void => {
    if (!one) return;
    void here.room.keep.putText(RECENT, [one.id, ...recent.filter((id) => id !== one.id)].slice(0, RECENT_MOST));
    leave(); // the focus is back where it was before the command moves it
    one.run();
  };
  const keys = (event: KeyboardEvent): void => {
    const last = found.length - 1;
    const to = { ArrowDown: chosen >= last ? 0 : chosen + 1, ArrowUp: chosen <= 0 ? last : chosen - 1, PageDown: Math.min(chosen + 8, last), PageUp: Math.max(chosen - 8, 0) }[event.key];
    if (event.isComposing) return;
    if (event.key === "Enter") choose(found[chosen]);
    else if (to !== undefined) move(to);
    else return;
    event.preventDefault();
  };
  return (
    <dialog class="desk-palette" {...opened} aria-label="Commands" onClick={(event) => event.target === box.current && leave()}>
      <input
        type="text"
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-activedescendant={chosen >= 0 ? `palette-${chosen}` : undefined}
        aria-label="Find a command, a story, a draft or an update"
        placeholder="Find a command, a story, a draft or an update"
        autocomplete="off"
        spellcheck={false}
        value={asked}
        onInput={(event) => {
          find(event.currentTarget.value);
          move(event.currentTarget.value ? 0 : -1);
        }}
        onKeyDown={keys}
      />
      <ul role="listbox" id="palette-list" aria-label="Found" tabIndex={-1}>
        {found.map((one, place) => (
          <li key={one.id} id={`palette-${place}`} role="option" aria-selected={place === chosen} onMouseMove={(event) => (event.movementX || event.movementY) && place !== chosen && move(place)} onClick={() => choose(one)}>
            <span class="desk-found">{one.words}</span>
            <span class="desk-what">{one.key ? <kbd>{shown(one.key)}</kbd> : one.what}</span>
          </li>
        ))}
      </ul>
      <p class={found.length ? "vh" : "desk-small"} role="status">
        {found.length === 0 ? "Nothing found." : asked && (found.length === 1 ? "1 found" : `${found.length} found`)}
      </p>
    </dialog>
  );
}
