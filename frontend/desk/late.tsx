// Screens and dialogs that come after the desk itself stands, so that it stands sooner. Import them from here.
import { signal } from "@preact/signals";
import { type ComponentType, type VNode, h } from "preact";
import { settled } from "./engine/door";

type More = typeof import("./more");

const more = signal<More | null>(null);
const missing = signal(false);
let loading: Promise<void> | null = null;
let fetched: () => Promise<More> = () => Promise.reject(new Error("nobody said from where"));

/** Says how they come here: in index.tsx, so that the files of the desk need each other in one direction only. */
export function from(fetching: () => Promise<More>): void {
  fetched = fetching;
}

/** Have them here, from the network or from what the browser keeps. Asked twice it loads once. */
export function loadMore(): Promise<void> {
  return (loading ??= load());
}

async function load(): Promise<void> {
  missing.value = false;
  try {
    more.value = await fetched();
  } catch {
    // no network, and the browser has not kept the desk yet
    loading = null;
    missing.value = true;
    addEventListener("online", () => void loadMore(), { once: true });
  }
}

/** Where an update of the newsroom took the file away, a page of the new version has its own. */
async function again(): Promise<void> {
  await loadMore();
  if (more.value) return;
  const there = await fetch(location.pathname, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (!there?.ok) return; // no network: this page stays
  await settled();
  location.reload();
}

/** What makes pasted mark-up ours; undefined: not here yet. */
export const cleaner = (): More["clean"] | undefined => more.peek()?.clean;

/** Stands for a component of more.ts, `meanwhile` in its place. */
function late<Props>(pick: (from: More) => (props: Props) => unknown, meanwhile: () => VNode | null): (props: Props) => VNode | null {
  return (props) => {
    if (more.value) return h(pick(more.value) as ComponentType, props as object) as VNode;
    if (!missing.value) void loadMore();
    return meanwhile();
  };
}

const wait = (): VNode =>
  missing.value ? (
    <p class="desk-wait" role="alert">
      This screen could not be loaded. Your words are kept.{" "}
      <button type="button" class="btn small" onClick={() => void again()}>
        Try again
      </button>
    </p>
  ) : (
    <p class="desk-wait">Opening…</p>
  );
const nothing = (): null => null;

export const DraftHistory = late((from) => from.DraftHistory, wait);
export const OpenStory = late((from) => from.OpenStory, wait);
export const Schedule = late((from) => from.Schedule, wait);
export const Settings = late((from) => from.Settings, wait);
export const StorySettings = late((from) => from.StorySettings, wait);
export const Summary = late((from) => from.Summary, wait);
export const UpdateHistory = late((from) => from.UpdateHistory, wait);
export const WaitingToSend = late((from) => from.WaitingToSend, wait);
export const Help = late((from) => from.Help, nothing);
export const Palette = late((from) => from.Palette, nothing);
export const Asking = late((from) => from.Asking, nothing);
export const AskTelling = late((from) => from.AskTelling, nothing);
export const Preview = late((from) => from.Preview, nothing);
export const Versions = late((from) => from.Versions, nothing);
export const Withdraw = late((from) => from.Withdraw, nothing);
export const Happened = late((from) => from.Happened, nothing);
export const Kinds = late((from) => from.Kinds, nothing);
export const Names = late((from) => from.Names, nothing);
export const ScheduleForm = late((from) => from.ScheduleForm, nothing);
export const SendBack = late((from) => from.SendBack, nothing);
export const Tags = late((from) => from.Tags, nothing);
export const Following = late((from) => from.Following, nothing);
export const Tone = late((from) => from.Tone, nothing);
