// The pinned summary: what is known, and what is not confirmed. Whoever else changed it meanwhile is not written over unasked.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused, type Story } from "../api";
import type { Desk } from "../engine/desk";
import { type NotTaken, refusedName } from "../engine/outbox";
import { Dialog } from "./dialog";
import { type Fate, byField, command, useFate, useWords } from "./forms";
import { Frame } from "./frame";
import { POINT_MOST, Points, type Point, fresh } from "./points";
import { SummaryPreview } from "./previewed";
import type { Room } from "./screen";
import { when, zoneOf } from "./times";

/** A summary that is being written: over which one (the entry that wrote it; 0: there was none), what of it waits to be
    sent, whether something was written since, and all that was sent over that one, which may be what stands by now. */
interface Writing {
  known: Point[];
  unconfirmed: Point[];
  base: number;
  key?: string;
  more?: boolean;
  mine?: string[];
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
const saying = ({ known, unconfirmed }: Pick<NonNullable<Story["summary"]>, "known" | "unconfirmed">): string =>
  JSON.stringify([known, unconfirmed].map((points) => points.map(({ text, update }) => [text, update])));

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
  const queueing = useRef<ReturnType<typeof put> | null>(null);
  /** Over which entry it is written: what stands is no other's if it says what was sent from here. */
  const baseOf = (writing: Writing): number => {
    const { summary, summary_seq: now } = desk.feed.story.peek() ?? story;
    return summary && writing.mine?.includes(saying(summary)) ? now : writing.base;
  };
  /** It waits no longer. What stands now is asked for before anything is said. */
  const conclude = async (key: string, became: Fate): Promise<void> => {
    await desk.feed.refresh();
    const { current: now } = latest;
    if (now?.key !== key || queueing.current) return;
    const { key: _, more, ...rest } = now;
    if (became.state === "sent" && !more) {
      read(rest);
      set(null);
      return tell("Saved. Readers see it.");
    }
    const base = baseOf(now);
    set({ ...rest, base });
    if (became.state !== "refused") return;
    await keep.putText(refusedName(key), undefined);
    if (base !== now.base) return more ? undefined : queue({ ...rest, base }); // an answer was lost: it is over one's own
    if (desk.feed.story.peek()?.summary_seq !== base) say("changed");
    else fail(Object.values(byField(became.said, [])).join(" "));
  };
  useEffect(() => {
    const { key } = kept ?? {};
    if (key && fate.state !== "waiting" && fate.state !== "none") void conclude(key, fate);
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
  /** In place of one that waits. Asked twice at once it is done once. */
  const queue = async (writing: Writing): Promise<void> => {
    queueing.current ??= put(writing).finally(() => (queueing.current = null));
    const refused = await queueing.current;
    if (refused) await conclude(refused.key, refused.fate);
  };
  /** Gives what the newsroom said just now to one that waited, if it would not take that. */
  const put = async (writing: Writing): Promise<{ key: string; fate: Fate } | null> => {
    say("");
    fail("");
    const { key } = writing;
    if (key && !(await unqueue(key))) {
      const no = await keep.text<NotTaken>(refusedName(key));
      if (no) return { key, fate: { state: "refused", said: new Refused(no.problem).message } };
      await desk.feed.refresh();
    }
    const base = baseOf(writing);
    const body = { known: sent(writing.known), unconfirmed: sent(writing.unconfirmed) };
    const item = command(desk.slug, "Save the summary", { method: "PUT", path: `/stories/${desk.slug}/summary`, body, ifMatch: `"${base}"` });
    await outbox.add(item);
    const after = latest.current ?? writing;
    set({ ...after, base, key: item.key, mine: [...(writing.mine ?? []), saying(body)], more: !same(after, writing) });
    return null;
  };
  /** It waits no more; gives whether it had, until now. */
  const unqueue = async (key: string): Promise<boolean> => {
    const old = (await keep.waiting()).find((item) => item.key === key);
    return old !== undefined && outbox.remove(old);
  };
  const save = async (): Promise<void> => {
    const points = [...now.known, ...now.unconfirmed];
    if (!points.some(({ text }) => text.trim())) return say("empty");
    if (points.some(({ text }) => [...text.trim()].length > POINT_MOST)) return say("long");
    if (!now.key && baseOf(now) !== seq) return say("changed");
    await queue(now);
  };
  const takeDown = async (): Promise<void> => {
    const { key } = now;
    set(null);
    if (key && !(await unqueue(key))) await desk.feed.refresh();
    await desk.command("Take the summary down", "DELETE", "/summary", {}, `"${key ? baseOf(now) : seq}"`);
    tell("Taken down, as soon as the newsroom is reached.");
  };
  const theirs = (): void => {
    say("");
    set(null);
    read(written(story));
  };
  const moved = kept && !kept.key && seq !== baseOf(kept) && !stop;

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
                void takeDown();
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
