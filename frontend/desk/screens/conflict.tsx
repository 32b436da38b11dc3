// Two people wrote the same update: both versions, what differs, and three ways on. None of them loses a word.
import { useEffect, useState } from "preact/hooks";
import type { Desk } from "../engine/desk";
import { resolve } from "../engine/resolve";
import { type Choice, type Conflict, type Telling, type Words, plain } from "../engine/words";
import { Dialog } from "./dialog";
import { OneSide } from "./differ";
import { later, list } from "./panes";
import { TellingForm } from "./telling";
import { when, zoneOf } from "./times";

/** What the choices are called, by what was about to happen and what stands there. */
function names({ theirs, asked }: Conflict, publishes: boolean): [Choice, string][] {
  const mine = !publishes ? "Send mine instead" : theirs === "update" || asked === "publish" ? "Publish mine as an edit" : "Write mine over theirs";
  return [
    ["both", theirs === "update" || asked ? "Keep both as two updates" : "Keep both as two drafts"],
    ["mine", mine],
    ["theirs", "Keep theirs, save mine as a draft"],
  ];
}

const REST_MS = 1500;

/** Comes when somebody stops typing, not between two letters, which it would take away. */
export function Versions({ desk, conflict }: { desk: Desk; conflict: Conflict }) {
  const [rests, rest] = useState(false);
  useEffect(() => {
    let timer = 0;
    const look = (): void => {
      const wait = desk.typing.last + REST_MS - performance.now();
      if (wait <= 0) rest(true);
      else timer = window.setTimeout(look, wait);
    };
    look();
    return () => clearTimeout(timer);
  }, []);
  return rests ? <Both desk={desk} conflict={conflict} /> : null;
}

function Both({ desk, conflict }: { desk: Desk; conflict: Conflict }) {
  const [telling, tell] = useState(false);
  const { id, words } = desk.open.value;
  const close = (): void => void (later.value = id);
  const choose = async (choice: Choice, how: Telling | null = null): Promise<void> => {
    // an edit of the page that was to be published needs to say how readers are told
    if (choice === "mine" && conflict.theirs === "update" && !(how ?? conflict.telling) && desk.mayEdit(conflict.id)) return tell(true);
    await resolve(desk, choice, how);
    if (choice === "theirs") list.value = "drafts"; // where mine is
  };
  const language = desk.feed.story.value?.language ?? "en";
  const there = conflict.theirs === "update" ? "On the page" : "At the desk";
  return (
    <Dialog title={conflict.closed ? "This was published while you were writing" : "Someone changed this while you were writing"} close={close} wide>
      <p>Nothing is lost. Both versions are kept in the history. Words that only one of them has are underlined.</p>
      <div class="desk-versions">
        <section aria-labelledby="version-mine">
          <h3 id="version-mine">Your version</h3>
          <Side words={words} other={conflict.words} language={language} side="before" />
        </section>
        <section aria-labelledby="version-theirs">
          <h3 id="version-theirs">
            {there}
            {conflict.by && `, by ${conflict.by}`} <time dateTime={conflict.at}>{when(conflict.at, zoneOf(desk))}</time>
          </h3>
          <Side words={conflict.words} other={words} language={language} side="after" />
        </section>
      </div>
      {telling ? (
        <TellingForm desk={desk} id={id} words="Publish mine as an edit" done={(how) => choose("mine", how)} close={() => tell(false)} />
      ) : (
        <>
          <p class="desk-actions">
            {names(conflict, desk.mayPublish(conflict.theirs === "update" ? conflict.id : undefined)).map(([choice, name]) => (
              <button type="button" key={choice} data-choice={choice} onClick={() => void choose(choice)}>
                {name}
              </button>
            ))}
          </p>
          <p>
            <button type="button" class="btn small plain" onClick={close}>
              Choose later
            </button>
          </p>
        </>
      )}
    </Dialog>
  );
}

function Side({ words, other, language, side }: { words: Words; other: Words; language: string; side: "before" | "after" }) {
  const [mine, theirs] = side === "before" ? [words, other] : [other, words];
  return (
    <>
      <p class="desk-version-head">
        <OneSide before={mine.headline} after={theirs.headline} language={language} side={side} />
      </p>
      <p class="desk-version">
        <OneSide before={plain(mine.body)} after={plain(theirs.body)} language={language} side={side} />
      </p>
    </>
  );
}
