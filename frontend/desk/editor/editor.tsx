// The text of an update, outside the virtual DOM: ProseMirror with our schema, its toolbar, menus and dialogs.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Doc } from "../engine/words";
import { Asking } from "../late";
import { InlineMenu } from "./insert";
import { Toolbar } from "./toolbar";
import { Writing } from "./writing";

interface Props {
  /** Of the draft: another one is another text. */
  id: string;
  /** One that `change` did not give takes the place of what is written. */
  body: Doc;
  /** Called at every change, with the document in its normal form. */
  change: (body: Doc) => void;
  label: string;
  placeholder: string;
  readOnly?: boolean;
  /** Typographer's quotes, dashes and dots as one types. */
  smart?: boolean;
}

/** The text that was written in last. */
let current: Writing | null = null;

/** Open the dialog that links the selected words; false: no words are selected in a text that has the focus. */
export function linkSelection(): boolean {
  if (current?.asked.value?.what === "link") return true;
  current?.catchUp();
  return current !== null && current.view.hasFocus() && current.view.editable && !current.view.state.selection.empty && current.askLink();
}

/** Open the insert menu as a dialog; false: there is no text to put anything into. */
export function insertDialog(): boolean {
  if (!current?.view.editable) return false;
  current.view.focus();
  current.asked.value ??= { what: "insert" };
  return true;
}

/** Give the toolbar the focus; false: there is none. */
export function focusToolbar(): boolean {
  if (!current?.view.editable) return false;
  current.focusTools();
  return true;
}

export function Editor({ id, body, change, label, placeholder, readOnly = false, smart = false }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [writing, begin] = useState<Writing | null>(null);
  const options = { change, label, placeholder, readOnly, smart };
  useLayoutEffect(() => {
    if (!place.current) return;
    const made = new Writing(place.current, body, options);
    const used = (): void => {
      current = made;
    };
    used();
    made.view.dom.addEventListener("focus", used);
    begin(made);
    return () => {
      if (current === made) current = null;
      made.end();
      begin(null);
    };
  }, [id]);
  useLayoutEffect(() => writing?.give(body, options));
  return (
    <div class="desk-editor">
      <div class="ed-place">
        <div ref={place} />
        {writing && <InlineMenu writing={writing} />}
      </div>
      {writing && !readOnly && <Toolbar writing={writing} label="Formatting" />}
      {writing && <Told writing={writing} />}
      {writing && <Asking writing={writing} />}
    </div>
  );
}

function Told({ writing }: { writing: Writing }) {
  return (
    <p class="ed-told" role="alert">
      {writing.told.value}
    </p>
  );
}
