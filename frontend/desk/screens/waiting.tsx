// What is on this device and not with the newsroom yet, in order, and how to get it off the device by hand.
import { useEffect, useState } from "preact/hooks";
import { newKey } from "../api";
import { refusedName } from "../engine/outbox";
import { type Held, asText, copy, download, held, wordsIn } from "../engine/rescue";
import { type Waiting, hasWords, title } from "../engine/words";
import { Frame } from "./frame";
import type { Room } from "./screen";
import { HERE, when } from "./times";

export function WaitingToSend({ room }: { room: Room }) {
  const { keep, outbox } = room;
  const items = outbox.items.value;
  const [all, show] = useState<Held | null>(null);
  const [done, tell] = useState("");
  const read = async (): Promise<void> => show(await held(keep));
  useEffect(() => void read(), [room, items, outbox.pushes.value]);
  if (!all) return null;
  const queued = new Set(items.map((item) => item.draft));
  const only = all.drafts.filter((draft) => !queued.has(draft.id) && hasWords(draft.words) && (draft.changes > draft.sent || draft.refused || draft.conflict));
  const where = (slug: string): string => all.stories.get(slug)?.headline ?? slug;
  const zone = (slug: string): string => all.stories.get(slug)?.zone ?? HERE;
  const empty = !items.length && !only.length && !all.refused.length;

  const takeBack = async (item: Waiting): Promise<void> => {
    const back = await outbox.remove(item);
    tell(!back ? "Too late: it was sent." : item.draft ? "Taken back. It is a draft again." : "Taken back. It is not sent.");
  };
  const forget = async (item: Waiting): Promise<void> => {
    await keep.putText(refusedName(item.key), undefined);
    await read();
  };
  const copyAll = async (): Promise<void> => tell((await copy(asText(all))) ? "Copied." : "This browser does not let the desk copy. Download the words instead.");
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
        <button type="button" class="btn" onClick={() => download(asText(all))}>
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
                {wordsIn(item.request.body) && <pre class="desk-words">{wordsIn(item.request.body)}</pre>}
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
