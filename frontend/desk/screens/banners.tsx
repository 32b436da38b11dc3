// What stands above the sheet when something is not as it should be: nothing is lost, and here is what to do.
import type { Desk } from "../engine/desk";
import { asText, copy, download, held } from "../engine/rescue";
import { title } from "../engine/words";
import { later, open } from "./panes";

export function Banners({ desk }: { desk: Desk }) {
  const draft = desk.open.value;
  const saved = desk.typing.saved.value;
  const returned = desk.feed.drafts.value.find((other) => other.id === draft.id && other.state === "returned" && other.note);
  // what came back while something else was being written
  const own = desk.me.value.id;
  const asked = new Set(desk.waiting.value.map((item) => item.draft));
  const back = desk.feed.drafts.value.filter(
    ({ id, state, author, changed }) => state === "returned" && author.id === own && !asked.has(id) && Date.parse(changed) >= (desk.outbox.done.get(id) ?? 0),
  );
  const troubled = desk.here.value.filter((other) => other.conflict || other.refused);
  const others = new Map([
    ...back.map((other) => [other.id, `Sent back: ${title(other)}`] as const),
    ...troubled.map((other) => [other.id, `${other.conflict ? "Somebody else changed" : "Not sent"}: ${title(other.words)}`] as const),
  ]);
  others.delete(draft.id);
  const writing = desk.feed.present.value[draft.id] ?? [];
  const rivals = desk.feed.drafts.value.filter(({ author, edits }) => author.id !== own && edits && edits.update === draft.edits?.update);
  return (
    <>
      {desk.feed.refusal.value && (
        <p class="desk-warn" role="alert">
          {desk.feed.refusal.value}
        </p>
      )}
      {saved.state === "lost" && (
        <div class="desk-alarm" role="alert">
          <p>
            <b>This browser does not keep your words.</b> Copy or download them before you close this page. ({saved.why})
          </p>
          <p class="desk-actions">
            <button type="button" onClick={() => void held(desk.keep).then(asText).then(copy).then((done) => (desk.note.value = done ? "Copied." : "Not copied. Download them."))}>
              Copy
            </button>
            <button type="button" onClick={() => void held(desk.keep).then(asText).then(download)}>
              Download
            </button>
          </p>
        </div>
      )}
      {desk.elsewhere.value && (
        <div class="desk-banner">
          <p>Open in another tab.</p>
          <button type="button" onClick={() => void desk.writeHere()}>
            Write here
          </button>
        </div>
      )}
      {draft.conflict && (
        <div class="desk-banner is-warn">
          <p>Somebody else changed this. Both versions are kept.</p>
          <button type="button" onClick={() => (later.value = "")}>
            Compare and choose
          </button>
        </div>
      )}
      {[...others].map(([id, words]) => (
        <div class="desk-banner is-warn" key={id}>
          <p>{words}</p>
          <button type="button" onClick={() => void open(desk, id)}>
            Open it
          </button>
        </div>
      ))}
      {draft.refused && (
        <p class="desk-banner is-warn" role="alert">
          Not sent: {draft.refused}
        </p>
      )}
      {returned && <p class="desk-banner is-warn">Sent back: {returned.note}</p>}
      {writing.length > 0 && (
        <p class="desk-banner">
          {writing.join(" and ")} {writing.length === 1 ? "has" : "have"} this open too.
        </p>
      )}
      {rivals.map(({ id, author }) => (
        <p class="desk-banner" key={id}>
          {author.name} has a change of this update too.
        </p>
      ))}
    </>
  );
}
