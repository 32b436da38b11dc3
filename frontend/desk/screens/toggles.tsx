// What an update is, beside its words: pills that switch, or open a small panel each.
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Desk } from "../engine/desk";
import { Happened, Kinds, Names, ScheduleForm } from "../late";
import { when, zoneOf } from "./times";

export function Toggles({ desk }: { desk: Desk }) {
  const { id, words, edits } = desk.open.value;
  const zone = zoneOf(desk);
  const updates = desk.feed.updates.value;
  const story = desk.feed.story.value;
  const tags = useMemo(() => [...new Set(updates.flatMap((update) => update.tags))], [updates]);
  const bylines = useMemo(() => [...new Set([desk.me.peek().name, ...(story?.bylines ?? []), ...updates.flatMap((update) => update.bylines)])], [updates, story]);
  return (
    <div class="desk-toggles" role="group" aria-label="Details" key={id}>
      {desk.may("update.key") && (
        <button type="button" aria-pressed={words.key} onClick={() => desk.type({ key: !words.key })}>
          Key event
        </button>
      )}
      {desk.may("update.pin") && (
        <button type="button" aria-pressed={words.pin} onClick={() => desk.type({ pin: !words.pin })}>
          Pin to top
        </button>
      )}
      {!edits && desk.may("update.post") && <Schedule desk={desk} />}
      {(!edits || desk.may("update.tag")) && (
        <Panel words={words.tags.length ? `Tags: ${words.tags.join(", ")}` : "Tags"} on={words.tags.length > 0}>
          <Names one="tag" id="tags" names={words.tags} known={tags} longest={40} change={(now) => desk.type({ tags: now })} />
        </Panel>
      )}
      <Panel words={words.bylines.length ? `By ${words.bylines.join(", ")}` : "Byline"} on={words.bylines.length > 0}>
        <Names one="name" id="bylines" names={words.bylines} known={bylines} longest={120} change={(now) => desk.type({ bylines: now })} />
      </Panel>
      <Panel words={words.kind === "report" ? "Kind" : sentence(words.kind)} on={words.kind !== "report"}>
        <Kinds desk={desk} />
      </Panel>
      <Panel words={words.happened ? `Happened ${when(words.happened, zone)}` : "Happened"} on={words.happened !== null}>
        <Happened desk={desk} />
      </Panel>
    </div>
  );
}

interface PanelProps {
  words: string;
  /** Whether it says something other than usual. */
  on: boolean;
  children: ComponentChildren;
}

/** A pill that opens a panel. Esc closes it, and the focus goes back to the pill. */
function Panel({ words, on, children }: PanelProps) {
  const [shown, show] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    if (!shown) return;
    const panel = place.current?.querySelector<HTMLElement>(".desk-panel");
    (panel?.querySelector<HTMLElement>("[data-first]") ?? panel?.querySelector("input"))?.focus();
    panel?.scrollIntoView({ block: "nearest" });
    const away = (event: Event): void => {
      if (!place.current?.contains(event.target as Node)) show(false);
    };
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, [shown]);
  return (
    <div
      class="desk-drop"
      ref={place}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !shown) return;
        event.stopPropagation();
        show(false);
        place.current?.querySelector("button")?.focus();
      }}
      onFocusOut={(event) => event.relatedTarget instanceof Node && !place.current?.contains(event.relatedTarget) && show(false)}
    >
      <button type="button" class={on ? "is-on" : ""} aria-expanded={shown} aria-controls={shown ? id : undefined} onClick={() => show(!shown)}>
        {words}
      </button>
      {shown && (
        <div class="desk-panel" id={id} role="group" aria-label={words}>
          {children}
        </div>
      )}
    </div>
  );
}

function Schedule({ desk }: { desk: Desk }) {
  const { value: id } = desk.openId;
  const there = desk.feed.scheduled.value.find((draft) => draft.id === id);
  return (
    <Panel words={there?.scheduled ? `Goes out ${when(there.scheduled.at, zoneOf(desk))}` : "Schedule"} on={there !== undefined}>
      <ScheduleForm desk={desk} />
    </Panel>
  );
}

/** "reader-question" as "Reader question". */
const sentence = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replace(/-/g, " ");
