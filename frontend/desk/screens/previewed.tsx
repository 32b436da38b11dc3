// A summary as readers will see it, while it is written.
import type { Desk } from "../engine/desk";
import type { Point } from "./points";
import { when, zoneOf } from "./times";

const FIRST = 3;

export function SummaryPreview({ desk, known, unconfirmed }: { desk: Desk; known: Point[]; unconfirmed: Point[] }) {
  const ended = desk.feed.story.value?.status === "ended";
  const there = (points: Point[]): Point[] => points.filter((point) => point.text.trim());
  const [sure, unsure] = [there(known), there(unconfirmed)];
  return (
    <section class="desk-preview-side" aria-labelledby="preview-title">
      <h2 class="lab" id="preview-title">
        As readers see it
      </h2>
      <div class="desk-summary">
        <h3>{ended ? "What we know" : "What we know so far"}</h3>
        <ul>
          {sure.slice(0, FIRST).map((point) => (
            <Line key={point.id} desk={desk} point={point} />
          ))}
        </ul>
        {sure.length > FIRST && (
          <details>
            <summary>{sure.length === FIRST + 1 ? "1 more point" : `${sure.length - FIRST} more points`}</summary>
            <ul>
              {sure.slice(FIRST).map((point) => (
                <Line key={point.id} desk={desk} point={point} />
              ))}
            </ul>
          </details>
        )}
        {unsure.length > 0 && (
          <details open>
            <summary>What is not confirmed</summary>
            <ul>
              {unsure.map((point) => (
                <Line key={point.id} desk={desk} point={point} />
              ))}
            </ul>
          </details>
        )}
        {!sure.length && !unsure.length && <p class="desk-small">Nothing yet.</p>}
      </div>
    </section>
  );
}

function Line({ desk, point }: { desk: Desk; point: Point }) {
  const rests = desk.feed.updates.value.find((update) => update.id === point.update);
  return (
    <li>
      {point.text.trim()} {rests && <span class="desk-rests">{when(rests.published, zoneOf(desk))}</span>}
    </li>
  );
}
