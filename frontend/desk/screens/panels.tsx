// What the pills of an update open: its kind, when it happened, when it goes out.
import { useState } from "preact/hooks";
import type { Desk } from "../engine/desk";
import type { Kind } from "../engine/words";
import { type Fields, When, asFields, instant } from "./field";
import { inFull, zoneOf } from "./times";

const KINDS: Record<Kind, string> = {
  report: "Report",
  analysis: "Analysis",
  opinion: "Opinion",
  explainer: "Explainer",
  picture: "Picture",
  video: "Video",
  "reader-question": "Reader question",
};

export function Kinds({ desk }: { desk: Desk }) {
  const { kind: chosen } = desk.open.value.words;
  return (
    <fieldset class="desk-kinds">
      <legend>Kind of update</legend>
      {Object.entries(KINDS).map(([kind, name]) => (
        <label key={kind}>
          <input type="radio" name="kind" checked={chosen === kind} data-first={chosen === kind || undefined} onChange={() => desk.type({ kind: kind as Kind })} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

export function Happened({ desk }: { desk: Desk }) {
  const zone = zoneOf(desk);
  const { happened } = desk.open.value.words;
  const [value, write] = useState<Fields>(asFields(happened ?? new Date().toISOString(), zone));
  return (
    <>
      <When
        name="happened"
        label="When it happened"
        zone={zone}
        value={value}
        change={(now) => {
          write(now);
          const at = instant(now, zone);
          if (at) desk.type({ happened: at });
        }}
        error={instant(value, zone) ? undefined : "There is no such time. Write it like 14:05."}
      />
      <button type="button" aria-disabled={!happened} onClick={() => happened && desk.type({ happened: null })}>
        Not known
      </button>
    </>
  );
}

export function ScheduleForm({ desk }: { desk: Desk }) {
  const zone = zoneOf(desk);
  const there = desk.feed.scheduled.value.find((draft) => draft.id === desk.openId.value);
  const [value, write] = useState<Fields>(asFields(there?.scheduled?.at ?? nextHour(), zone));
  const [embargo, hold] = useState(there?.scheduled?.embargo ?? false);
  const at = instant(value, zone);
  const past = at !== null && Date.parse(at) <= Date.now();
  return (
    <form
      class="desk-schedule"
      onSubmit={(event) => {
        event.preventDefault();
        if (at && !past) void desk.schedule(at, embargo);
      }}
    >
      <When
        name="scheduled"
        label="Goes out by itself"
        zone={zone}
        value={value}
        change={write}
        error={at === null ? "There is no such time. Write it like 14:05." : past ? "That has passed." : undefined}
      />
      <label class="desk-tick">
        <input type="checkbox" checked={embargo} onChange={(event) => hold(event.currentTarget.checked)} />
        Embargo: nobody can publish it earlier
      </label>
      {at && !past && <p class="desk-small">{inFull(at, zone)}</p>}
      <p class="desk-actions">
        <button type="submit" class="is-firm" disabled={!at || past}>
          {there ? "Schedule anew" : "Schedule it"}
        </button>
        {there && (
          <button type="button" onClick={() => void desk.unschedule(there)}>
            Do not send
          </button>
        )}
      </p>
    </form>
  );
}

const nextHour = (): string => new Date(Math.ceil((Date.now() + 60_000) / 3_600_000) * 3_600_000).toISOString();
