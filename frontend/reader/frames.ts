// Server-Sent Events, as far as our own encoder writes them. Pure.

export interface Frame {
  event: string;
  data: string;
}

/** Splits what has arrived into whole frames and the rest that is still to be completed. Comments give a frame without data. */
export function frames(text: string): [Frame[], string] {
  const parts = text.split(/\r?\n\r?\n/);
  const rest = parts.pop() ?? "";
  return [parts.map(frame), rest];
}

function frame(part: string): Frame {
  const field = (name: string): string =>
    part
      .split(/\r?\n/)
      .filter((line) => line.startsWith(name + ":"))
      .map((line) => line.slice(name.length + 1).replace(/^ /, ""))
      .join("\n");
  return { event: field("event"), data: field("data") };
}
