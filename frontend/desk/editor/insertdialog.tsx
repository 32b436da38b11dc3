// The insert menu as a dialog, by Alt /.
import { useId, useState } from "preact/hooks";
import { Dialog } from "../screens/dialog";
import { List, moved } from "./insert";
import { type Insert, matching } from "./inserts";
import type { Writing } from "./writing";

export function InsertDialog({ writing, close }: { writing: Writing; close: () => void }) {
  const id = useId();
  const [query, type] = useState("");
  const [at, move] = useState(0);
  const found = matching(query);
  const now = found[Math.min(at, found.length - 1)];
  const choose = (one: Insert): void => {
    close();
    queueMicrotask(() => one.run(writing)); // once the dialog is gone, and before the next key
  };
  return (
    <Dialog title="Put in" close={close}>
      <input
        data-first
        class="ed-find"
        role="combobox"
        aria-label="Block"
        aria-expanded={found.length > 0}
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={now && `${id}-${found.indexOf(now)}`}
        autocomplete="off"
        value={query}
        onInput={(event) => {
          type(event.currentTarget.value);
          move(0);
        }}
        onKeyDown={(event) => {
          const next = found.length ? moved(event.key, at, found.length) : null;
          if (next !== null) move(next);
          else if (event.key === "Enter" && now && !event.isComposing) choose(now);
          else return;
          event.preventDefault();
        }}
      />
      <List id={id} found={found} at={now ? found.indexOf(now) : 0} choose={choose} />
      <p class="desk-small" role="status">
        {found.length ? (query && `${found.length} found`) : "No such block."}
      </p>
    </Dialog>
  );
}
