// A short list of words, such as tags or names: one is added by Enter or a comma, and taken away by its button.
import { useRef, useState } from "preact/hooks";

interface Props {
  /** Of one of them: "tag". */
  one: string;
  id: string;
  names: string[];
  change: (names: string[]) => void;
  longest: number;
  /** What others were called, to choose from. */
  known: string[];
}

export function Names({ one, id, names, change, longest, known }: Props) {
  const [half, write] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const add = (): void => {
    const more = half.split(",").map((name) => name.trim()).filter(Boolean);
    if (more.length) change([...new Set([...names, ...more])].slice(0, 20));
    write("");
  };
  return (
    <div class="desk-names">
      {names.length > 0 && (
        <ul>
          {names.map((name) => (
            <li key={name}>
              {name}
              <button
                type="button"
                aria-label={`Remove ${name}`}
                onClick={() => {
                  change(names.filter((other) => other !== name));
                  field.current?.focus();
                }}
              >
                <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <label for={id}>Add a {one}</label>
      <span class="desk-add">
        <input
          id={id}
          ref={field}
          data-first
          list={`${id}-known`}
          maxLength={longest}
          autocomplete="off"
          value={half}
          onInput={(event) => write(event.currentTarget.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.isComposing || (event.key !== "Enter" && event.key !== ",") || event.ctrlKey || event.metaKey) return;
            event.preventDefault();
            add();
          }}
        />
        <button type="button" onClick={add}>
          Add
        </button>
      </span>
      <datalist id={`${id}-known`}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}
