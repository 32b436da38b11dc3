// The reader's place in a story's log, and the messages that move it. Pure.

export type Operation =
  | { op: "insert"; id: string; html: string; key: boolean }
  | { op: "replace"; id: string; html: string }
  | { op: "drop"; id: string }
  | { op: "list"; html: string }
  | { op: "reload" };

/** What entry `seq` means for an open page. */
export interface Message {
  seq: number;
  ops: Operation[];
}

export type Verdict = "next" | "old" | "gap";

/** Where message `n` stands for a reader who has everything up to `seq`. Only "next" may be applied: so each is, once. */
export const judge = (seq: number, n: number): Verdict => (n === seq + 1 ? "next" : n <= seq ? "old" : "gap");
