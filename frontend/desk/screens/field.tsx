// One field of a form: its label, what to know, what was wrong.
import type { ComponentChildren } from "preact";
import { HERE, fields, moment } from "./times";

interface Props {
  name: string;
  label: string;
  value: string;
  change: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | undefined;
  /** Most characters; said when few are left. */
  most?: number;
  rows?: number;
  list?: string;
  required?: boolean;
}

export function Field({ name, label, value, change, hint, error, most, rows, list, required }: Props) {
  const left = most === undefined ? Infinity : most - [...value].length;
  const about = [hint && `${name}-hint`, error && `${name}-error`, left < 50 && `${name}-left`].filter(Boolean).join(" ");
  const same = {
    id: name,
    name,
    value,
    required,
    autocomplete: "off" as const,
    "aria-invalid": error ? ("true" as const) : undefined,
    "aria-describedby": about || undefined,
    onInput: (event: { currentTarget: { value: string } }) => change(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint && (
        <span class="hint" id={`${name}-hint`}>
          {hint}
        </span>
      )}
      {error && (
        <p class="errorlist" id={`${name}-error`}>
          {error}
        </p>
      )}
      {rows ? <textarea rows={rows} {...same} /> : <input type="text" list={list} {...same} />}
      {left < 50 && (
        <span class="hint" id={`${name}-left`}>
          {left < 0 ? `${-left} too many` : `${left} left`}
        </span>
      )}
    </div>
  );
}

/** As the fields of a form have it: 2026-11-21 and 14:05. */
export interface Fields {
  date: string;
  time: string;
}

interface WhenProps {
  name: string;
  label: string;
  zone: string;
  value: Fields;
  change: (value: Fields) => void;
  error?: string | undefined;
}

/** A date, and a time of 24 hours, in a zone that is named. */
export function When({ name, label, zone, value, change, error }: WhenProps) {
  return (
    <fieldset class="field desk-when" aria-describedby={error ? `${name}-zone ${name}-error` : `${name}-zone`}>
      <legend>{label}</legend>
      <span class="hint" id={`${name}-zone`}>
        {zone === HERE ? `Time in ${place(zone)}` : `Time in ${place(zone)}, which is not the zone of this device`}
      </span>
      {error && (
        <p class="errorlist" id={`${name}-error`}>
          {error}
        </p>
      )}
      <div class="pair">
        <div class="field">
          <label for={`${name}-date`}>Date</label>
          <input id={`${name}-date`} type="date" value={value.date} onInput={(event) => change({ ...value, date: event.currentTarget.value })} />
        </div>
        <div class="field">
          <label for={`${name}-time`}>Time (24 h)</label>
          <input
            id={`${name}-time`}
            type="text"
            inputMode="numeric"
            placeholder="14:05"
            maxLength={5}
            autocomplete="off"
            aria-invalid={error ? "true" : undefined}
            value={value.time}
            onInput={(event) => change({ ...value, time: event.currentTarget.value })}
          />
        </div>
      </div>
    </fieldset>
  );
}

/** The city that a zone is named after. */
export const place = (zone: string): string => (zone.split("/").pop() ?? zone).replace(/_/g, " ");

/** The moment that fields mean, as ISO 8601; null: half-written, or there is no such time on that day. */
export function instant({ date, time }: Fields, zone: string): string | null {
  const found = /^(\d{1,2})[:.]?(\d{2})$/.exec(time.trim());
  if (!found || !date || Number(found[1]) > 23 || Number(found[2]) > 59) return null;
  return moment(date, `${(found[1] ?? "").padStart(2, "0")}:${found[2]}`, zone);
}

/** A moment as fields have it; of none, empty ones. */
export function asFields(at: string | null, zone: string): Fields {
  if (!at) return { date: "", time: "" };
  const [date, time] = fields(at, zone);
  return { date, time };
}
