// The keyboard: which key means which command, as delivered or as this person has it. Single keys never act in a text field, a
// dialog, or while a word is being composed; Ctrl with Alt (which types signs on many keyboards) is never a command.
import { type Command, COMMANDS, here } from "./commands";
import { preferences } from "./preferences";

export const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** Sign keys that come with nothing but themselves. */
const TEXT = "input:not([type=checkbox],[type=radio],[type=button],[type=submit],[type=color],[type=file]),textarea,select,[contenteditable]:not([contenteditable=false])";
const CHOOSING = "[role=listbox],[role=combobox],[role=menu],[role=menubar],[role=tree],[role=grid]";
const MODIFIERS = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock", "NumLock", "Dead", "Process", "Unidentified", "Fn"]);

/** A key as the tables write it: "Mod+Shift+Enter", "J", "?"; Mod is Ctrl, on a Mac Command. "": nothing that can be a command. */
export function named(event: KeyboardEvent): string {
  if (event.isComposing || event.keyCode === 229 || MODIFIERS.has(event.key) || event.getModifierState("AltGraph")) return "";
  const mod = MAC ? event.metaKey : event.ctrlKey;
  if ((MAC ? event.ctrlKey : event.metaKey) || (mod && event.altKey)) return "";
  const key = plainKey(event);
  if (!key) return "";
  const shift = event.shiftKey && (key.length > 1 || /[A-Z]/.test(key));
  return [mod && "Mod", event.altKey && "Alt", shift && "Shift", key].filter(Boolean).join("+");
}

/** A letter is a letter on every layout: where the key types another script, or a sign with Option, its place counts. */
function plainKey({ key, code, altKey }: KeyboardEvent): string {
  if (key.length !== 1) return key;
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (/[a-z]/i.test(key)) return key.toUpperCase();
  if (letter && (altKey || key.charCodeAt(0) > 127)) return letter;
  return key === " " ? "Space" : key;
}

/** Whether it is a key without Ctrl, Command or Alt that types something. */
export const isSingle = (key: string): boolean => key !== "" && !/^(Mod|Alt)\+/.test(key) && !/^(Shift\+)?F\d{1,2}$/.test(key);

/** The key of a command as it is mapped here; "": none. */
export function keyOf(id: string): string {
  const command = COMMANDS.find((one) => one.id === id);
  const key = preferences.value.keys[id] ?? command?.key ?? "";
  return isSingle(key) && !preferences.value.single ? "" : key;
}

/** A key as people read it: "Ctrl Shift Enter", on a Mac "⌘ ⇧ Enter". */
export function shown(key: string): string {
  const signs: Record<string, string> = MAC ? { Mod: "⌘", Alt: "⌥", Shift: "⇧" } : { Mod: "Ctrl" };
  return key === "+" ? key : key.split("+").map((part) => signs[part] ?? part).join(" ");
}

/** Another command that this key already means. */
export function clash(id: string, key: string): Command | undefined {
  const mapped = (command: Command): string => preferences.value.keys[command.id] ?? command.key;
  return key === "" ? undefined : COMMANDS.find((one) => one.id !== id && mapped(one) === key);
}

/** Whether a command can have this key; else why not. */
export function whyNot(key: string): string {
  if (key === "") return "Ctrl with Alt types signs on many keyboards. Choose another key.";
  if (/^(Shift\+)?(Tab|Escape|Space|Backspace|Delete|Arrow.*|Home|End|Page.*)$/.test(key)) return "This key moves about in every page. Choose another.";
  if (/^Mod\+(Shift\+)?[ACNQRTVWXYZ]$/.test(key)) return "The browser needs this key. Choose another.";
  return "";
}

/** Act on keys from now on; gives what ends that. */
export function listenForKeys(): () => void {
  addEventListener("keydown", act, true);
  return () => removeEventListener("keydown", act, true);
}

function act(event: KeyboardEvent): void {
  const key = named(event);
  const now = here.peek();
  if (!key || !now || event.defaultPrevented || document.querySelector("dialog[open],[data-takes-keys]")) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (isSingle(key) && target.closest(`${TEXT},${CHOOSING}`)) return;
  const row = target.closest<HTMLElement>("[data-row]");
  for (const command of COMMANDS) {
    if (keyOf(command.id) !== key || (event.repeat && !command.repeats) || !command.can(now)) continue;
    if (key === "Enter" && target !== row) return; // on a link or a button Enter is theirs
    if (command.run(now, row) === false) continue;
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
}
