// What one person sets for themselves on this device: sound, keys, and whether the browser keeps words for good.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { COMMANDS, type Command } from "../commands";
import { clash, isSingle, named, shown, whyNot } from "../keys";
import { prefer, preferences } from "../preferences";
import { tone } from "../sound";
import { Frame } from "./frame";
import type { Room } from "./screen";

export function Settings({ room }: { room: Room }) {
  const { keep } = room;
  const { sound, single } = preferences.value;
  return (
    <Frame room={room} title="Your settings" back={{ href: "/desk/", words: "Stories" }}>
      <p class="lede">They hold for you, on this device.</p>
      <section class="panel" aria-labelledby="sound-title">
        <h2 id="sound-title">Sound</h2>
        <div class="field">
          <label>
            <input type="checkbox" checked={sound} onChange={(event) => void prefer(keep, { sound: event.currentTarget.checked })} /> A soft tone when a reporter’s draft arrives
          </label>
        </div>
        <p class="sub">Only for those who may publish, and in one window at a time.</p>
        <p class="acts">
          <button type="button" class="btn small" onClick={() => void tone()}>
            Try the tone
          </button>
        </p>
      </section>
      <section class="panel" aria-labelledby="keys-title">
        <h2 id="keys-title">Keys</h2>
        <div class="field">
          <label>
            <input type="checkbox" checked={single} onChange={(event) => void prefer(keep, { single: event.currentTarget.checked })} /> Keys of one letter or sign, outside of text fields
          </label>
        </div>
        <p class="sub">Turn them off if you speak to your computer, or press keys by accident. Every key below can be changed.</p>
        <Keys room={room} />
      </section>
      <section class="panel" aria-labelledby="times-title">
        <h2 id="times-title">Times</h2>
        <p class="sub">Times are in 24-hour form everywhere, in the zone of the story.</p>
      </section>
      <Storage />
    </Frame>
  );
}

function Keys({ room }: { room: Room }) {
  const [asking, ask] = useState("");
  const [said, say] = useState("");
  const { keys, single } = preferences.value;
  const mapped = (command: Command): string => keys[command.id] ?? command.key;
  const map = (id: string, key: string | undefined): Promise<void> => {
    const { [id]: _, ...rest } = keys;
    return prefer(room.keep, { keys: key === undefined ? rest : { ...rest, [id]: key } });
  };
  const give = async (command: Command, event: KeyboardEvent): Promise<void> => {
    const key = named(event);
    const bad = whyNot(key);
    const other = clash(command.id, key);
    if (bad) return say(bad);
    if (other) return say(`${shown(key)} is “${other.name}”. Choose another key, or take it from there first.`);
    await map(command.id, key === command.key ? undefined : key);
    ask("");
    say(`${command.name}: ${shown(key)}.`);
  };
  return (
    <>
      <p class="desk-asked" role="status">
        {said}
      </p>
      <ul class="desk-mapped">
        {COMMANDS.map((command) => {
          const key = mapped(command);
          const off = isSingle(key) && !single;
          return (
            <li key={command.id}>
              <span id={`name-${command.id}`}>{command.name}</span>
              <span class="desk-key-now">{asking === command.id ? <em>Press a key</em> : key ? <kbd>{shown(key)}</kbd> : "No key"}{off && " (off)"}</span>
              <span class="desk-do">
                <Change command={command} asking={asking === command.id} ask={(on) => (ask(on ? command.id : ""), say(on ? `Press the key for “${command.name}”. Escape leaves it as it is.` : ""))} give={(event) => void give(command, event)} />
                {key && (
                  <button type="button" aria-describedby={`name-${command.id}`} onClick={() => void map(command.id, command.key ? "" : undefined)}>
                    No key
                  </button>
                )}
                {keys[command.id] !== undefined && !clash(command.id, command.key) && (
                  <button type="button" aria-describedby={`name-${command.id}`} onClick={() => void map(command.id, undefined)}>
                    As delivered
                  </button>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      <p class="acts">
        <button type="button" class="btn small" disabled={!Object.keys(keys).length} onClick={() => void prefer(room.keep, { keys: {} }).then(() => say("All keys are as delivered."))}>
          All keys as delivered
        </button>
      </p>
    </>
  );
}

interface ChangeProps {
  command: Command;
  asking: boolean;
  ask: (on: boolean) => void;
  give: (event: KeyboardEvent) => void;
}

/** A button that, once pressed, takes the next key. */
function Change({ command, asking, ask, give }: ChangeProps) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!asking) return;
    const take = (event: KeyboardEvent): void => {
      if (["Control", "Shift", "Alt", "Meta", "AltGraph", "Tab"].includes(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.key === "Escape") ask(false);
      else give(event);
    };
    const held = button.current;
    const away = (): void => ask(false);
    held?.addEventListener("keydown", take, true);
    held?.addEventListener("blur", away);
    return () => {
      held?.removeEventListener("keydown", take, true);
      held?.removeEventListener("blur", away);
    };
  });
  return (
    <button type="button" ref={button} aria-describedby={`name-${command.id}`} aria-pressed={asking} data-takes-keys={asking || undefined} onClick={() => ask(!asking)}>
      Change
    </button>
  );
}

/** Whether the browser promised to keep what is written here. */
function Storage() {
  const [kept, know] = useState<boolean | null>(null);
  const [used, measure] = useState("");
  const [said, say] = useState("");
  const installed = matchMedia("(display-mode: standalone)").matches;
  useEffect(() => {
    if (!navigator.storage) return;
    void navigator.storage.persisted().then(know);
    void navigator.storage.estimate().then(({ usage = 0, quota = 0 }) => measure(`${megabytes(usage)} of ${megabytes(quota)} are used.`));
  }, []);
  const ask = async (): Promise<void> => {
    const given = await navigator.storage.persist();
    know(given);
    say(given ? "The browser keeps your words until you remove them." : "The browser did not promise it. Install the desk, and ask again.");
  };
  return (
    <section class="panel" aria-labelledby="storage-title">
      <h2 id="storage-title">Words on this device</h2>
      <p class="sub">
        {kept === null
          ? "This browser does not say whether it keeps your words for good."
          : kept
            ? "The browser keeps your words for good."
            : "The browser may clear what is kept here when space runs low, or after a week without use. Words that the newsroom has are safe."}{" "}
        {used}
      </p>
      <p class="sub">{installed ? "The desk is installed." : "The desk is not installed. Choose “Install” or “Add to home screen” in the menu of the browser."}</p>
      <p class="acts">
        {kept === false && (
          <button type="button" class="btn small" onClick={() => void ask()}>
            Ask the browser to keep them
          </button>
        )}
        <a class="btn plain" href="/desk/waiting/">
          Waiting to send
        </a>
      </p>
      <p class="desk-small" role="status">
        {said}
      </p>
    </section>
  );
}

const megabytes = (bytes: number): string => (bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`);
