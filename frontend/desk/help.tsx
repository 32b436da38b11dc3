// "?": the keys, as they are mapped here.
import { COMMANDS, type Group } from "./commands";
import { MAC, keyOf, shown } from "./keys";
import { useModal } from "./modal";
import { preferences } from "./preferences";

const GROUPS: Group[] = ["Anywhere", "In lists", "Go to"];

/** What the text itself does; it is the same for everybody. */
const IN_TEXT: [string, string][] = [
  ["/", "Insert, at the start of a line"],
  ["Escape", "Back to the text from the toolbar"],
  ["Mod+B", "Bold"],
  ["Mod+I", "Italic"],
  ["Mod+Z", "Undo"],
  [MAC ? "Mod+Shift+Z" : "Mod+Y", "Do it again"],
];

export function Help() {
  const { leave, opened } = useModal();
  return (
    <dialog class="desk-help" {...opened} aria-labelledby="help-title">
      <header>
        <h1 id="help-title">Keys</h1>
        <button type="button" class="btn small" onClick={leave}>
          Close
        </button>
      </header>
      {!preferences.value.single && <p class="note">Keys of one letter are off.</p>}
      {GROUPS.map((group) => (
        <Keys key={group} title={group === "In lists" ? "In lists, outside text fields" : group} keys={COMMANDS.filter((one) => one.group === group).map((one) => [keyOf(one.id), one.name])} />
      ))}
      <Keys title="In the text" keys={IN_TEXT} />
      <p class="desk-small">
        <a href="/desk/settings/" onClick={leave}>
          Change the keys
        </a>
      </p>
    </dialog>
  );
}

function Keys({ title, keys }: { title: string; keys: [string, string][] }) {
  const there = keys.filter(([key]) => key);
  if (!there.length) return null;
  return (
    <section>
      <h2>{title}</h2>
      <dl class="desk-keys">
        {there.map(([key, name]) => (
          <div key={name}>
            <dt>
              <kbd>{shown(key)}</kbd>
            </dt>
            <dd>{name}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
