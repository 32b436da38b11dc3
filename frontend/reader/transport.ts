// Brings a story's messages, each once and in order, over whatever way is open. Knows fetch and timers, not the page.
import { type Outcome, start, steer } from "./course";
import { judge, type Message } from "./cursor";
import { frames } from "./frames";
import { recall, remember } from "./store";

/** What the transport tells the page. */
export interface Listener {
  apply(message: Message): void;
  /** How many times running the server could not be reached; 0: it just spoke. */
  contact(fails: number): void;
  /** The page cannot be patched any more; nothing follows. */
  reload(): void;
}

export interface Follower {
  open(): void;
  close(): void;
}

const HELLO = 8e3; // ms that a stream has to say hello
const SILENCE = 7e4; // ms without a byte: heartbeats come every 25 s, and a held fetch is answered after 25 s
const HELD = 2e3; // ms: an empty answer that took longer was held by the server
const UNTIL = "fetch";

/** Follows the story at `base` from entry `seq` on, once opened. Opening again starts over at once, from where it was. */
export function follow(base: string, edition: string, seq: number, page: Listener): Follower {
  let turn = 0; // the loop that may act; every other one has been closed
  let timer: number;
  let attempt = new AbortController();
  let course = start(0);

  const steered = (outcome: Outcome): number => {
    const until = course.until;
    const [next, wait] = steer(course, outcome, Date.now(), Math.random());
    course = next;
    if (next.until !== until) remember("sessionStorage", UNTIL, `${next.until}`);
    page.contact(next.fails);
    return wait * 1e3;
  };

  const alarm = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => attempt.abort(), ms);
  };

  const reload = (): void => {
    close();
    page.reload();
  };

  const ask = (path: string, cache?: RequestCache): Promise<Response> =>
    fetch(base + path, { cache: cache as RequestCache, signal: attempt.signal });

  /** A failed answer's Retry-After in seconds; 0: it names none, or a date. */
  const patience = (answer: Response): number => Number(answer.headers.get("retry-after")) || 0;

  async function stream(mine: number): Promise<Outcome> {
    let greeted = false;
    let retry = 0;
    alarm(HELLO);
    try {
      const answer = await ask(`/live?edition=${edition}&after=${seq}`, "no-store");
      if (answer.status !== 200 || !answer.body) return { is: "mute", retryAfter: patience(answer) };
      const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ""; ; ) {
        const { value, done } = await chunks.read();
        if (done || mine !== turn) break;
        const [whole, rest] = frames(text + value);
        text = rest;
        for (const { event, data, retry: asked } of whole) {
          retry = Number(asked) || retry;
          if (event === "hello") {
            const hello = JSON.parse(data) as { seq: number; edition: string };
            greeted = true;
            page.contact(0);
            // A head behind ours is another history: a restored backup, say.
            if (hello.edition !== edition || hello.seq < seq) reload();
          } else if (event === "ops") {
            const message = JSON.parse(data) as Message;
            const verdict = judge(seq, message.seq);
            if (verdict === "gap") return { is: "gap", goal: message.seq };
            if (verdict === "next") take(message);
            steered({ is: "message", seq });
          } else if (event === "reload") reload();
          else if (event === "bye") return { is: "bye" };
          if (mine !== turn) return { is: "lost", retry };
        }
        if (greeted) alarm(SILENCE);
      }
    } catch {
      // Refused, broken off, silent or unreadable: whether it had said hello is what matters.
    }
    return greeted ? { is: "lost", retry } : { is: "mute", retryAfter: 0 };
  }

  async function tail(mine: number): Promise<Outcome> {
    const began = Date.now();
    alarm(SILENCE);
    try {
      const path = `/ops/${edition}/${seq + 1}`;
      const answer = await ask(path);
      if (answer.status === 404) return { is: "empty", held: Date.now() - began > HELD };
      // A browser may keep what was cut off before it was whole, for as long as the whole: past its cache, then.
      const again = async (): Promise<unknown> => (await ask(path, "reload")).json();
      const message = answer.ok && ((await answer.json().catch(again)) as Message);
      if (!message || judge(seq, message.seq) !== "next") return { is: "error", retryAfter: patience(answer) };
      if (mine === turn) take(message);
      return { is: "message", seq };
    } catch {
      return { is: "error", retryAfter: 0 };
    }
  }

  const take = (message: Message): void => {
    seq = message.seq;
    if (message.ops.some(({ op }) => op === "reload")) reload();
    else page.apply(message);
  };

  const close = (): void => {
    turn++;
    clearTimeout(timer);
    attempt.abort();
  };

  const open = async (): Promise<void> => {
    close();
    const mine = turn;
    course = start(Number(recall("sessionStorage", UNTIL)));
    if (course.until > Date.now()) course.by = "fetch";
    while (mine === turn) {
      attempt = new AbortController();
      const outcome = await (course.by === "stream" ? stream : tail)(mine);
      if (mine !== turn) return;
      attempt.abort();
      const wait = steered(outcome);
      clearTimeout(timer);
      if (wait) await new Promise((resolve) => (timer = setTimeout(resolve, wait)));
    }
  };

  return { open: () => void open(), close };
}
