// The desk as an app on this device: kept for when there is no network, and renewed without losing a word.
import { signal } from "@preact/signals";

const WORKER = "/desk/worker.js";
const AGAIN_MS = 30 * 60_000;

interface Rules {
  createScriptURL: (address: string) => string;
}
/** Which TypeScript does not know, nor every browser. */
interface Types {
  trustedTypes?: { createPolicy(name: string, rules: Rules): Rules };
}

/** Whatever has words that are on their way to the disk. */
interface Settling {
  settled?(): Promise<void>;
}

/** A new version of the desk is here, and this page is not of it yet. */
export const ready = signal(false);

let registration: ServiceWorkerRegistration | null = null;

/** Have the browser keep the desk, and look for new versions from now on. Where it keeps nothing, the desk works all the same. */
export async function install(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const workers = navigator.serviceWorker;
  const policy = (window as unknown as Types).trustedTypes?.createPolicy("standfirst", { createScriptURL: (address) => address });
  const address = policy ? policy.createScriptURL(WORKER) : WORKER;
  let old = workers.controller;
  workers.addEventListener("controllerchange", () => {
    if (old) ready.value = true; // another tab took the new version
    old = workers.controller;
  });
  try {
    registration = await workers.register(address, { scope: "/desk/", updateViaCache: "none" });
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error; // no network, or nothing may be kept
    return;
  }
  if (registration.waiting && workers.controller) ready.value = true;
  registration.addEventListener("updatefound", () => arriving(registration?.installing ?? null));
  arriving(registration.installing);
  setInterval(look, AGAIN_MS);
  addEventListener("online", look);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
}

/** Go over to the new version: once every word is on the disk, and not before. */
export async function apply(desk: Settling | null = null): Promise<void> {
  await desk?.settled?.();
  if (registration?.waiting) await taken(registration.waiting);
  await desk?.settled?.();
  location.reload();
}

/** Ask the server for a new version. */
export function look(): void {
  registration?.update().catch(() => {}); // no network: the next time
}

function arriving(worker: ServiceWorker | null): void {
  worker?.addEventListener("statechange", () => {
    if (worker.state === "installed" && navigator.serviceWorker.controller) ready.value = true;
  });
}

/** Resolves when the worker answers for the desk, or never will. */
function taken(worker: ServiceWorker): Promise<void> {
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated" || worker.state === "redundant") resolve();
    });
    worker.postMessage("take over");
  });
}
