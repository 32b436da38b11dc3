// The page as readers would see it with this draft on it: made by the server, by the same press.
import { useEffect, useState } from "preact/hooks";
import { Refused, Unreached, ask } from "../api";
import type { Desk } from "../engine/desk";
import { hasWords } from "../engine/words";
import { Dialog } from "./dialog";

export function Preview({ desk, close }: { desk: Desk; close: () => void }) {
  const [narrow, narrowIt] = useState(matchMedia("(max-width: 899px)").matches);
  const [why, say] = useState("");
  const [shown, show] = useState("");
  const { id, base, changes, sent, refused, conflict, words } = desk.open.value;
  const there = base > 0 && changes === sent;
  const path = `/stories/${desk.slug}/drafts/${id}/preview`;
  useEffect(() => {
    if (!there) void desk.typing.flushed().then(() => desk.wake());
  }, [id]);
  useEffect(() => {
    let here = true;
    say("");
    if (!there) return;
    ask("GET", path, undefined, { Accept: "text/html" })
      .then(() => here && show(`/api/v1${path}?rev=${base}#u-${desk.editing.peek() ?? id}`))
      .catch((error: unknown) => {
        if (!(error instanceof Unreached || error instanceof Refused)) throw error;
        if (here) say(error instanceof Refused ? error.message : AWAY);
      });
    return () => void (here = false);
  }, [there, base]);
  const wait = !hasWords(words)
    ? "Nothing is written yet."
    : conflict
      ? "Choose first which version is to stand."
      : refused
        ? `The newsroom has not taken these words: ${refused}`
        : desk.outbox.reached.value
          ? why || "The page is being made…"
          : AWAY;
  return (
    <Dialog title="Preview" close={close} wide>
      <p class="desk-actions" role="group" aria-label="Width">
        <button type="button" data-first={narrow || undefined} aria-pressed={narrow} onClick={() => narrowIt(true)}>
          Phone
        </button>
        <button type="button" data-first={!narrow || undefined} aria-pressed={!narrow} onClick={() => narrowIt(false)}>
          Desktop
        </button>
        <button type="button" class="is-last" onClick={close}>
          Close
        </button>
      </p>
      {shown ? (
        <div class={narrow ? "desk-preview is-narrow" : "desk-preview"}>
          <iframe src={shown} title="The page with this draft on it" />
        </div>
      ) : (
        <p class="desk-empty" role="status">
          {wait}
        </p>
      )}
    </Dialog>
  );
}

const AWAY = "A preview needs the newsroom, which cannot be reached now. Your words are kept here.";
