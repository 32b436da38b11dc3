// The dialogs of the text: an address, a card, who says a quotation.
import { useState } from "preact/hooks";
import { Dialog } from "../screens/dialog";
import { putCard, putLink, say } from "./commands";
import { InsertDialog } from "./insertdialog";
import { LONGEST, meant } from "./limits";
import type { Asked, Writing } from "./writing";

interface Field {
  name: string;
  label: string;
  longest?: number;
  hint?: string;
  address?: boolean;
  required?: boolean;
  long?: boolean;
}

const LINK: Field[] = [{ name: "href", label: "Address", hint: "A page or an e-mail address.", address: true, required: true }];
const WORDS: Field = { name: "words", label: "Words", hint: "What readers see. If it is empty, they see the address." };
const CARD: Field[] = [
  { name: "title", label: "Title", longest: LONGEST.title, required: true },
  { name: "url", label: "Address", hint: "Where the card leads. It may be empty.", address: true },
  { name: "summary", label: "Summary", longest: LONGEST.summary, long: true },
  { name: "label", label: "Label", longest: LONGEST.label, hint: "Its kind, such as Opinion or Video." },
];
const QUOTE: Field[] = [
  { name: "speaker", label: "Who says it", longest: LONGEST.speaker },
  { name: "role", label: "Who that is", longest: LONGEST.role, hint: "Office or part in the story." },
];

type Values = Record<string, string>;

interface FormProps {
  title: string;
  fields: Field[];
  values: Values;
  act: string;
  away?: string;
  remove?: () => void;
  done: (values: Values) => void;
  close: () => void;
}

/** Why a value cannot stand; "" if it can. */
function wrong(field: Field, value: string): string {
  if (!value.trim()) return field.required ? `${field.label} is missing.` : "";
  if (!field.address) return "";
  const found = meant(value);
  if (!found || (field.name === "url" && found.startsWith("mailto:"))) return "This is no web address. Write it whole, such as https://example.org/page.";
  return "";
}

function Form({ title, fields, values, act, away, remove, done, close }: FormProps) {
  const [now, write] = useState<Values>(values);
  const [asked, ask] = useState(false);
  return (
    <Dialog title={title} close={close}>
      <form
        class="desk-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          ask(true);
          const first = fields.find((field) => wrong(field, now[field.name] ?? ""));
          if (!first) return done(Object.fromEntries(fields.map(({ name, address }) => [name, address ? (meant(now[name] ?? "") ?? "") : (now[name] ?? "").trim()])));
          event.currentTarget.querySelector<HTMLElement>(`#ed-${first.name}`)?.focus();
        }}
      >
        {fields.map((field, n) => {
          const { name, label, longest, hint, long } = field;
          const why = asked ? wrong(field, now[name] ?? "") : "";
          const Input = long ? "textarea" : "input";
          return (
            <div class="ed-field" key={name}>
              <label for={`ed-${name}`}>{label}</label>
              {hint && (
                <p class="desk-small" id={`ed-${name}-hint`}>
                  {hint}
                </p>
              )}
              <Input
                id={`ed-${name}`}
                {...(n === 0 && { "data-first": true })}
                {...(longest && { maxLength: longest })}
                {...(field.address && { inputMode: "url", autocapitalize: "none", spellcheck: false })}
                autocomplete="off"
                aria-required={field.required}
                aria-invalid={why ? "true" : undefined}
                aria-describedby={[hint && `ed-${name}-hint`, why && `ed-${name}-why`].filter(Boolean).join(" ") || undefined}
                value={now[name] ?? ""}
                onInput={(event: Event) => write({ ...now, [name]: (event.currentTarget as HTMLInputElement).value })}
              />
              {why && (
                <p class="ed-wrong" id={`ed-${name}-why`}>
                  {why}
                </p>
              )}
            </div>
          );
        })}
        <p class="desk-actions">
          <button type="submit" class="is-firm">
            {act}
          </button>
          {remove && (
            <button type="button" onClick={remove}>
              {away}
            </button>
          )}
          <button type="button" onClick={close}>
            Cancel
          </button>
        </p>
      </form>
    </Dialog>
  );
}

export function Asking({ writing }: { writing: Writing }) {
  const asked = writing.asked.value;
  if (!asked) return null;
  const close = (): void => {
    writing.asked.value = null;
  };
  const finish = (command: Parameters<Writing["run"]>[0]): void => {
    close();
    queueMicrotask(() => writing.run(command)); // once the dialog is gone, and before the next key
  };
  return <Question asked={asked} writing={writing} close={close} finish={finish} />;
}

interface QuestionProps {
  asked: Asked;
  writing: Writing;
  close: () => void;
  finish: (command: Parameters<Writing["run"]>[0]) => void;
}

function Question({ asked, writing, close, finish }: QuestionProps) {
  if (asked.what === "insert") return <InsertDialog writing={writing} close={close} />;
  if (asked.what === "link") {
    const more = asked.href ? { away: "Take the link away", remove: () => finish(putLink("", "")) } : {};
    return (
      <Form
        title="Link"
        fields={asked.words ? [...LINK, WORDS] : LINK}
        values={{ href: asked.href }}
        act={asked.href ? "Change" : "Link"}
        {...more}
        done={({ href = "", words = "" }) => finish(putLink(href, words))}
        close={close}
      />
    );
  }
  const { pos, attrs } = asked;
  if (asked.what === "card") {
    return <Form title="Article card" fields={CARD} values={attrs} act={pos === null ? "Put in" : "Change"} done={(values) => finish(putCard(values, pos))} close={close} />;
  }
  return <Form title="Who says it?" fields={QUOTE} values={attrs} act="Keep" done={(values) => pos !== null && finish(say(values, pos))} close={close} />;
}
