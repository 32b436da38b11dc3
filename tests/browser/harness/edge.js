// A story's edge inside the page: answers the reader script's fetches by the protocol, and fails on demand.
// `edge.live` and `edge.ops` say how the two ways behave: "ok", "refuse" (network error), "mute" (accepted, then silence),
// a number (that status), for ops also "unheld" (never holds) and "cut" (the browser's cache has it without its body).
// `edge.asked` lists what was asked for.
(() => {
  let dice = 12345; // the same throws in every run
  Math.random = () => (dice = (dice * 1103515245 + 12345) % 2147483648) / 2147483648;

  const streams = new Set();
  const held = new Set();
  const encoder = new TextEncoder();
  const json = (value) => new Response(JSON.stringify(value), { headers: { "content-type": "application/json" } });
  const frame = (event, data, id = "") => `retry: ${edge.retry}\nevent: ${event}\n${id && `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

  const edge = (window.edge = {
    live: "ok",
    ops: "ok",
    edition: "e1",
    retry: 1500,
    retryAfter: "",
    head: 3,
    log: new Map(), // seq -> ops
    asked: [],
    /** Bytes a chunk has at most; frames arrive in pieces. */
    chunk: 1e9,
    /** An entry whose message gets lost on its way to the streams. */
    lose(...ops) {
      edge.log.set(++edge.head, ops);
    },
    publish(...ops) {
      edge.lose(...ops);
      const seq = edge.head;
      for (const stream of streams) stream.send(frame("ops", { seq, ops }, seq));
      for (const answer of held) answer();
    },
    /** Sends the message before last, or one from longer ago, once more. */
    again(back) {
      const seq = edge.head - back;
      if (edge.log.has(seq)) edge.send(seq);
    },
    send: (seq) => streams.forEach((stream) => stream.send(frame("ops", { seq, ops: edge.log.get(seq) }, seq))),
    say: (event, data) => streams.forEach((stream) => stream.send(frame(event, data))),
    /** Breaks every stream off, `early` in the middle of a frame. */
    cut(early) {
      for (const stream of streams) {
        if (early) stream.raw(frame("ops", { seq: edge.head + 1, ops: [] }).slice(0, 30));
        stream.break();
      }
    },
    streams: () => streams.size,
    held: () => held.size,
  });

  function fail(way, signal) {
    if (way === "refuse") return Promise.reject(new TypeError("Failed to fetch"));
    if (typeof way === "number") return Promise.resolve(new Response("", { status: way, headers: edge.retryAfter ? { "retry-after": edge.retryAfter } : {} }));
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }

  function live(after, signal) {
    const text = [frame("hello", { seq: edge.head, edition: edge.edition })];
    for (let seq = after + 1; seq <= edge.head; seq++) text.push(frame("ops", { seq, ops: edge.log.get(seq) }, seq));
    const body = new ReadableStream({
      start(controller) {
        const stream = {
          raw(part) {
            const bytes = encoder.encode(part);
            for (let i = 0; i < bytes.length; i += edge.chunk) controller.enqueue(bytes.slice(i, i + edge.chunk));
          },
          send: (part) => stream.raw(part),
          break() {
            if (streams.delete(stream)) controller.error(new TypeError("network error"));
          },
        };
        streams.add(stream);
        signal.addEventListener("abort", () => stream.break());
        for (const part of text) stream.send(part);
      },
    });
    return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
  }

  function ops(seq, signal) {
    if (edge.log.has(seq)) return Promise.resolve(json({ seq, ops: edge.log.get(seq) }));
    if (edge.ops === "unheld" || seq > edge.head + 1) return Promise.resolve(new Response("", { status: 404 }));
    return new Promise((resolve, reject) => {
      const end = (give) => () => {
        held.delete(answer);
        clearTimeout(clock);
        give();
      };
      const answer = end(() => resolve(json({ seq, ops: edge.log.get(seq) })));
      const clock = setTimeout(end(() => resolve(new Response("", { status: 404 }))), 25e3);
      held.add(answer);
      signal.addEventListener("abort", end(() => reject(signal.reason)));
    });
  }

  window.fetch = (address, { signal, cache }) => {
    const url = new URL(address, location.href);
    edge.asked.push([Date.now(), url.pathname + url.search]);
    if (signal.aborted) return Promise.reject(signal.reason);
    const [, , way, edition, seq] = url.pathname.split("/");
    if (way === "live") {
      if (edge.live !== "ok") return fail(edge.live, signal);
      if (url.searchParams.get("edition") !== edge.edition) throw new Error("another edition is asked for");
      return live(Number(url.searchParams.get("after")), signal);
    }
    const cut = edge.ops === "cut" && edge.log.has(Number(seq));
    if (cut && cache !== "reload") return Promise.resolve(new Response(""));
    if (!["ok", "unheld", "cut"].includes(edge.ops)) return fail(edge.ops, signal);
    if (edition !== edge.edition) return Promise.resolve(json({ seq: Number(seq), ops: [{ op: "reload" }] }));
    return ops(Number(seq), signal);
  };
})();
