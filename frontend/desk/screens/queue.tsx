// The left pane: what reporters filed, the drafts, and what is scheduled.
import { useState } from "preact/hooks";
import type { Draft } from "../api";
import type { Desk } from "../engine/desk";
import { type Kept, hasWords, isSent, title } from "../engine/words";
import { SendBack } from "../late";
import { type List, bringBack, list, open, publish, seen, throwAway, thrown } from "./panes";
import { inFull, when, zoneOf } from "./times";

const OFFLINE_MS = 60_000;

export function Queue({ desk }: { desk: Desk }) {
  const { filed, others, scheduled } = desk.feed;
  const mine = onlyHere(desk);
  const curates = desk.may("update.post");
  const lists: [List, string, number][] = [
    ["filed", curates ? "From reporters" : "With the desk", filed.value.length],
    ["drafts", "Drafts", others.value.length + mine.length],
    ["scheduled", "Scheduled", scheduled.value.length],
  ];
  const shown = list.value ?? lists.find(([, , count]) => count)?.[0] ?? "filed";
  /** Nobody else changes what one is about to press. */
  const stay = (): void => void (list.value ??= shown);
  const turn = (event: KeyboardEvent): void => {
    const to = { ArrowRight: 1, ArrowLeft: -1, Home: -9, End: 9 }[event.key];
    if (!to) return;
    event.preventDefault();
    const at = lists.findIndex(([name]) => name === shown);
    const next = Math.abs(to) === 9 ? (to > 0 ? lists.length - 1 : 0) : (at + to + lists.length) % lists.length;
    list.value = lists[next]?.[0] ?? "filed";
    document.getElementById(`tab-${list.value}`)?.focus();
  };
  return (
    <section class="desk-queue" id="queue" tabIndex={-1} aria-labelledby="queue-title" onPointerMove={stay} onFocusIn={stay}>
      <h2 class="vh" id="queue-title">
        Queue
      </h2>
      <div class="desk-lists" role="tablist" aria-labelledby="queue-title" onKeyDown={turn}>
        {lists.map(([name, words, count]) => (
          <button
            type="button"
            role="tab"
            key={name}
            id={`tab-${name}`}
            aria-selected={shown === name}
            aria-controls="queue-list"
            tabIndex={shown === name ? 0 : -1}
            onClick={() => (list.value = name)}
          >
            {words} {count}
          </button>
        ))}
      </div>
      <Thrown desk={desk} />
      <div role="tabpanel" id="queue-list" aria-labelledby={`tab-${shown}`}>
        {shown === "filed" && <Rows desk={desk} drafts={filed.value} />}
        {shown === "drafts" && <Rows desk={desk} drafts={others.value} mine={mine} />}
        {shown === "scheduled" && <Rows desk={desk} drafts={scheduled.value} />}
        {!lists.find(([name]) => name === shown)?.[2] && <Empty desk={desk} of={shown} />}
      </div>
    </section>
  );
}

/** Drafts of this device that the server does not list. */
function onlyHere(desk: Desk): Kept[] {
  const known = new Set(desk.feed.drafts.value.map((draft) => draft.id));
  return desk.here.value.filter((draft) => !known.has(draft.id) && (hasWords(draft.words) || draft.conflict));
}

function Empty({ desk, of }: { desk: Desk; of: List }) {
  if (of === "drafts") return <p class="desk-empty">No drafts. What you begin is kept here by itself.</p>;
  if (of === "scheduled") return <p class="desk-empty">Nothing is scheduled.</p>;
  if (!desk.may("update.post")) return <p class="desk-empty">Nothing of yours is with the desk. Send it when it is ready.</p>;
  return (
    <p class="desk-empty">
      Nothing from reporters yet. {desk.may("people.manage") && <a href="/desk/newsroom/invitations/">Invite a reporter</a>}
    </p>
  );
}

function Thrown({ desk }: { desk: Desk }) {
  if (!thrown.value) return null;
  return (
    <p class="desk-undo">
      <span>Thrown away: {title(thrown.value.words)}</span>
      <button type="button" onClick={() => void bringBack(desk)}>
        Bring it back
      </button>
    </p>
  );
}

function Rows({ desk, drafts, mine = [] }: { desk: Desk; drafts: Draft[]; mine?: Kept[] }) {
  return (
    <ul>
      {mine.map((draft) => (
        <Mine key={draft.id} desk={desk} draft={draft} />
      ))}
      {drafts.map((draft) => (
        <Row key={draft.id} desk={desk} draft={draft} />
      ))}
    </ul>
  );
}

