// The stories that one may work on, newest activity first; offline, as they were last seen.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { type Line, Refused, Unreached, ask } from "../api";
import { known } from "../engine/door";
import { folded } from "../folding";
import { Frame } from "./frame";
import type { Room } from "./screen";
import { STATUSES, Status } from "./status";
import { when } from "./times";

const PAGES_MOST = 10;
const COUNTED_MOST = 12;
const FILTER_FROM = 9;
const FILTERS = ["live", "paused", "scheduled", "ended"] as const;

const lines = signal<Line[] | null>(null);
/** Readers at this moment, by slug. */
const readers = signal<Record<string, number>>({});
const why = signal("");

async function load({ keep, outbox }: Room): Promise<void> {
  try {
    const found: Line[] = [];
    let next: string | null = "";
    for (let page = 0; next !== null && page < PAGES_MOST; page++) {
      const got: { stories: Line[]; next: string | null } = await ask("GET", `/stories?limit=100${next && `&cursor=${encodeURIComponent(next)}`}`);
      found.push(...got.stories);
      next = got.next;
    }
    lines.value = found;
    known.value = found[0]?.slug ?? "";
    why.value = "";
    outbox.answered(true);
    await keep.see("stories", found);
  } catch (error) {
    if (error instanceof Unreached) outbox.answered(false);
    else if (!(error instanceof Refused)) throw error;
    why.value = error instanceof Refused ? (error.signedOut ? "" : error.message) : "The newsroom cannot be reached. These are the stories as they were last seen.";
  }
}

async function count(): Promise<void> {
  const live = (lines.value ?? []).filter((line) => line.status === "live").slice(0, COUNTED_MOST);
  for (const { slug } of live) {
    try {
      readers.value = { ...readers.value, [slug]: (await ask<{ total: number }>("GET", `/stories/${slug}/audience`)).total };
    } catch (error) {
      if (error instanceof Unreached || error instanceof Refused) return; // a story shows without its readers, too
      throw error;
    }
  }
}

export function Stories({ room }: { room: Room }) {
  const { keep } = room;
  const me = room.me.value;
  const [asked, find] = useState("");
  const [status, choose] = useState("");
  useEffect(() => {
    void keep.seen<Line[]>("stories").then((seen) => {
      lines.value ??= seen ?? null;
    });
    void load(room).then(count);
  }, [room]);
  const all = lines.value ?? [];
  const words = folded(asked).split(/\s+/).filter(Boolean);
  const found = all.filter((line) => (!status || line.status === status) && words.every((word) => folded(`${line.headline} ${line.slug}`).includes(word)));
  return (
    <Frame
      room={room}
      title="Stories"
      beside={
        <nav aria-label="Main">
          {me.can.includes("freeze") && <a href="/desk/newsroom/">Newsroom</a>}
          <a href="/desk/settings/">Settings</a>
          <a href="/account/">{me.name}</a>
        </nav>
      }
    >
      {me.frozen && <p class="desk-warn">All writing is stopped.</p>}
      {why.value && (
        <p class="desk-warn" role="alert">
          {why.value}{" "}
          <button type="button" class="btn small" onClick={() => void load(room)}>
            Try again
          </button>
        </p>
      )}
      <div class="desk-find">
        <div class="field">
          <label for="find">Find a story</label>
          <input id="find" type="search" autocomplete="off" value={asked} onInput={(event) => find(event.currentTarget.value)} />
        </div>
        {me.can.includes("story.open") && (
          <a class="btn go" href="/desk/open/">
            Open a story
          </a>
        )}
      </div>
      {all.length >= FILTER_FROM && (
        <div class="desk-filter" role="group" aria-label="Show">
          {["", ...FILTERS].map((one) => (
            <button type="button" key={one} aria-pressed={status === one} onClick={() => choose(one)}>
              {one ? `${STATUSES[one]} ${all.filter((line) => line.status === one).length}` : `All ${all.length}`}
            </button>
          ))}
        </div>
      )}
      <p class="vh" role="status">
        {(asked || status) && `${found.length} of ${all.length} stories`}
      </p>
      {lines.value?.length === 0 && <p class="desk-empty">There is no story yet that you may work on.</p>}
      {all.length > 0 && !found.length && <p class="desk-empty">No story has these words.</p>}
      <ul class="desk-list">
        {found.map((line) => (
          <li key={line.slug} data-row tabIndex={-1}>
            <h2>
              <a href={`/desk/story/${line.slug}/`} data-do="open">
                {line.headline}
              </a>
            </h2>
            <p class="desk-small">
              <Status of={line.status} /> {line.updates === 1 ? "1 update" : `${line.updates} updates`}, last activity <time dateTime={line.modified}>{when(line.modified, line.zone)}</time>
              {readers.value[line.slug] !== undefined && line.status === "live" && (
                <>
                  {" "}
                  <b class="num">{(readers.value[line.slug] ?? 0).toLocaleString("en-GB")}</b> reading now
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    </Frame>
  );
}
