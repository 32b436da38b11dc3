// Everything one can do from the keyboard, once: the keys, the list of commands and the help read this table.
import { signal } from "@preact/signals";
import { focusToolbar, insertDialog, linkSelection } from "./editor/editor";
import type { Desk } from "./engine/desk";
import { beside, inWrite, pane, press, saveNow, step } from "./moves";
import { go, place } from "./router";
import { asking, begin } from "./screens/panes";
import type { Room } from "./screens/screen";

/** Who is here, and at which story's desk, if at any. */
export interface Here {
  room: Room;
  desk: Desk | null;
}

export type Group = "Anywhere" | "In lists" | "Go to";

export interface Command {
  id: string;
  name: string;
  group: Group;
  /** As delivered, see `named` in keys.ts; "": none. */
  key: string;
  /** Whether holding the key down does it again. */
  repeats?: boolean;
  /** Whether it makes sense now. */
  can: (here: Here) => boolean;
  /** `row`: of the list, where the focus is. false: there was nothing to do it to. */
  run: (here: Here, row: HTMLElement | null) => boolean | void;
}

export const here = signal<Here | null>(null);

/** What opens a dialog of its own is told to this. */
export const dialog = signal<"" | "palette" | "help">("");

const always = (): boolean => true;
const inStory = ({ desk }: Here): boolean => desk !== null;
const may = (action: string) => (now: Here): boolean => now.desk?.may(action) ?? false;
/** Where one writes. */
const atDesk = (now: Here): boolean => place.value.screen === "desk" && may("draft.write")(now);
const onRow = (what: string) => (_: Here, row: HTMLElement | null): boolean => row !== null && press(row, what);
const storyScreen = (screen: "desk" | "summary" | "schedule" | "story") => ({ desk }: Here): void => {
  if (desk) go({ screen, slug: desk.slug });
};

export const COMMANDS: readonly Command[] = [
  { id: "palette", name: "Commands, or a link for the selected words", group: "Anywhere", key: "Mod+K", can: always, run: () => void (linkSelection() || (dialog.value = "palette")) },
  { id: "publish", name: "Publish, or save what is open", group: "Anywhere", key: "Mod+Enter", can: always, run: (now) => inWrite(now, "publish") },
  { id: "file", name: "Send to desk", group: "Anywhere", key: "Mod+Shift+Enter", can: atDesk, run: (now) => inWrite(now, "file") },
  { id: "save", name: "Save now", group: "Anywhere", key: "Mod+S", can: always, run: ({ desk }) => saveNow(desk) },
  { id: "insert", name: "Insert into the text", group: "Anywhere", key: "Alt+/", can: atDesk, run: insertDialog },
  { id: "toolbar", name: "To the toolbar of the text", group: "Anywhere", key: "Alt+F10", can: atDesk, run: focusToolbar },
  { id: "preview", name: "Preview as readers see it", group: "Anywhere", key: "", can: atDesk, run: () => void (asking.value = { what: "preview" }) },
  { id: "next-pane", name: "Next part of the screen", group: "Anywhere", key: "F6", can: always, run: () => pane(1) },
  { id: "previous-pane", name: "Part of the screen before", group: "Anywhere", key: "Shift+F6", can: always, run: () => pane(-1) },
  { id: "next", name: "Next in the list", group: "In lists", key: "J", repeats: true, can: always, run: (_, row) => step(row, 1) },
  { id: "previous", name: "Previous in the list", group: "In lists", key: "K", repeats: true, can: always, run: (_, row) => step(row, -1) },
  { id: "edit", name: "Edit", group: "In lists", key: "E", can: always, run: (_, row) => row !== null && (press(row, "edit") || press(row, "open")) },
  { id: "open", name: "Open", group: "In lists", key: "Enter", can: always, run: (_, row) => row !== null && (press(row, "open") || press(row, "edit") || beside(row)) },
  { id: "new", name: "New update", group: "In lists", key: "N", can: atDesk, run: ({ desk }) => desk !== null && begin(desk) },
  { id: "pin", name: "Pin, or take the pin away", group: "In lists", key: "P", can: may("update.pin"), run: onRow("pin") },
  { id: "mark-key", name: "Mark as key event, or take the mark away", group: "In lists", key: "M", can: may("update.key"), run: onRow("key") },
  { id: "correct", name: "Correct", group: "In lists", key: "C", can: may("update.correct"), run: onRow("correct") },
  { id: "help", name: "Keys", group: "In lists", key: "?", can: always, run: () => void (dialog.value = "help") },
  { id: "go-stories", name: "Stories", group: "Go to", key: "", can: always, run: () => go({ screen: "stories" }) },
  { id: "go-desk", name: "Desk of this story", group: "Go to", key: "", can: inStory, run: storyScreen("desk") },
  { id: "go-summary", name: "Summary", group: "Go to", key: "", can: may("summary.write"), run: storyScreen("summary") },
  { id: "go-schedule", name: "Schedule", group: "Go to", key: "", can: inStory, run: storyScreen("schedule") },
  { id: "go-story", name: "Settings of this story", group: "Go to", key: "", can: may("story.change"), run: storyScreen("story") },
  { id: "go-page", name: "Page that readers see", group: "Go to", key: "", can: inStory, run: ({ desk }) => void window.open(`/${desk?.slug ?? ""}`, "_blank", "noopener") },
  { id: "go-open", name: "Open a story", group: "Go to", key: "", can: ({ room }) => room.me.value.can.includes("story.open"), run: () => go({ screen: "open" }) },
  { id: "go-waiting", name: "Waiting to send", group: "Go to", key: "", can: always, run: () => go({ screen: "waiting" }) },
  { id: "go-settings", name: "Your settings on this device", group: "Go to", key: "", can: always, run: () => go({ screen: "settings" }) },
];

/** The commands that a list offers: those that need no row. */
export const offered = (now: Here): Command[] =>
  COMMANDS.filter((command) => command.can(now) && command.id !== "palette" && (command.group !== "In lists" || command.id === "new" || command.id === "help"));
