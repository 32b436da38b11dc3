// A soft tone when a reporter's draft arrives, for whoever may publish it: in one tab, never for what was there already.
import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Desk } from "./engine/desk";
import { preferences } from "./preferences";

const HERTZ = [587.33, 880]; // D5, A5
const SECONDS = 0.5;
const LOUD = 0.06;

let audio: AudioContext | null = null;

/** Two notes that swell and fade. Browsers are silent until somebody pressed something on the page. */
export async function tone(): Promise<void> {
  audio ??= new AudioContext();
  await audio.resume();
  HERTZ.forEach((hertz, place) => note(audio as AudioContext, hertz, place * 0.14));
}

function note(audio: AudioContext, hertz: number, later: number): void {
  const from = audio.currentTime + later;
  const swell = audio.createGain();
  swell.gain.setValueAtTime(0, from);
  swell.gain.linearRampToValueAtTime(LOUD, from + 0.03);
  swell.gain.exponentialRampToValueAtTime(0.0001, from + SECONDS);
  const voice = audio.createOscillator();
  voice.type = "sine";
  voice.frequency.value = hertz;
  voice.connect(swell).connect(audio.destination);
  voice.start(from);
  voice.stop(from + SECONDS);
}

/** Sounds when a draft is newly filed to this desk; shows nothing. */
export function Tone({ desk }: { desk: Desk }): null {
  useEffect(() => ring(desk), [desk]);
  return null;
}

function ring(desk: Desk): () => void {
  const leave = new AbortController();
  let deaf = (): void => {};
  void desk.feed.refresh().then(() => {
    // the tab that has the lock sounds; it passes on when that tab closes
    const held = (): Promise<void> =>
      new Promise((done) => {
        if (leave.signal.aborted) return done();
        deaf = listen(desk);
        leave.signal.addEventListener("abort", () => done());
      });
    void navigator.locks.request(`standfirst sound ${desk.me.peek().id} ${desk.slug}`, { signal: leave.signal }, held).catch((error: unknown) => {
      if (!leave.signal.aborted) throw error;
    });
  });
  return () => {
    leave.abort();
    deaf();
  };
}

function listen(desk: Desk): () => void {
  const known = new Set(desk.feed.filed.peek().map((draft) => draft.id));
  return effect(() => {
    const now = desk.feed.filed.value;
    const fresh = now.filter((draft) => !known.has(draft.id) && draft.author.id !== desk.me.peek().id);
    known.clear();
    for (const draft of now) known.add(draft.id);
    if (fresh.length && preferences.peek().sound && desk.may("update.post")) void tone();
  });
}
