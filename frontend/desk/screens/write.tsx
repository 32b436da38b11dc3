// The Write pane: the draft that is open, what it is, and what one does with it.
import type { Desk } from "../engine/desk";
import { type Kept, count, hasWords, isSent, title } from "../engine/words";
import { Editor } from "../editor/editor";
import { path } from "../router";
import { Banners } from "./banners";
import { checks } from "./checks";
import { asking, begin, file, publish, shut, strip, toWrite } from "./panes";
import { Toggles } from "./toggles";
import { when, zoneOf } from "./times";

export function Write({ desk }: { desk: Desk }) {
  const draft = desk.open.value;
  const { id, words } = draft;
  const written = count(words.body);
  return (
    <main class="desk-write" id="main" tabIndex={-1} aria-labelledby="write-title">
      <div class="desk-scroll">
        <h2 class="vh" id="write-title">
          Write
        </h2>
        <Banners desk={desk} />
        <Strip desk={desk} />
        <div class="desk-sheet">
          <div class="desk-grow" data-words={words.headline}>
            <textarea
              class="desk-headline"
              id="headline"
              rows={1}
              maxLength={300}
              aria-label="Headline"
              placeholder="Headline"
              value={words.headline}
              onInput={(event) => desk.type({ headline: event.currentTarget.value.replace(/\s*\n\s*/g, " ") })}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
                event.preventDefault();
                document.querySelector<HTMLElement>(".desk-text")?.focus();
              }}
            />
          </div>
          <p class="desk-small">
            {about(desk, draft)}
            {draft.base > 0 && (
              <>
                {" · "}
                <a href={path({ screen: "draft", slug: desk.slug, id })}>History</a>
              </>
            )}
          </p>
          <Editor id={id} body={words.body} change={(body) => desk.type({ body })} label="Text" placeholder="What happened?" />
          <p class="desk-small desk-count">{written === 1 ? "1 word" : `${written} words`}</p>
        </div>
        <Toggles desk={desk} />
        <Check desk={desk} />
      </div>
      <Actions desk={desk} />
    </main>
  );
}

/** By whom, and where the words are by now. */
function about(desk: Desk, draft: Kept): string {
  const by = draft.words.bylines.length ? [`By ${draft.words.bylines.join(", ")}`] : [];
  const there = draft.base > 0 && (isSent(draft) || desk.outbox.reached.value);
  const where = draft.changes || draft.base ? `Draft on this device${there ? " and the server" : ""}` : draft.edits ? "Not begun" : "New update";
  const changed = desk.feed.updates.value.find((update) => update.id === draft.edits?.update);
  const what = changed ? [`Changes what was published ${when(changed.published, zoneOf(desk))}: ${title(changed)}`] : [];
  return [...by, ...(draft.edits && !changed ? ["Changes an update on the page"] : what), where].join(" · ");
}

/** The drafts that are open, if they are several. */
function Strip({ desk }: { desk: Desk }) {
  const open = desk.open.value;
  const kept = new Map(desk.here.value.map((draft) => [draft.id, draft]));
  kept.set(open.id, open);
  const shown = strip.value.flatMap((id) => kept.get(id) ?? []).filter((draft) => draft.id === open.id || hasWords(draft.words));
  if (shown.length < 2) return null;
  return (
    <nav class="desk-strip" aria-label="Open drafts">
      <ul>
        {shown.map((draft) => {
          const name = hasWords(draft.words) ? title(draft.words) : "New update";
          return (
            <li key={draft.id} class={draft.conflict || draft.refused ? "has-trouble" : ""}>
              <button type="button" aria-current={draft.id === open.id} onClick={() => void desk.take(draft.id).then(toWrite)}>
                {name}
              </button>
              <button type="button" aria-label={`Close ${name}; it is kept`} title="Close; it is kept" onClick={() => shut(desk, draft.id)}>
                <span aria-hidden="true">×</span>
              </button>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function Check({ desk }: { desk: Desk }) {
  const { words } = desk.open.value;
  const found = hasWords(words) ? checks(words) : [];
  if (!found.length) return null;
  return (
    <p class="desk-check">
      <b>{found.length === 1 ? "1 thing to check:" : `${found.length} things to check:`}</b> {found.join("; ")}.
    </p>
  );
}

function Actions({ desk }: { desk: Desk }) {
  const publishes = desk.mayPublish(desk.editing.value);
  const send = (
    <button type="button" class={publishes ? "" : "is-firm"} data-command="file" onClick={() => file(desk)}>
      Send to desk{!publishes && <kbd>Ctrl ⏎</kbd>}
    </button>
  );
  return (
    <div class="desk-foot">
      <p class="desk-note" role="status">
        {desk.outbox.stepUp.value ? "Waiting for you to prove who you are." : desk.note.value}
        <Said desk={desk} />
      </p>
      <p class="desk-actions">
        {publishes && (
          <button type="button" class="is-publish" data-command="publish" onClick={() => publish(desk)}>
            {desk.editing.value ? "Publish the change" : "Publish"} <kbd>Ctrl ⏎</kbd>
          </button>
        )}
        {send}
        <button type="button" data-command="preview" onClick={() => (asking.value = { what: "preview" })}>
          Preview
        </button>
        <button type="button" class="desk-wide" data-command="new" onClick={() => begin(desk)}>
          New update
        </button>
      </p>
    </div>
  );
}

/** For screen readers, what the bar shows for eyes: never that words were typed or kept. */
function Said({ desk }: { desk: Desk }) {
  const waiting = desk.waiting.value.length;
  const words = desk.conflict.value
    ? "Somebody else changed this update. Two versions wait for your choice."
    : desk.outbox.reached.value
      ? ""
      : `The newsroom is not reached. Your words are kept here. ${waiting ? `${waiting} to be sent later.` : ""}`;
  return words ? <span class="vh"> {words}</span> : null;
}
