// What is on this device and not with the newsroom yet, in order, and how to get it off the device by hand.
import { useEffect, useState } from "preact/hooks";
import { type Line, newKey } from "../api";
import { type NotTaken, refusedName } from "../engine/outbox";
import { FORMS, copy, download } from "../engine/rescue";
import { type Kept, type Waiting, hasWords, plain, title } from "../engine/words";
import { Frame } from "./frame";
import type { Room } from "./screen";
import { HERE, when } from "./times";

/** Words that are kept here: drafts, and forms that are half-written. */
interface Held {
  drafts: Kept[];
  refused: NotTaken[];
  forms: [string, unknown][];
  stories: Record<string, string>;
  zones: Record<string, string>;
}

async function held({ keep }: Room): Promise<Held> {
  const [drafts, seen, refused, ...forms] = await Promise.all([
    keep.all(),
    keep.seen<Line[]>("stories"),
    keep.texts<NotTaken>(refusedName("")),
    ...FORMS.map((name) => keep.texts<unknown>(name)),
  ]);
  const lines = seen ?? [];
  return {
    drafts: drafts.sort((a, b) => b.changed - a.changed),
    refused: refused.map(([, one]) => one),
    forms: forms.flat(),
    stories: Object.fromEntries(lines.map((line) => [line.slug, line.headline])),
    zones: Object.fromEntries(lines.map((line) => [line.slug, line.zone])),
  };
}

export function WaitingToSend({ room }: { room: Room }) {
  const { keep, outbox } = room;
  const items = outbox.items.value;
  const [all, show] = useState<Held | null>(null);
  const [done, tell] = useState("");
  const read = async (): Promise<void> => show(await held(room));
  useEffect(() => void read(), [room, items, outbox.pushes.value]);
  if (!all) return null;
  const queued = new Set(items.map((item) => item.draft));
  const only = all.drafts.filter((draft) => !queued.has(draft.id) && hasWords(draft.words) && (draft.changes > draft.sent || draft.refused || draft.conflict));
  const where = (slug: string): string => all.stories[slug] ?? slug;
  const zone = (slug: string): string => all.zones[slug] ?? HERE;
  const empty = !items.length && !only.length && !all.refused.length;

  const takeBack = async (item: Waiting): Promise<void> => {
    await outbox.remove(item);
    tell(item.draft ? "Taken back. It is a draft again." : "Taken back. It is not sent.");
  };
  const forget = async (item: Waiting): Promise<void> => {
    await keep.putText(refusedName(item.key), undefined);
    await read();
  };
  const words = (): string => allWords(all, items, where);
  const copyAll = async (): Promise<void> => tell((await copy(words())) ? "Copied." : "This browser does not let the desk copy. Download the words instead.");
  return (
    <Frame room={room} title="Waiting to send" back={{ href: "/desk/", words: "Stories" }}>
      <p class="lede">
        {outbox.stepUp.value
          ? "The newsroom asks who you are before it goes on. Nothing is lost."
          : outbox.reached.value
            ? items.length
              ? "The newsroom is reached. These go out now, one after the other."
              : "The newsroom is reached."
            : "You are offline. What waits is kept on this device, and goes out in this order once the newsroom is reached."}
      </p>
      <p class="acts">
        <button type="button" class="btn go" disabled={!items.length} onClick={() => (outbox.wake(), tell("Trying now."))}>
          Try now
        </button>
        <button type="button" class="btn" onClick={() => void copyAll()}>
          Copy all words
        </button>
        <button type="button" class="btn" onClick={() => download(words())}>
          Download all words
        </button>
      </p>
      <p class="desk-small" role="status">
        {done}
      </p>
      {empty && <p class="desk-empty">Nothing waits. All that was written here is with the newsroom.</p>}
      {items.length > 0 && (
        <>
          <h2>In this order</h2>
          <ol class="desk-list is-counted">
            {items.map((item) => (
              <li key={item.key} data-row tabIndex={-1} aria-labelledby={`item-${item.key}`}>
                <h3 id={`item-${item.key}`}>{item.label}</h3>
                <p class="desk-small">
                  {where(item.story)}, asked for at {when(item.asked, zone(item.story))}
                </p>
                {item.said && <p class="desk-warn">The newsroom said: {item.said}</p>}
                <p class="desk-do">
                  <button type="button" data-do="discard" aria-describedby={`item-${item.key}`} onClick={() => void takeBack(item)}>
                    Take back
                  </button>
                </p>
              </li>
            ))}
          </ol>
        </>
      )}
      {all.refused.length > 0 && (
        <>
          <h2>Not taken by the newsroom</h2>
          <ul class="desk-list">
            {all.refused.map(({ item, problem }) => (
              <li key={item.key} data-row tabIndex={-1} aria-labelledby={`item-${item.key}`}>
                <h3 id={`item-${item.key}`}>{item.label}</h3>
                <p class="desk-small">{where(item.story)}</p>
                <p class="desk-warn">The newsroom said: {problem.detail}</p>
                {wordsOf(item.request.body) && <pre class="desk-words">{wordsOf(item.request.body)}</pre>}
                <p class="desk-do">
                  <button type="button" data-do="open" aria-describedby={`item-${item.key}`} onClick={() => void outbox.add(again(item)).then(() => forget(item))}>
                    Try again
                  </button>
                  <button type="button" data-do="discard" aria-describedby={`item-${item.key}`} onClick={() => void forget(item)}>
                    Remove
                  </button>
                </p>
              </li>
            ))}
          </ul>
        </>
      )}
      {only.length > 0 && (
        <>
          <h2>Drafts on this device only</h2>
          <ul class="desk-list">
            {only.map((draft) => (
              <li key={draft.id} data-row tabIndex={-1}>
                <h3>
                  <a href={`/desk/story/${draft.story}/`} data-do="open">
                    {title(draft.words)}
                  </a>
                </h3>
                <p class="desk-small">
                  {where(draft.story)}, {draft.changed ? `changed at ${when(draft.changed, zone(draft.story))}` : "not changed"}
                </p>
                {draft.refused && <p class="desk-warn">The newsroom said: {draft.refused}</p>}
                {draft.conflict && <p class="desk-warn">Two versions. Open it to choose.</p>}
              </li>
            ))}
          </ul>
        </>
      )}
    </Frame>
  );
}

