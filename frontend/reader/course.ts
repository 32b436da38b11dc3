// Which way the next messages come, and how long to wait before: the transport's rules, without its sockets. Pure.
//
// Stream (Server-Sent Events) first. A stream that never says hello is followed by one fetch of the next message: if that
// is answered, streams are what is blocked, so we stay with fetching for a while; if it fails too, the server is away.
// A fetch that the server holds is a held tail; one answered at once, twice running, is a plain file or a cache: poll.

export interface Course {
  by: "stream" | "fetch";
  /** Failures since the last word from the server. */
  fails: number;
  /** Fetches in a row that were answered "nothing yet" without being held. */
  unheld: number;
  /** The last message that is missing; 0: none known. */
  goal: number;
  /** A stream just failed: this fetch tells a blocked stream from a server that is away. */
  probe: boolean;
  /** Streams are not tried before this, in ms since 1970. */
  until: number;
}

export type Outcome =
  | { is: "message"; seq: number }
  | { is: "empty"; held: boolean }
  | { is: "gap"; goal: number }
  | { is: "lost"; retry: number } // a stream that had said hello broke off; retry: when the server wants us back, in ms
  | { is: "mute"; retryAfter: number } // a stream did not say hello; retryAfter in seconds, 0: none asked for
  | { is: "bye" } // the server has too many streams
  | { is: "error"; retryAfter: number }; // a fetch failed

export const POLL = 15;
export const LONGEST = 120;
export const BLOCKED = 600e3;

export const start = (until: number): Course => ({ by: "stream", fails: 0, unheld: 0, goal: 0, probe: false, until });

/** 2, 4, 8 ... 120 s, spread over half to one and a half of it so that a crowd does not come back at once. */
const backoff = (fails: number, random: number): number => Math.min(LONGEST, 2 ** fails) * (0.5 + random);

/** The course after an outcome, and the seconds to wait before following it. `random` is in [0, 1), `now` in ms. */
export function steer(was: Course, outcome: Outcome, now: number, random: number): [Course, number] {
  const course = { ...was };
  const failed = (retryAfter = 0): number => {
    course.fails++;
    return Math.max(retryAfter * (1 + random / 5), backoff(course.fails, random));
  };
  let wait = 0;
  switch (outcome.is) {
    case "gap":
      course.by = "fetch";
      course.goal = outcome.goal;
      break;
    case "lost":
      wait = failed();
      // The server spread its readers' return itself. Nobody is back before that, however often it broke off.
      if (outcome.retry) wait = Math.max(course.fails < 2 ? 0 : wait, outcome.retry / 1e3);
      break;
    case "mute":
      course.by = "fetch";
      course.probe = true;
      wait = outcome.retryAfter * (1 + random / 5);
      break;
    case "bye":
      course.by = "fetch";
      course.until = now + BLOCKED;
      wait = 5 * random;
      break;
    case "error":
      course.probe = false;
      wait = failed(outcome.retryAfter);
      // Neither way works: what was found out about streams may be over too.
      if (course.fails > 2) course.until = 0;
      break;
    default: // the server spoke
      course.fails = 0;
      if (course.probe) course.until = now + BLOCKED;
      course.probe = false;
      if (outcome.is === "message") {
        course.unheld = 0;
        if (outcome.seq < course.goal) return [course, 0];
      } else if (!course.goal) {
        course.unheld = outcome.held ? 0 : course.unheld + 1;
        wait = course.unheld > 1 ? POLL * (0.85 + 0.3 * random) : 1 + random;
      }
      course.goal = 0;
  }
  if (outcome.is !== "gap" && !course.probe && now >= course.until) {
    course.by = "stream";
    if (was.by === "fetch" && !course.fails) wait = 0;
  }
  return [course, wait];
}
