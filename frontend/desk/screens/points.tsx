// The points of a summary: written, moved about by buttons or Alt with the arrows, each resting on an update if it may.
import { useLayoutEffect } from "preact/hooks";
import { newId } from "../api";
import type { Desk } from "../engine/desk";
import { title } from "../engine/words";
import { when, zoneOf } from "./times";

export interface Point {
  /** On this screen only. */
  id: string;
  text: string;
  update: string | null;
}

export const POINT_MOST = 500;
export const POINTS_MOST = 12;

export const fresh = (): Point => ({ id: newId(), text: "", update: null });

/** The point that gets the focus as soon as it is shown, before another key is pressed. */
let wanted = "";

interface Props {
  desk: Desk;
  name: "known" | "unconfirmed";
  title: string;
  points: Point[];
  others: Point[];
  /** Both lists, where a point went from one to the other. */
  change: (points: Point[], others?: Point[]) => void;
}

export function Points({ desk, name, title: heading, points, others, change }: Props) {
  const focus = (id: string): void => void (wanted = id);
  const add = (after: number): void => {
    if (points.length >= POINTS_MOST) return;
    const point = fresh();
    change([...points.slice(0, after), point, ...points.slice(after)]);
    focus(point.id);
  };
  const move = (from: number, to: number): void => {
    const point = points[from];
    if (!point || to < 0 || to >= points.length) return;
    const rest = points.filter((one) => one !== point);
    change([...rest.slice(0, to), point, ...rest.slice(to)]);
    focus(point.id);
  };
  const remove = (at: number): void => {
    const next = points[at + 1] ?? points[at - 1];
    change(points.filter((_, place) => place !== at));
    if (next) focus(next.id);
    else document.getElementById(`add-${name}`)?.focus();
  };
  const cross = (at: number): void => {
    const point = points[at];
    if (!point || others.length >= POINTS_MOST) return;
    change(
      points.filter((one) => one !== point),
      [...others.filter((one) => one.text.trim() || one.update), point],
    );
    focus(point.id);
  };
  const keys = (event: KeyboardEvent, at: number): void => {
    if (event.isComposing) return;
    if (event.altKey && event.key === "ArrowUp") move(at, at - 1);
    else if (event.altKey && event.key === "ArrowDown") move(at, at + 1);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) add(at + 1);
    else if (event.key === "Backspace" && points[at]?.text === "" && !points[at]?.update) remove(at);
    else return;
    event.preventDefault();
  };
  return (
    <fieldset class="desk-points">
      <legend>{heading}</legend>
      <p class="hint" id={`${name}-how`}>
        {points.length} of {POINTS_MOST} points. Enter begins the next one, Alt with the arrow keys moves it.
      </p>
      <ol>
        {points.map((point, at) => (
          <li key={point.id}>
            <Text point={point} at={at} count={points.length} name={name} heading={heading} keys={keys} change={(text) => change(points.map((one) => (one === point ? { ...one, text } : one)))} />
            <Rests desk={desk} point={point} choose={(update) => change(points.map((one) => (one === point ? { ...one, update } : one)))} />
            <p class="desk-do">
              <button type="button" aria-label={`Move up: ${called(point, at)}`} aria-disabled={at === 0} onClick={() => move(at, at - 1)}>
                Up
              </button>
              <button type="button" aria-label={`Move down: ${called(point, at)}`} aria-disabled={at === points.length - 1} onClick={() => move(at, at + 1)}>
                Down
              </button>
              <button type="button" aria-label={`${name === "known" ? "Not confirmed" : "Confirmed"}: ${called(point, at)}`} onClick={() => cross(at)}>
                {name === "known" ? "Not confirmed" : "Confirmed"}
              </button>
              <button type="button" aria-label={`Remove: ${called(point, at)}`} onClick={() => remove(at)}>
                Remove
              </button>
            </p>
          </li>
        ))}
      </ol>
      <p class="acts">
        <button type="button" class="btn small" id={`add-${name}`} aria-disabled={points.length >= POINTS_MOST} onClick={() => add(points.length)}>
          {name === "known" ? "Add a point" : "Add a point that is not confirmed"}
        </button>
      </p>
    </fieldset>
  );
}

const called = (point: Point, at: number): string => point.text.trim().slice(0, 40) || `point ${at + 1}`;

interface TextProps {
  point: Point;
  at: number;
  count: number;
  name: string;
  heading: string;
  keys: (event: KeyboardEvent, at: number) => void;
  change: (text: string) => void;
}

function Text({ point, at, count, name, heading, keys, change }: TextProps) {
  const left = POINT_MOST - [...point.text].length;
  useLayoutEffect(() => {
    if (wanted !== point.id) return;
    wanted = "";
    document.getElementById(`point-${point.id}`)?.focus();
  });
  return (
    <>
      <textarea
        id={`point-${point.id}`}
        rows={2}
        aria-label={`${heading}, point ${at + 1} of ${count}`}
        aria-describedby={`${name}-how`}
        aria-invalid={left < 0 ? "true" : undefined}
        value={point.text}
        onInput={(event) => change(event.currentTarget.value.replace(/\n/g, " "))}
        onKeyDown={(event) => keys(event, at)}
      />
      {left < 80 && <p class={left < 0 ? "errorlist" : "hint"}>{left < 0 ? `${-left} characters too many` : `${left} characters left`}</p>}
    </>
  );
}

/** The update that a point rests on; one that was withdrawn is not offered. */
function Rests({ desk, point, choose }: { desk: Desk; point: Point; choose: (update: string | null) => void }) {
  const zone = zoneOf(desk);
  const updates = desk.feed.updates.value.filter((update) => !update.retraction && !update.erased);
  const gone = point.update && !updates.some((update) => update.id === point.update);
  return (
    <label class="desk-restson">
      <span>Rests on</span>
      <select value={point.update ?? ""} onChange={(event) => choose(event.currentTarget.value || null)}>
        <option value="">No update</option>
        {gone && <option value={point.update ?? ""}>An update further down, or withdrawn</option>}
        {updates.map((update) => (
          <option key={update.id} value={update.id}>
            {when(update.published, zone)} {title(update).slice(0, 70)}
          </option>
        ))}
      </select>
    </label>
  );
}
