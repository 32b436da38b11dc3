// The pinned summary: what is known, and what is not confirmed. Whoever else changed it meanwhile is not written over unasked.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Story } from "../api";
import type { Desk } from "../engine/desk";
import { refusedName } from "../engine/outbox";
import { Dialog } from "./dialog";
import { byField, command, useFate, useWords } from "./forms";
import { Frame } from "./frame";
import { POINT_MOST, Points, type Point, fresh } from "./points";
import { SummaryPreview } from "./previewed";
import type { Room } from "./screen";
import { when, zoneOf } from "./times";

/** A summary that is being written: over which one (the entry that wrote it; 0: there was none), what of it waits to be
    sent, and whether something was written since. */
interface Writing {
  known: Point[];
  unconfirmed: Point[];
  base: number;
  key?: string;
  more?: boolean;
}
type Standing = Pick<Story, "summary" | "summary_seq">;
type Stop = "" | "changed" | "empty" | "long";

const pointed = (points: { text: string; update: string | null }[]): Point[] => points.map((point) => ({ ...fresh(), ...point }));
const written = ({ summary, summary_seq: base }: Standing): Writing => ({
  known: summary?.known.length ? pointed(summary.known) : [fresh()],
  unconfirmed: pointed(summary?.unconfirmed ?? []),
  base,
});
const same = (a: Writing, b: Writing): boolean => JSON.stringify([a.known, a.unconfirmed]) === JSON.stringify([b.known, b.unconfirmed]);
const sent = (points: Point[]) => points.filter(({ text }) => text.trim()).map(({ text, update }) => ({ text: text.trim(), update }));

export function Summary({ room, desk }: { room: Room; desk: Desk }) {
  const story = desk.feed.story.value;
  return (
    <Frame room={room} title="Summary" back={{ href: `/desk/story/${desk.slug}/`, words: "Desk" }}>
      {story ? (
        <Write desk={desk} story={story} />
      ) : (
        <p class="desk-empty">{desk.outbox.reached.value ? "Looking for the story…" : "This device has not seen the story yet. Its summary is here once the newsroom is reached."}</p>
      )}
    </Frame>
  );
}

