// The desk without the network: this worker answers for its page and the files that the page needs, always from what it
// kept, so that they are of one version. It answers for nothing else: no API, no account pages, no reader's page.
// site/shell.py writes KEPT before it; a new page or file is a new worker, which waits until no desk is open or asks for it.

/** What of the server's this worker keeps. */
declare const KEPT: {
  version: string;
  /** The page and its headers, with the one nonce in both. */
  page: string;
  headers: Record<string, string>;
  nonce: string;
  files: string[];
};
declare const self: ServiceWorkerGlobalScope;

const OURS = "desk ";
const CACHE = OURS + KEPT.version;
/** Addresses of router.ts. The office of the newsroom, and what is loaded in a frame, are the server's. */
const SCREENS = /^\/desk\/($|(open|waiting|settings|story)\/)/;

self.addEventListener("install", (event) => event.waitUntil(keep()));

self.addEventListener("activate", (event) => event.waitUntil(forget()));

self.addEventListener("message", (event) => {
  if (event.data === "take over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (mode === "navigate" && SCREENS.test(pathname)) event.respondWith(page());
  else if (KEPT.files.includes(pathname)) event.respondWith(file(pathname));
});

/** All or nothing: without every file this worker is never used, and the browser tries again with a later visit. */
async function keep(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(KEPT.files);
}

async function forget(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The page under a nonce of its own, as the server would give it: one that stayed the same could be learnt. */
function page(): Response {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));
  const renewed = (text: string): string => text.replaceAll(KEPT.nonce, nonce);
  const headers = Object.entries(KEPT.headers).map(([name, value]): [string, string] => [name, renewed(value)]);
  return new Response(renewed(KEPT.page), { headers });
}

async function file(path: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(path);
}

export {};
