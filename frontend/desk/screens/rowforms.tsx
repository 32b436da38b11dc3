// What opens below a row of the desk: a word for a draft that is sent back, the tags of an update.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Draft, Update } from "../api";
import type { Desk } from "../engine/desk";
import { useKept } from "./halfwritten";
import { Names } from "./names";

interface Props {
  name?: string;
  /** What the button that does it says. */
  does: string;
  submit: () => void;
  close: () => void;
  children: ComponentChildren;
}

function RowForm({ name, does, submit, close, children }: Props) {
  return (
    <form
      class="desk-form"
      aria-label={name}
      onKeyDown={(event) => event.key === "Escape" && close()}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {children}
      <p class="desk-do">
        <button type="submit" class="is-firm">
          {does}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </p>
    </form>
  );
}

export function SendBack({ desk, draft, close }: { desk: Desk; draft: Draft; close: () => void }) {
  const [note, write, forget] = useKept(desk, `return ${draft.id}`);
  return (
    <RowForm does="Send back now" submit={() => void desk.sendBack(draft, note.trim()).then(forget).then(close)} close={close}>
      <label>
        What should {draft.author.name} mend?
        <textarea rows={2} maxLength={1000} value={note} autofocus ref={focused} onInput={(event) => write(event.currentTarget.value)} />
      </label>
    </RowForm>
  );
}

const focused = (field: HTMLElement | null): void => field?.focus();

export function Tags({ desk, update, close }: { desk: Desk; update: Update; close: () => void }) {
  const [tags, change] = useState(update.tags);
  const known = [...new Set(desk.feed.updates.value.flatMap((other) => other.tags))];
  return (
    <RowForm name="Tags" does="Keep these tags" submit={() => void desk.tag(update, tags).then(close)} close={close}>
      <Names one="tag" id={`tags-${update.id}`} names={tags} change={change} longest={40} known={known} />
    </RowForm>
  );
}
