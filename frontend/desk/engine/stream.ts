// What happens at a story's desk, as it happens. The server ends the stream when the session ends, or what its person may do changes.

/** An event of the stream: what it says depends on its kind. */
export interface News {
  seq?: number;
  draft?: string;
  rev?: number;
  state?: string;
  who?: { id: string; name: string };
  seconds?: number;
}

export interface Ears {
  heard: (kind: string, news: News) => void;
  /** It begins, again perhaps: the session may be over, its person may do other things, and much may be new. */
  ask: () => void;
}

const AGAIN_MS = 5000;
const KINDS = ["reload", "entry", "draft", "presence", "freeze", "pause"];

/**
 * Follow a story's desk; gives what ends it. After a break the browser itself comes back, with the last event's id; one
 * that is refused is tried again a while later, and meanwhile whoever listens asks whether the session still stands.
 */
export function follow(slug: string, ears: Ears): () => void {
  let source: EventSource;
  let timer = 0;
  const later = (): void => {
    clearTimeout(timer);
    timer = window.setTimeout(open, AGAIN_MS * (0.75 + Math.random() / 2));
  };
  const open = (): void => {
    source = new EventSource(`/api/v1/stories/${slug}/desk`);
    source.addEventListener("hello", ears.ask);
    for (const kind of KINDS) source.addEventListener(kind, (event) => ears.heard(kind, read(event)));
    source.addEventListener("bye", (event) => {
      const { why } = read(event) as { why?: string };
      if (why !== "session") return;
      source.close();
      ears.ask();
      later();
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      ears.ask();
      later();
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

const read = (event: Event): News => JSON.parse((event as MessageEvent<string>).data || "{}") as News;