/** A draft that is on this device only. */
function Mine({ desk, draft }: { desk: Desk; draft: Kept }) {
  return (
    <li class="desk-row" data-row tabIndex={-1} aria-labelledby={`row-${draft.id}`} aria-current={desk.openId.value === draft.id}>
      <h3 id={`row-${draft.id}`}>{title(draft.words)}</h3>
      <p class="desk-small">
        <time>{when(draft.changed, zoneOf(desk))}</time> <b class="desk-mark">On this device only</b>
      </p>
      <Trouble of={draft} />
      <p class="desk-do">
        <Do what="open" words="Open" id={draft.id} act={() => void open(desk, draft.id)} />
        <Do what="discard" words="Discard" id={draft.id} act={() => void throwAway(desk, draft.id)} />
      </p>
    </li>
  );
}

function Row({ desk, draft }: { desk: Desk; draft: Draft }) {
  const [returning, ask] = useState(false);
  const zone = zoneOf(desk);
  const kept = desk.here.value.find((other) => other.id === draft.id);
  const going = desk.waiting.value.some((item) => item.request.path.endsWith(`/drafts/${draft.id}`) || item.request.path.includes(`/drafts/${draft.id}/`));
  const own = draft.author.id === desk.me.peek().id;
  const held = draft.scheduled?.embargo && Date.parse(draft.scheduled.at) > Date.now();
  const offline = draft.written && draft.arrived && Date.parse(draft.arrived) - Date.parse(draft.written) > OFFLINE_MS;
  const writing = desk.feed.present.value[draft.id] ?? [];
  return (
    <li class="desk-row" data-row tabIndex={-1} aria-labelledby={`row-${draft.id}`} aria-current={desk.openId.value === draft.id}>
      <h3 id={`row-${draft.id}`}>{title(draft)}</h3>
      <p class="desk-small">
        {draft.author.name} <time dateTime={draft.filed ?? draft.changed}>{when(draft.filed ?? draft.changed, zone)}</time>{" "}
        {draft.state === "filed" && !own && seen.value[draft.id] !== draft.filed && <b class="desk-new">New</b>}{" "}
        {draft.edits && <b class="desk-mark">Changes the page</b>}
      </p>
      {draft.scheduled && (
        <p class="desk-small">
          <b>Goes out {inFull(draft.scheduled.at, zone)}</b>
          {draft.scheduled.embargo && <b class="desk-held"> Embargo</b>}
        </p>
      )}
      {offline && <p class="desk-offline">Written offline, arrived {when(draft.arrived ?? draft.changed, zone)}</p>}
      {draft.note && (
        <p class="desk-warn">
          {draft.state === "returned" ? "Sent back: " : ""}
          {draft.note}
        </p>
      )}
      {writing.length > 0 && (
        <p class="desk-present">
          {writing.join(" and ")} {writing.length === 1 ? "is" : "are"} writing
        </p>
      )}
      {kept && <Trouble of={kept} />}
      {going ? (
        <p class="desk-small">{desk.outbox.reached.value ? "Sending…" : "Waits to be sent"}</p>
      ) : (
        <p class="desk-do">
          <Do what="open" words="Open" id={draft.id} act={() => void open(desk, draft.id)} />
          {desk.mayPublish(draft.edits?.update) && !held && <Do what="publish" words="Publish" id={draft.id} act={() => void publishIt(desk, draft)} />}
          {draft.state === "filed" && desk.may("draft.return") && (
            <Do what="return" words="Send back" id={draft.id} shown={returning} act={() => ask(!returning)} />
          )}
          {draft.state === "scheduled" && desk.mayPublish(draft.edits?.update) && (
            <Do what="unschedule" words="Do not send" id={draft.id} act={() => void desk.unschedule(draft)} />
          )}
          {draft.state !== "scheduled" && (own || desk.may("draft.discard")) && (
            <Do what="discard" words="Discard" id={draft.id} act={() => void throwAway(desk, draft.id)} />
          )}
        </p>
      )}
      {returning && !going && <SendBack desk={desk} draft={draft} close={() => ask(false)} />}
    </li>
  );
}

function Trouble({ of }: { of: Kept }) {
  if (of.conflict) return <p class="desk-warn">Two versions: open it to choose.</p>;
  return of.refused ? <p class="desk-warn">Not sent: {of.refused}</p> : null;
}

/** As the server has it, or as it is here where this device is ahead; an edit asks first how readers are told. */
async function publishIt(desk: Desk, draft: Draft): Promise<void> {
  await desk.typing.flushed();
  const kept = await desk.keep.draft(draft.id);
  if (!draft.edits && (!kept || (isSent(kept) && !kept.conflict))) return desk.publishDraft(draft);
  await open(desk, draft.id);
  if (desk.open.value.id === draft.id && !desk.conflict.value) publish(desk);
}

/** An action of a row; keys find it by its name. */
export function Do({ what, words, id, act, shown }: { what: string; words: string; id: string; act: () => void; shown?: boolean }) {
  return (
    <button type="button" data-do={what} aria-describedby={`row-${id}`} aria-expanded={shown} onClick={act}>
      {words}
    </button>
  );
}