/** The same once more, under a key of its own: the old one is used up. */
function again(item: Waiting): Waiting {
  const { place: _, ...rest } = item;
  return { ...rest, key: newKey(), asked: Date.now(), said: "" };
}

/** The words of a request or a form, whatever its shape: a line for each text in it. */
function wordsOf(body: unknown): string {
  if (typeof body === "string") return body;
  if (Array.isArray(body)) return body.map(wordsOf).filter(Boolean).join("\n");
  if (body === null || typeof body !== "object") return "";
  return Object.entries(body)
    .filter(([name]) => !["id", "key", "update", "base", "rev", "slug", "language", "zone", "status", "own"].includes(name))
    .map(([, value]) => wordsOf(value))
    .filter(Boolean)
    .join("\n");
}

/** Every word kept on this device, as text that one can send by any other way. */
function allWords(all: Held, items: Waiting[], where: (slug: string) => string): string {
  const waiting = new Map(items.filter((item) => item.draft).map((item) => [item.draft, item.label.split(":")[0]]));
  const parts = all.drafts
    .filter((draft) => hasWords(draft.words))
    .map((draft) => {
      const state = waiting.has(draft.id) ? `Waiting: ${waiting.get(draft.id)}` : draft.changes > draft.sent ? "On this device only" : "Draft";
      return `${where(draft.story)}\n${state}, changed ${draft.changed ? new Date(draft.changed).toISOString() : "never"}\n\n${draft.words.headline}\n\n${plain(draft.words.body)}`;
    });
  for (const item of items) {
    if (!item.draft && wordsOf(item.request.body)) parts.push(`${where(item.story)}\nWaiting: ${item.label}\n\n${wordsOf(item.request.body)}`);
  }
  for (const { item, problem } of all.refused) parts.push(`${where(item.story)}\nNot taken: ${item.label} (${problem.detail})\n\n${wordsOf(item.request.body)}`);
  for (const [name, words] of all.forms) {
    const [what = "", slug = ""] = name.split("/");
    const called = { open: "A story to open", story: "Story settings", summary: "Summary" }[what] ?? "A note";
    if (wordsOf(words).trim()) parts.push(`${where(slug)}\n${called}, not saved\n\n${wordsOf(words)}`);
  }
  return parts.length ? `${parts.join("\n\n----\n\n")}\n` : "No words are kept on this device.\n";
}
