// The bar above a story's desk: what it is, who reads it, whether the words are safe, and the way to everything else.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Desk } from "../engine/desk";
import { path } from "../router";
import { Commands } from "./frame";
import { type Pane, pane } from "./panes";
import { Status } from "./status";
import { clock, zoneOf } from "./times";

export function Bar({ desk }: { desk: Desk }) {
  const story = desk.feed.story.value;
  const readers = desk.feed.readers.value;
  return (
    <header class="desk-bar">
      <a class="desk-back" href="/desk/">
        Stories
      </a>
      {story && <Status of={story.status} />}
      <h1>{story?.headline ?? desk.slug}</h1>
      {readers !== null && (
        <p class="desk-readers">
          <b>{readers.toLocaleString("en-GB")}</b> reading now
        </p>
      )}
      <span class="desk-gap" />
      <State desk={desk} />
      <Commands />
      <More desk={desk} />
    </header>
  );
}

/** Whether the words are safe, in one or two words; what waits is one press away. */
function State({ desk }: { desk: Desk }) {
  const [name, words] = state(desk);
  if (!words) return null;
  const look = `desk-state is-${name}`;
  if (!desk.waiting.value.length) return <span class={look}>{words}</span>;
  return (
    <a class={look} href="/desk/waiting/">
      {words}
    </a>
  );
}

export function state(desk: Desk): [string, string] {
  const waiting = desk.waiting.value.length;
  const saved = desk.typing.saved.value;
  if (saved.state === "lost") return ["lost", "Not saved"];
  if (desk.conflict.value) return ["conflict", "Conflict"];
  if (desk.refusal.value) return ["refused", "Refused"];
  if (!desk.outbox.reached.value) {
    if (waiting) return ["offline", `Offline, ${waiting} waiting`];
    return ["offline", saved.state === "saved" ? `Offline, saved ${clock(saved.at, zoneOf(desk))}` : "Offline"];
  }
  if (waiting) return ["sending", `Sending ${waiting}`];
  if (saved.state === "saving") return ["saving", "Saving…"];
  return saved.state === "saved" ? ["saved", `Saved ${clock(saved.at, zoneOf(desk))}`] : ["nothing", ""];
}

/** The other screens of the story: a list below the bar, on a phone a pane of its own. */
function More({ desk }: { desk: Desk }) {
  const [shown, show] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!shown) return;
    const away = (event: Event): void => {
      if (event instanceof KeyboardEvent && event.key !== "Escape") return;
      if (event.type !== "keydown" && place.current?.contains(event.target as Node)) return;
      show(false);
      if (event.type === "keydown") place.current?.querySelector("button")?.focus();
    };
    for (const kind of ["keydown", "pointerdown", "focusin"]) addEventListener(kind, away);
    return () => {
      for (const kind of ["keydown", "pointerdown", "focusin"]) removeEventListener(kind, away);
    };
  }, [shown]);
  return (
    <div class="desk-wide desk-drop" ref={place}>
      <button type="button" aria-expanded={shown} onClick={() => show(!shown)}>
        More
      </button>
      {shown && <Elsewhere desk={desk} />}
    </div>
  );
}

export function Elsewhere({ desk }: { desk: Desk }) {
  const { slug } = desk;
  const story = desk.feed.story.value;
  const waiting = desk.outbox.items.value.length;
  return (
    <nav class="desk-elsewhere" aria-label="Story">
      {story && (
        <a href={story.url} target="_blank" rel="noopener">
          Open the page as readers see it
        </a>
      )}
      {desk.may("summary.write") && <a href={path({ screen: "summary", slug })}>Summary</a>}
      {desk.may("update.post") && <a href={path({ screen: "schedule", slug })}>Schedule</a>}
      {desk.may("story.change") && <a href={path({ screen: "story", slug })}>Story settings</a>}
      <a href="/desk/waiting/">{waiting ? `Waiting to send (${waiting})` : "Waiting to send"}</a>
      <a href="/desk/settings/">Your settings</a>
      <a href="/desk/">All stories</a>
    </nav>
  );
}

/** On a phone, the panes one at a time. */
export function Panes({ desk, shown, writes }: { desk: Desk; shown: Pane; writes: boolean }) {
  const filed = desk.feed.filed.value.length;
  const names = [
    ["queue", filed ? `Queue ${filed}` : "Queue"],
    ["write", "Write"],
    ["page", "On the page"],
    ["more", "More"],
  ] as const;
  return (
    <nav class="desk-tabs" aria-label="Panes">
      {names.filter(([name]) => writes || name === "page" || name === "more").map(([name, words]) => (
        <button type="button" key={name} aria-pressed={shown === name} onClick={() => (pane.value = name)}>
          {words}
        </button>
      ))}
    </nav>
  );
}
