// How the words of an update or a draft came to be what they are: version by version, with what changed between them.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Refused, Unreached, ask } from "../api";
import type { Desk } from "../engine/desk";
import { type Doc, plain } from "../engine/words";
import { path } from "../router";
import { Differ } from "./differ";
import { when, zoneOf } from "./times";

export interface Version {
  rev: number;
  at: string;
  by?: { name: string } | null;
  headline: string;
  body: Doc;
  /** What readers were told. */
  note?: string | null;
}

/** What the server says at `where`, or said last; and why there is nothing. */
export function useSaid<T>(desk: Desk, where: string): [T | null, string] {
  const [said, say] = useState<T | null>(null);
  const [why, tell] = useState("");
  useEffect(() => {
    let here = true;
    void (async () => {
      const before = await desk.keep.seen<T>(where);
      if (here && before) say(before);
      try {
        const now = await ask<T>("GET", `/stories/${desk.slug}${where}`);
        if (here) say(now);
        await desk.keep.see(where, now);
      } catch (error) {
        if (!(error instanceof Refused || error instanceof Unreached)) throw error;
        if (here) tell(error instanceof Refused ? error.message : "The newsroom cannot be reached. This is what was seen last.");
      }
    })();
    return () => void (here = false);
  }, [where]);
  return [said, why];
}

interface Props {
  desk: Desk;
  name: string;
  why: string;
  versions: Version[];
  /** Have the words of a version again. */
  again?: ((version: Version) => void) | undefined;
  children?: ComponentChildren;
}

export function History({ desk, name, why, versions, again, children }: Props) {
  const zone = zoneOf(desk);
  const language = desk.feed.story.value?.language ?? "en";
  const rising = [...versions].sort((a, b) => a.rev - b.rev);
  useEffect(() => {
    document.title = `History: ${name} – Desk`;
    document.querySelector<HTMLElement>("#main h1")?.focus();
  }, [name]);
  return (
    <div class="desk-screen">
      <header class="desk-bar">
        <a class="desk-back" href={path({ screen: "desk", slug: desk.slug })}>
          {desk.feed.story.value?.headline ?? "Desk"}
        </a>
      </header>
      <main class="desk-history" id="main" tabIndex={-1} aria-labelledby="history-title">
        <p class="desk-small">History</p>
        <h1 id="history-title" tabIndex={-1}>
          {name}
        </h1>
        {why && <p class="desk-warn">{why}</p>}
        {children}
        <ol>
          {rising
            .map((version, place) => (
              <li key={version.rev} class="desk-row" data-row tabIndex={-1} aria-labelledby={`version-${version.rev}`}>
                <h2 id={`version-${version.rev}`}>Version {version.rev}</h2>
                <p class="desk-small">
                  <time dateTime={version.at}>{when(version.at, zone)}</time>
                  {version.by && `, ${version.by.name}`}
                  {place === rising.length - 1 && " · stands now"}
                </p>
                {version.note && <p class="desk-banner">Correction, as readers see it: {version.note}</p>}
                <Between before={rising[place - 1]} after={version} language={language} />
                {again && place < rising.length - 1 && (
                  <p class="desk-do">
                    <button type="button" onClick={() => again(version)}>
                      Have these words again
                    </button>
                  </p>
                )}
              </li>
            ))
            .reverse()}
        </ol>
      </main>
    </div>
  );
}

function Between({ before, after, language }: { before: Version | undefined; after: Version; language: string }) {
  const now = plain(after.body);
  const then = before ? plain(before.body) : now;
  return (
    <>
      <p class="desk-version-head">
        <Differ before={before?.headline ?? after.headline} after={after.headline} language={language} />
      </p>
      <p class="desk-version">
        <Differ before={then} after={now} language={language} />
      </p>
      {before && then === now && before.headline === after.headline && <p class="desk-small">The words are the same; what is not words changed.</p>}
    </>
  );
}
