// Before what is on the page changes: how readers are told of an edit, and why an update is withdrawn.
import { useState } from "preact/hooks";
import type { Update } from "../api";
import type { Desk } from "../engine/desk";
import { CORRECTING, tellingName } from "../engine/outbox";
import { type Telling, title } from "../engine/words";
import { Dialog } from "./dialog";
import { useKept } from "./halfwritten";
import { toWrite } from "./panes";

interface FormProps {
  desk: Desk;
  /** The draft: its note is kept as it is written, and until it is on the page. */
  id: string;
  words: string;
  done: (telling: Telling) => Promise<void>;
  close: () => void;
}

/** Ctrl Enter publishes here, too. */
function submits(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  (event.currentTarget as HTMLFormElement).requestSubmit();
}

/** Minor, or a correction with a note that readers see. */
export function TellingForm({ desk, id, words, done, close }: FormProps) {
  const corrects = desk.may("update.correct");
  const [note, write] = useKept(desk, tellingName(id));
  const [chosen, choose] = useState<Telling["mode"] | null>(null);
  const mode = chosen ?? (note ? "correction" : "minor");
  const [asked, ask] = useState(false);
  return (
    <form
      class="desk-form"
      onKeyDown={submits}
      onSubmit={(event) => {
        event.preventDefault();
        ask(true);
        if (mode === "correction" && !note.trim()) return;
        void done({ mode, note: mode === "correction" ? note.trim() : "" });
      }}
    >
      <fieldset>
        <legend class="vh">How readers are told</legend>
        <label class="desk-choice">
          <input type="radio" name="mode" data-first={mode === "minor" || undefined} checked={mode === "minor"} onChange={() => choose("minor")} />
          <span>
            <b>Minor edit</b>
            <small>For slips of the pen. The update says “Edited”, no more.</small>
          </span>
        </label>
        {corrects && (
          <label class="desk-choice">
            <input type="radio" name="mode" data-first={mode === "correction" || undefined} checked={mode === "correction"} onChange={() => choose("correction")} />
            <span>
              <b>Correction, shown to readers</b>
              <small>For anything that was wrong. Your note stands below the update.</small>
            </span>
          </label>
        )}
      </fieldset>
      {mode === "correction" && (
        <label>
          Note to readers
          <textarea rows={3} maxLength={1000} required aria-invalid={asked && !note.trim() ? "true" : undefined} value={note.trim() && note} onInput={(event) => write(event.currentTarget.value || CORRECTING)} />
        </label>
      )}
      <p class="desk-actions">
        <button type="submit" class="is-publish">
          {words}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </p>
    </form>
  );
}

export function AskTelling({ desk, close }: { desk: Desk; close: () => void }) {
  const { id } = desk.open.value;
  return (
    <Dialog title="How should readers be told?" close={close}>
      <TellingForm
        desk={desk}
        id={id}
        words="Publish the change"
        close={close}
        done={(telling) => {
          close();
          toWrite();
          return desk.publish(telling);
        }}
      />
    </Dialog>
  );
}

export function Withdraw({ desk, update, close }: { desk: Desk; update: Update; close: () => void }) {
  const [reason, write, forget] = useKept(desk, `withdraw ${update.id}`);
  return (
    <Dialog title="Withdraw this update" close={close}>
      <p>
        <b>{title(update)}</b> leaves the page. The reason stands in its place, and its words stay in the history.
      </p>
      <form
        class="desk-form"
        onKeyDown={submits}
        onSubmit={(event) => {
          event.preventDefault();
          if (!reason.trim()) return;
          close();
          void desk.retract(update, reason.trim()).then(forget);
        }}
      >
        <label>
          Reason, shown to readers
          <textarea rows={3} maxLength={1000} required data-first value={reason} onInput={(event) => write(event.currentTarget.value)} />
        </label>
        <p class="desk-actions">
          <button type="submit" class="is-firm">
            Withdraw it
          </button>
          <button type="button" onClick={close}>
            Keep it
          </button>
        </p>
      </form>
    </Dialog>
  );
}
