// The right pane: what is on the page now, and what can be done about it.
import { useState } from "preact/hooks";
import type { Update } from "../api";
import type { Desk } from "../engine/desk";
import { CORRECTING, tellingName } from "../engine/outbox";
import { title } from "../engine/words";
import { Tags } from "../late";
import { path } from "../router";
import { asking, remember, remembered, toWrite } from "./panes";
import { Do } from "./queue";
import { when, zoneOf } from "./times";

export function OnThePage({ desk }: { desk: Desk }) {
  const updates = desk.feed.updates.value;
  return (
    <>
      <h2 id="page-title">On the page now</h2>
      <ol>
        {updates.map((update) => (
          <Row key={update.id} desk={desk} update={update} />
        ))}
      </ol>
      {!updates.length && desk.feed.story.value && <p class="desk-empty">Nothing is published yet. What is published is here at once.</p>}
    </>
  );
}

function Row({ desk, update }: { desk: Desk; update: Update }) {
  const zone = zoneOf(desk);
  const [more, showMore] = useState(false);
  const [tagging, tag] = useState(false);
  const { id } = update;
  const begun = desk.here.value.some((draft) => draft.edits?.update === id);
  const gone = update.retraction !== null;
  const edits = !gone && (desk.mayEdit(id, update.own) || desk.may("update.correct"));
  const edit = async (): Promise<void> => {
    await desk.edit(update);
    toWrite();
  };
  const correct = async (): Promise<void> => {
    await edit();
    const note = tellingName(desk.open.value.id);
    if (!remembered(note) && !(await desk.keep.text(note))) remember(desk, note, CORRECTING);
  };
  return (
    <li class="desk-row" data-row tabIndex={-1} aria-labelledby={`row-${id}`} aria-current={desk.editing.value === id}>
      <p class="desk-facts">
        <time dateTime={update.published}>{when(update.published, zone)}</time>
        {update.key && <b class="desk-key">Key</b>}
        {update.pinned && <b class="desk-pinned">Pinned</b>}
        {update.changed && !gone && <span>Edited {when(update.changed, zone)}</span>}
        {gone && <b class="desk-gone">Withdrawn</b>}
        {begun && <b class="desk-mark">Being changed here</b>}
      </p>
      <h3 id={`row-${id}`}>
        <a href={update.url} target="_blank" rel="noopener">
          {title(update)}
        </a>
      </h3>
      {update.tags.length > 0 && <p class="desk-small">{update.tags.join(", ")}</p>}
      {update.retraction && <p class="desk-small">{update.retraction.reason}</p>}
      <p class="desk-do">
        {edits && <Do what="edit" words="Edit" id={id} act={() => void edit()} />}
        {edits && desk.may("update.correct") && (
          <Do
            what="correct"
            words="Correct"
            id={id}
            act={() => void correct()}
          />
        )}
        {!gone && desk.may("update.pin") && <Do what="pin" words={update.pinned ? "Unpin" : "Pin"} id={id} act={() => void desk.pin(update)} />}
        {!gone && desk.may("update.key") && <Do what="key" words={update.key ? "Not key" : "Key"} id={id} act={() => void desk.markKey(update)} />}
        <Do what="more" words="More" id={id} shown={more} act={() => showMore(!more)} />
      </p>
      {more && (
        <p class="desk-do">
          {!gone && desk.may("update.tag") && <Do what="tags" words="Tags" id={id} shown={tagging} act={() => tag(!tagging)} />}
          {!gone && desk.may("update.retract") && <Do what="withdraw" words="Withdraw" id={id} act={() => (asking.value = { what: "withdraw", update })} />}
          <a data-do="history" href={path({ screen: "update", slug: desk.slug, id })} aria-describedby={`row-${id}`}>
            History
          </a>
          <a href={update.url} target="_blank" rel="noopener" aria-describedby={`row-${id}`}>
            Open on the page
          </a>
        </p>
      )}
      {more && tagging && <Tags desk={desk} update={update} close={() => tag(false)} />}
    </li>
  );
}
