// A story's own words and settings, and whether it goes on.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Story } from "../api";
import type { Desk } from "../engine/desk";
import { refusedName } from "../engine/outbox";
import { byField, command, useFate, useWords } from "./forms";
import { Frame } from "./frame";
import type { Room } from "./screen";
import { Going } from "./going";
import { Status } from "./status";
import { NAMES, Starts, StoryRest, StoryTop, type StoryWords, asked, storyWords, wrong } from "./storyfields";

/** Changes that are not saved: what was written, over which revision. */
interface Changing {
  words: StoryWords;
  base: StoryWords;
  rev: number;
  key?: string;
  /** Something was written since it was given to be saved. */
  more?: boolean;
  /** Why the newsroom would not take them. */
  said?: string;
}

const CALLED: Record<string, string> = { headline: "Headline", standfirst: "Standfirst", topic: "Topic", bylines: "Bylines", language: "Language", zone: "Time zone", starts: "Coverage starts" };

export function StorySettings({ room, desk }: { room: Room; desk: Desk }) {
  const story = desk.feed.story.value;
  useEffect(() => {
    desk.note.value = "";
  }, [desk]);
  return (
    <Frame room={room} title="Story settings" back={{ href: `/desk/story/${desk.slug}/`, words: "Desk" }} beside={story && <Status of={story.status} />}>
      {story ? (
        <>
          {desk.may("story.status") && <Going desk={desk} story={story} />}
          {desk.may("story.change") ? <Change desk={desk} story={story} /> : <p>Only editors change what is said of a story.</p>}
        </>
      ) : (
        <p class="desk-empty">{desk.outbox.reached.value ? "Looking for the story…" : "This device has not seen the story yet. Its settings are here once the newsroom is reached."}</p>
      )}
    </Frame>
  );
}

function Change({ desk, story }: { desk: Desk; story: Story }) {
  const { keep, outbox } = desk;
  const [kept, set] = useWords<Changing>(keep, `story/${desk.slug}`);
  const [tried, fail] = useState<Record<string, string>>({});
  const latest = useRef(kept);
  latest.current = kept;
  const fate = useFate(desk, kept?.key);
  /** It waits no longer. What stands now is asked for before anything is said. */
  const conclude = async (key: string, said: string | null): Promise<void> => {
    await desk.feed.refresh();
    const { current: now } = latest;
    if (now?.key !== key) return;
    const { key: _, more, ...rest } = now;
    const there = desk.feed.story.peek() ?? story;
    if (said !== null) {
      set({ ...rest, said });
      await keep.putText(refusedName(key), undefined);
    } else set(more ? { words: rest.words, base: storyWords(there), rev: there.rev } : null);
  };
  useEffect(() => {
    const { key } = kept ?? {};
    if (key && fate.state === "sent") void conclude(key, null);
    if (key && fate.state === "refused") void conclude(key, fate.said);
  }, [fate.state, kept?.key]);
  const conflict = kept?.said !== undefined && kept.rev !== story.rev;
  useEffect(() => {
    if (kept?.said !== undefined && !conflict) fail(byField(kept.said, NAMES));
  }, [kept?.said]);
  if (kept === undefined) return null;

  const words = kept?.words ?? storyWords(story);
  const zone = words.zone.trim() || story.zone;
  const change = (now: StoryWords): void =>
    set({ words: now, base: kept?.base ?? storyWords(story), rev: kept?.rev ?? story.rev, ...(kept?.key && { key: kept.key, more: true }) });
  const send = async (now: Changing): Promise<void> => {
    const found = wrong(now.words, zone);
    fail(found);
    const [mine, base] = [asked(now.words, zone), asked(now.base, now.base.zone)];
    const body = Object.fromEntries(Object.entries(mine).filter(([name, value]) => value !== null && JSON.stringify(value) !== JSON.stringify(base[name as keyof typeof base])));
    if (Object.keys(found).length) return;
    if (!Object.keys(body).length) return set(null);
    const item = command(desk.slug, "Change the story’s settings", { method: "PATCH", path: `/stories/${desk.slug}`, body, ifMatch: `"${now.rev}"` });
    await outbox.add(item);
    const { said: _, more: __, ...rest } = latest.current ?? now;
    set({ ...rest, key: item.key, ...(rest.words !== now.words && { more: true }) });
  };

  if (kept && conflict) {
    const theirs = storyWords(story);
    const differ = (Object.keys(CALLED) as (keyof StoryWords)[]).filter((name) => show(theirs[name]) !== show(kept.words[name]));
    return (
      <section class="panel" role="alertdialog" aria-labelledby="both">
        <h2 id="both">Somebody changed these settings meanwhile</h2>
        <p class="sub">Nothing was saved yet, and nothing is lost.</p>
        {differ.map((name) => (
          <div key={name} class="desk-both">
            <h3>{CALLED[name]}</h3>
            <div>
              <p class="lab">Yours</p>
              <p>{show(kept.words[name]) || "Empty"}</p>
            </div>
            <div>
              <p class="lab">As it stands now</p>
              <p>{show(theirs[name]) || "Empty"}</p>
            </div>
          </div>
        ))}
        <p class="acts">
          <button type="button" class="btn" onClick={() => set(null)}>
            Keep theirs
          </button>
          <button type="button" class="btn weighty" onClick={() => void send({ words: kept.words, base: theirs, rev: story.rev })}>
            Save mine over it
          </button>
          <button type="button" class="btn plain" onClick={() => set({ words: kept.words, base: theirs, rev: story.rev })}>
            Go on writing mine
          </button>
        </p>
      </section>
    );
  }
  const waits = kept?.key !== undefined && fate.state !== "back"; // until what stands now is here
  return (
    <form
      class="panel"
      data-save
      noValidate
      aria-labelledby="words-title"
      onSubmit={(event) => {
        event.preventDefault();
        if (kept && !waits) void send(kept);
      }}
    >
      <h2 id="words-title">Details of the story</h2>
      {tried[""] && (
        <p class="desk-warn" role="alert">
          {tried[""]}
        </p>
      )}
      <StoryTop words={words} change={change} errors={tried} />
      <StoryRest words={words} change={change} errors={tried} />
      {(story.status === "scheduled" || words.starts.date) && <Starts words={words} change={change} errors={tried} zone={zone} />}
      <p class="acts">
        <button type="submit" class="btn go" aria-disabled={!kept || waits}>
          Save
        </button>
        {kept && !waits && (
          <button type="button" class="btn plain" onClick={() => (set(null), fail({}))}>
            Undo my changes
          </button>
        )}
      </p>
      <p class="desk-small" role="status">
        {waits ? (outbox.reached.value ? "Saving…" : "You are offline. These changes wait on this device, and are saved once the newsroom is reached.") : kept ? "Not saved yet. What you wrote is kept on this device." : desk.note.value}
      </p>
    </form>
  );
}

const show = (value: StoryWords[keyof StoryWords]): string => (typeof value === "string" ? value.trim() : `${value.date} ${value.time}`.trim());
