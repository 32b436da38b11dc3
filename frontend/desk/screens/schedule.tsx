// What goes out when: in the story's zone, what goes first at the top.
import { useEffect, useState } from "preact/hooks";
import type { Draft } from "../api";
import type { Desk } from "../engine/desk";
import { title } from "../engine/words";
import { go } from "../router";
import { type Fields, When, asFields, instant } from "./field";
import { Frame } from "./frame";
import { open } from "./panes";
import type { Room } from "./screen";
import { inFull, zoneOf } from "./times";

export function Schedule({ room, desk }: { room: Room; desk: Desk }) {
  const zone = zoneOf(desk);
  const story = desk.feed.story.value;
  const drafts = [...desk.feed.scheduled.value].sort((a, b) => Date.parse(a.scheduled?.at ?? a.changed) - Date.parse(b.scheduled?.at ?? b.changed));
  useEffect(() => {
    desk.note.value = "";
  }, [desk]);
  return (
    <Frame room={room} title="Schedule" back={{ href: `/desk/story/${desk.slug}/`, words: "Desk" }}>
      <p class="lede">{story?.headline ?? desk.slug}</p>
      {!desk.outbox.reached.value && <p class="desk-warn">You are offline. This is the schedule as it was last seen. What is due goes out all the same: the server sends it.</p>}
      {story && story.status !== "live" && story.status !== "paused" && drafts.length > 0 && (
        <p class="desk-warn">This story is {story.status}. What is due while it is so cannot go out, and comes back to the queue.</p>
      )}
      {drafts.length === 0 && <p class="desk-empty">Nothing is scheduled. Open a draft and choose Schedule to have it go out by itself.</p>}
      <ol class="desk-list">
        {drafts.map((draft, place) => (
          <Due key={draft.id} desk={desk} draft={draft} zone={zone} next={place === 0} />
        ))}
      </ol>
      <p class="desk-small" role="status">
        {desk.note.value}
      </p>
    </Frame>
  );
}

function Due({ desk, draft, zone, next }: { desk: Desk; draft: Draft; zone: string; next: boolean }) {
  const [changing, change] = useState<(Fields & { embargo: boolean }) | null>(null);
  const [error, fail] = useState("");
  const due = draft.scheduled;
  const waiting = desk.waiting.value.find((item) => item.request.path.includes(`/drafts/${draft.id}/`));
  const late = due !== null && Date.parse(due.at) < Date.now();
  const save = async (): Promise<void> => {
    const at = changing && instant(changing, zone);
    if (!at) return fail("Give a date and a time that exist.");
    if (Date.parse(at) <= Date.now()) return fail("That time has passed. Choose a later one.");
    fail("");
    change(null);
    await desk.command(`Change the time: ${title(draft)}`, "PUT", `/drafts/${draft.id}/schedule`, { at, embargo: changing.embargo });
  };
  return (
    <li data-row tabIndex={-1} aria-labelledby={`due-${draft.id}`}>
      <p class="desk-due">
        <b>{due && inFull(due.at, zone)}</b> {next && <span class="tag">Next</span>} {due?.embargo && <span class="tag w">Embargo</span>}
      </p>
      <h2 id={`due-${draft.id}`}>{title(draft)}</h2>
      <p class="desk-small">
        By {draft.author.name}
        {due && due.by.id !== draft.author.id && `, scheduled by ${due.by.name}`}
        {draft.edits && ". Changes what is on the page"}
        {due?.embargo && ". Nobody can publish it before its time"}
        {late && ". Due now"}
      </p>
      {waiting && <p class="desk-small">{desk.outbox.reached.value ? "Sending…" : `${waiting.label}: waits until the newsroom is reached.`}</p>}
      {!waiting && !changing && (
        <p class="desk-do">
          <button type="button" data-do="open" aria-describedby={`due-${draft.id}`} onClick={() => void open(desk, draft.id).then(() => go({ screen: "desk", slug: desk.slug }))}>
            Open
          </button>
          {desk.mayPublish(draft.edits?.update) && (
            <>
              <button type="button" data-do="time" aria-describedby={`due-${draft.id}`} onClick={() => change({ ...asFields(due?.at ?? null, zone), embargo: due?.embargo ?? false })}>
                Change the time
              </button>
              <button type="button" data-do="unschedule" aria-describedby={`due-${draft.id}`} onClick={() => void desk.unschedule(draft)}>
                Do not send
              </button>
            </>
          )}
        </p>
      )}
      {changing && (
        <form
          data-save
          noValidate
          aria-label={`Change the time: ${title(draft)}`}
          onKeyDown={(event) => event.key === "Escape" && change(null)}
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <When name={`at-${draft.id}`} label="Goes out" zone={zone} value={changing} error={error} change={(value) => change({ ...changing, ...value })} />
          <div class="field">
            <label>
              <input type="checkbox" checked={changing.embargo} onChange={(event) => change({ ...changing, embargo: event.currentTarget.checked })} /> Embargo: nobody can publish it earlier
            </label>
          </div>
          <p class="acts">
            <button type="submit" class="btn go small">
              Save the time
            </button>
            <button type="button" class="btn plain" onClick={() => (change(null), fail(""))}>
              Cancel
            </button>
          </p>
        </form>
      )}
    </li>
  );
}