function Write({ desk, story }: { desk: Desk; story: Story }) {
  const { keep, outbox } = desk;
  const [kept, set] = useWords<Writing>(keep, `summary/${desk.slug}`);
  const [stop, say] = useState<Stop>("");
  const [wrong, fail] = useState("");
  const [asking, askDown] = useState(false);
  const [done, tell] = useState("");
  const fate = useFate(desk, kept?.key);
  const zone = zoneOf(desk);
  const standing = story.summary;
  const seq = story.summary_seq;
  const [shown, read] = useState(() => written(story));
  useEffect(() => {
    if (!kept) read(written(story));
  }, [seq, kept === null]);
  const latest = useRef(kept);
  latest.current = kept;
  /** It waits no longer. Acts on what is written by then. */
  const settle = (key: string, how: (now: Writing) => void): void => {
    const { current: now } = latest;
    if (now?.key === key) how(now);
  };
  useEffect(() => {
    const { key } = kept ?? {};
    if (!key || fate.state === "waiting" || fate.state === "none") return;
    // what stands now is asked for before anything is said
    void desk.feed.refresh().then(() =>
      settle(key, (now) => {
        const { key: _, more, ...rest } = now;
        const stands = desk.feed.story.peek()?.summary_seq ?? now.base;
        if (fate.state === "sent" && more) return set({ ...rest, base: stands });
        if (fate.state === "sent") {
          read(rest);
          set(null);
          return tell("Saved. Readers see it.");
        }
        set(rest);
        if (fate.state !== "refused") return;
        void keep.putText(refusedName(key), undefined);
        if (stands !== now.base) say("changed");
        else fail(Object.values(byField(fate.said, [])).join(" "));
      }),
    );
  }, [fate.state, kept?.key]);
  if (kept === undefined) return null;

  const now = kept ?? shown;
  const waits = kept?.key !== undefined && !kept.more;
  const write = (more: Partial<Writing>): void => {
    set({ ...now, base: kept ? kept.base : seq, ...more, ...(kept?.key && { more: true }) });
    say("");
    tell("");
    fail("");
  };
  /** In place of one that waits; over what an earlier one became that was answered just now. */
  const queue = async (writing: Writing): Promise<void> => {
    say("");
    fail("");
    let { base } = writing;
    if (!(await unqueue(writing.key))) {
      if (await keep.text(refusedName(writing.key as string))) return; // why is said
      await desk.feed.refresh();
      base = desk.feed.story.peek()?.summary_seq ?? base;
    }
    const body = { known: sent(writing.known), unconfirmed: sent(writing.unconfirmed) };
    const item = command(desk.slug, "Save the summary", { method: "PUT", path: `/stories/${desk.slug}/summary`, body, ifMatch: `"${base}"` });
    await outbox.add(item);
    const { current: after } = latest;
    set({ ...(after ?? writing), base, key: item.key, more: after !== null && after !== undefined && !same(after, writing) });
  };
  /** Nothing of that name waits then; gives whether it was not sent before. */
  const unqueue = (key: string | undefined): Promise<boolean> =>
    outbox.alone(async () => {
      const old = (await keep.waiting()).find((item) => item.key === key);
      if (old) await outbox.remove(old);
      return old !== undefined || key === undefined;
    });
  const save = async (): Promise<void> => {
    const points = [...now.known, ...now.unconfirmed];
    if (!points.some(({ text }) => text.trim())) return say("empty");
    if (points.some(({ text }) => [...text.trim()].length > POINT_MOST)) return say("long");
    if (!now.key && now.base !== seq) return say("changed");
    await queue(now);
  };
  const theirs = (): void => {
    say("");
    set(null);
    read(written(story));
  };
  const moved = kept && !kept.key && seq !== kept.base && !stop;

  return (
    <div class="desk-two">
      <form
        class="panel"
        data-save
        noValidate
        aria-label="Summary"
        onSubmit={(event) => {
          event.preventDefault();
          if (!waits) void save();
        }}
      >
        {wrong && (
          <p class="desk-warn" role="alert">
            Not saved: {wrong}
          </p>
        )}
        {moved && (
          <p class="desk-warn" role="alert">
            {standing ? `Somebody changed the summary at ${when(standing.at, zone)}, while you were writing.` : "Somebody took the summary down while you were writing."} Yours is kept; you are asked before it goes over theirs.{" "}
            <button type="button" class="btn small" onClick={() => say("changed")}>
              Look at both
            </button>
          </p>
        )}
        <Points desk={desk} name="known" title="What we know" points={now.known} others={now.unconfirmed} change={(known, unconfirmed) => write(unconfirmed ? { known, unconfirmed } : { known })} />
        <Points
          desk={desk}
          name="unconfirmed"
          title="What is not confirmed"
          points={now.unconfirmed}
          others={now.known}
          change={(unconfirmed, known) => write(known ? { known, unconfirmed } : { unconfirmed })}
        />
        <Stopped stop={stop} standing={standing} theirs={theirs} over={() => void queue({ ...now, base: seq })} zone={zone} />
        <p class="acts">
          <button type="submit" class="btn go" aria-disabled={waits}>
            Save
          </button>
          {kept && !waits && (
            <button type="button" class="btn plain" onClick={theirs}>
              Undo my changes
            </button>
          )}
          {standing && (
            <button type="button" class="btn plain" onClick={() => askDown(true)}>
              Take it down
            </button>
          )}
        </p>
        <p class="desk-small" role="status">
          {waits
            ? outbox.reached.value
              ? "Saving…"
              : "You are offline. The summary waits on this device, and is saved once the newsroom is reached."
            : kept
              ? "Not saved yet. What you wrote is kept on this device."
              : done || (standing ? `As it stands since ${when(standing.at, zone)}.` : "There is no summary yet.")}
        </p>
      </form>
      <SummaryPreview desk={desk} known={now.known} unconfirmed={now.unconfirmed} />
      {asking && (
        <Dialog title="Take the summary down?" close={() => askDown(false)}>
          <p>Readers no longer see a summary. What it said stays in the record.</p>
          <p class="acts">
            <button type="button" class="btn" data-first onClick={() => askDown(false)}>
              Cancel
            </button>
            <button
              type="button"
              class="btn weighty"
              onClick={() => {
                askDown(false);
                const { key } = now;
                set(null);
                void unqueue(key)
                  .then(() => desk.command("Take the summary down", "DELETE", "/summary", {}, `"${seq}"`))
                  .then(() => tell("Taken down, as soon as the newsroom is reached."));
              }}
            >
              Take it down
            </button>
          </p>
        </Dialog>
      )}
    </div>
  );
}

interface StoppedProps {
  stop: Stop;
  standing: Story["summary"];
  theirs: () => void;
  over: () => void;
  zone: string;
}

/** Why it was not saved yet, and what one can do. */
function Stopped({ stop, standing, theirs, over, zone }: StoppedProps) {
  if (!stop) return null;
  if (stop === "empty") return <p class="desk-warn" role="alert">Write a point, or take the summary down.</p>;
  if (stop === "long") return <p class="desk-warn" role="alert">A point has more than {POINT_MOST} characters. Shorten it.</p>;
  return (
    <div class="desk-warn" role="alert">
      <p>
        <b>{standing ? `Somebody changed the summary at ${when(standing.at, zone)}.` : "Somebody took the summary down."}</b> Yours is not
        saved yet.
      </p>
      {standing && (
        <ul class="desk-theirs" aria-label="As it stands now">
          {standing.known.map((point) => (
            <li key={point.text}>{point.text}</li>
          ))}
          {standing.unconfirmed.map((point) => (
            <li key={point.text}>Not confirmed: {point.text}</li>
          ))}
        </ul>
      )}
      <p class="acts">
        <button type="button" class="btn small" onClick={theirs}>
          Keep theirs
        </button>
        <button type="button" class="btn small weighty" onClick={over}>
          Save mine over it
        </button>
      </p>
    </div>
  );
}
