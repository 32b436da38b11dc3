// The desk's only way to the server: /api/v1. Every answer that is no success becomes one of the refusals below.

import type { components } from "./api.types";
import type { Doc } from "./engine/words";

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { field: string; message: string }[];
  url?: string;
  yours?: unknown;
  current?: unknown;
}

/** The server said no. `code` is the last part of the problem's type. */
export class Refused extends Error {
  /** `retryAfter`: seconds that the server asked to wait, 0 if it did not say. */
  constructor(
    readonly problem: Problem,
    readonly retryAfter = 0,
  ) {
    // where a draft stands is in no field of a form
    super(problem.errors?.map(({ field, message }) => (field === "state" ? message : `${field}: ${message}`)).join("; ") || problem.detail);
  }

  get code(): string {
    return this.problem.type.replace(/^.*:/, "");
  }

  /** Nobody is signed in, or somebody else. */
  get signedOut(): boolean {
    return this.problem.status === 401;
  }

  /** Whether the same request may succeed later without anybody doing anything. */
  get passing(): boolean {
    return this.problem.status === 429 || this.problem.status === 423 || this.problem.status >= 500;
  }
}

/** The server was not reached, or its answer was cut off: nobody knows whether it did what was asked. */
export class Unreached extends Error {
  /** After so many milliseconds it was given up. */
  constructor(
    message: string,
    readonly after: number,
  ) {
    super(message);
  }
}

type Schemas = components["schemas"];

export type Me = Schemas["MeOut"];
export type Line = Schemas["StoryLine"];
export type Story = Schemas["StoryOut"];
export type Update = Omit<Schemas["UpdateLine"], "body"> & { body: Doc };
export type Draft = Omit<Schemas["DraftOut"], "body"> & { body: Doc };

/** A connection that died without a word is given up soon; on a slow one the next answer is waited for longer. */
const SOON_MS = 8000;
const LATE_MS = 20_000;
const SOMEBODY_ELSE: Problem = {
  type: "urn:standfirst:problem:somebody-else",
  title: "",
  status: 401,
  detail: "Somebody else is signed in here now.",
};

/** What was not answered in time when it was asked last. */
const late = new Set<string>();
let csrf = "";
let person = "";
let doubt = (): void => {};

/** Hear that something was refused for want of a session. */
export function onSignedOut(hear: () => void): void {
  doubt = hear;
}

/** From now on write in this person's name, or not at all, whoever signs in elsewhere in this browser. */
export function actAs(id: string): void {
  if (id !== person) csrf = "";
  person = id;
}

/** Ask. A write shows the token of the session that is there now. Raises Refused or Unreached. */
export async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  if (method === "GET") return once<T>(method, path, body, headers);
  if (!csrf) await knownHere();
  try {
    return await once<T>(method, path, body, headers);
  } catch (error) {
    // somebody signed in since: the token is another one
    if (!(error instanceof Refused) || error.problem.status !== 403 || !error.problem.detail.includes("X-CSRFToken")) throw error;
    await knownHere();
    return once<T>(method, path, body, headers);
  }
}

/** Who is signed in here; keeps the token that every write has to show. */
export async function me(): Promise<Me> {
  const found = await once<Me>("GET", "/me", undefined, {});
  if (!person || person === found.id) csrf = found.csrf;
  return found;
}

async function knownHere(): Promise<void> {
  const found = await me();
  if (person && found.id !== person) throw new Refused(SOMEBODY_ELSE);
}

async function once<T>(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<T> {
  const began = performance.now();
  const asked = `${method} ${path}`;
  const signal = AbortSignal.timeout(late.has(asked) ? LATE_MS : SOON_MS);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch("/api/v1" + path, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      signal,
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(method === "GET" ? {} : { "X-CSRFToken": csrf }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await answer.text();
  } catch (error) {
    if (signal.aborted) late.add(asked);
    throw new Unreached(String(error), performance.now() - began);
  }
  if (performance.now() - began < SOON_MS) late.delete(asked);
  const said: unknown = text ? parsed(text) : null;
  if (!answer.ok) {
    const wait = Number(answer.headers.get("Retry-After"));
    if (answer.status === 401 && path !== "/me") doubt();
    throw new Refused(isProblem(said) ? said : unknownProblem(answer.status), Number.isFinite(wait) ? wait : 0);
  }
  return said as T;
}

/** An idempotency key, or the id of a draft: made here, so that asking again does nothing twice. */
export function newKey(): string {
  return crypto.randomUUID();
}

/** Ten of [a-z0-9] that begin with a letter, as the server's own ids. */
export function newId(): string {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  const all = letters + "0123456789";
  const chance = crypto.getRandomValues(new Uint32Array(10));
  return Array.from(chance, (n, place) => (place ? all[n % 36] : letters[n % 26])).join("");
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const isProblem = (said: unknown): said is Problem => typeof said === "object" && said !== null && "detail" in said;

const unknownProblem = (status: number): Problem => ({
  type: "urn:standfirst:problem:unknown",
  title: "",
  status,
  detail: `The server answered ${status}. Your words are kept here.`,
});
