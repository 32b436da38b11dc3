// Who is here: the door of the desk, which closes when the session ends and opens offline to whoever was here last.
import { type Signal, effect, signal } from "@preact/signals";
import { type Me, Refused, Unreached, actAs, me, onSignedOut } from "../api";
import { place, storyOf } from "../router";
import { Desk } from "./desk";
import { Keep } from "./keep";
import { forget, remember, remembered } from "./last";
import { Outbox } from "./outbox";
import { follow } from "./stream";

/** One person at this device. */
export interface Room {
  /** What one may do can change within a session. */
  me: Signal<Me>;
  keep: Keep;
  outbox: Outbox;
}
export type Door = { state: "opening" } | { state: "open"; room: Room } | { state: "closed"; why: string };

export const door = signal<Door>({ state: "opening" });
export const desk = signal<Desk | null>(null);
/** A newer desk was opened in another tab, and has the store of this browser: this page should load again. */
export const outdated = signal(false);

/** A story of this person's: its stream tells of the end of the session where no desk is open; "": none is known. */
export const known = signal("");

/** A network that answers nothing is none. */
const PATIENCE_MS = 2500;
const AGAIN_MS = 5000;

/** The person who wrote here last in this page. Their words, and what is in memory only, stay theirs. */
let room: Room | null = null;
/** The desk or story whose stream is open, and what closes that. */
let followed: string | null = null;
let rest: () => void = () => {};
let timer = 0;
/** How often it was asked who is here, when last, and which of these the newsroom answered last: an older answer says nothing. */
let asked = 0;
let since = -Infinity;
let answered = 0;

/** Open the door and keep watch; gives what ends that. */
export function watch(): () => void {
  const news = new BroadcastChannel("standfirst");
  news.onmessage = (event: MessageEvent<{ type: string }>) => {
    if (event.data.type === "signed-out") void forget();
    if (event.data.type === "signed-in" || event.data.type === "signed-out") void again();
  };
  const online = (): void => void again();
  addEventListener("online", online);
  addEventListener("beforeunload", stay);
  const attended = effect(attend);
  onSignedOut(doubt);
  void again();
  return () => {
    news.close();
    clearTimeout(timer);
    removeEventListener("online", online);
    removeEventListener("beforeunload", stay);
    attended();
  };
}

/** Resolves when every word of this page is on the disk. */
export async function settled(): Promise<void> {
  await desk.peek()?.settled();
  await room?.keep.settled();
}

/** Ask who is signed in, and act on it. */
async function again(): Promise<void> {
  clearTimeout(timer);
  timer = 0;
  since = performance.now();
  const turn = ++asked;
  const answer = me().then(
    (who) => (newest(turn) ? enter(who, turn) : undefined),
    (error: unknown) => ((error instanceof Unreached ? turn > answered : newest(turn)) ? turnedAway(error) : undefined),
  );
  const opening = (): boolean => door.peek().state === "opening" && !room;
  const last = opening() ? await remembered() : null;
  if (!last || !opening()) return void (await answer);
  // what is kept can be worked on before the newsroom answers
  const slow = new Promise((done) => setTimeout(done, PATIENCE_MS));
  await Promise.race([answer, slow]);
  if (opening()) await enter(last, 0);
}

function newest(turn: number): boolean {
  if (turn < answered) return false;
  answered = turn;
  return true;
}

function later(wait: number): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void again(), wait);
}

/** Something was refused for want of a session: perhaps one of before the last sign-in, so it is asked who is here now. */
function doubt(): void {
  if (!timer) later(performance.now() - since < AGAIN_MS ? AGAIN_MS : 0);
}

/** Somebody is here, as the newsroom says in its answer to `turn`, or (0) as it did the last time. */
async function enter(who: Me, turn: number): Promise<void> {
  if (room && room.me.peek().id !== who.id) return change();
  if (turn) void remember(who);
  if (!room) {
    const keep = await Keep.open(who.id, () => (outdated.value = true));
    if (room || turn < answered) return void keep.close(); // the newsroom answered meanwhile, and that counts
    actAs(who.id);
    room = { me: signal(who), keep, outbox: new Outbox(keep) };
    room.outbox.reached.value = turn > 0;
  }
  room.me.value = who;
  if (door.peek().state !== "open") {
    door.value = { state: "open", room };
    await room.outbox.start();
  }
  if (!turn) return;
  room.outbox.reached.value = true;
  room.outbox.wake();
  room.outbox.pusher.now();
  void desk.peek()?.feed.refresh();
}

/** Somebody else signed in: a page of their own. Words that are nowhere but in this one keep it where it is. */
async function change(): Promise<void> {
  const { me, keep } = room as Room;
  const before = me.peek();
  close("Somebody else signed in.");
  await desk.peek()?.typing.flushed();
  await keep.flushed();
  if (keep.trouble.value) close(`Somebody else signed in. Words of ${before.name} are in this page only: sign in as ${before.name} to keep them.`);
  else location.reload();
}

async function turnedAway(error: unknown): Promise<void> {
  if (error instanceof Refused && error.signedOut) {
    void forget();
    return close(room ? "You were signed out." : "");
  }
  if (!(error instanceof Unreached || error instanceof Refused)) throw error;
  if (door.peek().state === "opening" && !(await remembered()) && door.peek().state === "opening") close("The newsroom cannot be reached.");
  if (door.peek().state === "open") (room as Room).outbox.answered(false);
  const wait = error instanceof Refused ? error.retryAfter * 1000 : 0;
  later(Math.max(wait, AGAIN_MS * (1 + Math.random())));
}

/** Sign-in ended: nothing of the desk stays on the screen. The words stay on this device, and in this page. */
function close(why: string): void {
  room?.outbox.end();
  if (room) void forget();
  door.value = { state: "closed", why };
}

/** The desk of the story that the address names is open, and no other. It outlives the end of a session. */
function attend(): void {
  const slug = storyOf(place.value);
  const now = door.value.state === "open" ? door.value.room : null;
  if (now && desk.peek()?.slug !== slug) {
    desk.peek()?.end();
    desk.value = slug ? new Desk(slug, now.me, now.keep, now.outbox) : null;
    void desk.peek()?.start();
  }
  const made = desk.peek();
  // who may write from now on hears of other things
  const next = now && (made ? `${made.slug} ${made.may("draft.write")}` : known.value);
  if (next === followed) return;
  rest();
  rest = () => {};
  followed = next;
  if (next) rest = follow(slug || known.value, { heard: (kind, said) => made?.feed.heard(kind, said), ask: () => void again() });
}

/** Words in memory only are lost with the page. */
function stay(event: BeforeUnloadEvent): void {
  if (room?.keep.trouble.peek()) event.preventDefault();
}
