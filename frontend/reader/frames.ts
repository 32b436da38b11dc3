// Server-Sent Events as our own encoder writes them: lines end with LF, and a message is one line of JSON. Pure.

export interface Frame {
  event: string;
  data: string;
  retry: string;
}

/** Splits what has arrived into whole frames and the rest that is still to be completed. A comment is a frame of nothing. */
export function frames(text: string): [Frame[], string] {
  const parts = text.split("\n\n");
  const rest = parts.pop()!;
  return [parts.map(frame), rest];
}

function frame(part: string): Frame {
  const field = (name: string): string => new RegExp(`^${name}: (.*)`, "m").exec(part)?.[1] ?? "";
  return { event: field("event"), data: field("data"), retry: field("retry") };
}
