// Open a story: what it is called, where it stands, when it starts. Offline it waits on this device, and is opened once.
import { useEffect, useState } from "preact/hooks";
import { Refused, type Story, Unreached, ask } from "../api";
import { folded } from "../folding";
import { refusedName } from "../engine/outbox";
import { go } from "../router";
import { Field } from "./field";
import { byField, command, useFate, useWords } from "./forms";
import { Frame } from "./frame";
import type { Room } from "./screen";
import { NAMES, NO_STORY, Starts, StoryRest, StoryTop, type StoryWords, asked, wrong } from "./storyfields";
import { HERE } from "./times";

const SLUG_MOST = 80;
const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const ASK_MS = 400;

interface Opening extends StoryWords {
  slug: string;
  /** Whether somebody wrote the address; else it follows the headline. */
  own: boolean;
  status: "live" | "scheduled";
  /** Of the request that waits or was sent. */
  key?: string;
}

const NOTHING: Opening = { ...NO_STORY, slug: "", own: false, status: "live" };

/** An address made of a headline: whole words, at most 60 characters where that can be. */
export function suggested(headline: string): string {
  const words = folded(headline).replace(/['’]/g, "").split(/[^a-z0-9]+/).filter(Boolean);
  let slug = "";
  for (const word of words) {
    if (slug && slug.length + word.length > 59) break;
    slug += (slug && "-") + word;
  }
  return slug.slice(0, SLUG_MOST).replace(/-$/, "");
}

export function OpenStory({ room }: { room: Room }) {
  const { keep, outbox } = room;
  const [kept, set] = useWords<Opening>(keep, "open");
  const [tried, fail] = useState<Record<string, string>>({});
  const words = kept ?? NOTHING;
  const fate = useFate(room, words.key);
  const zone = words.zone.trim() || HERE;
  const taken = useTaken(words.key ? "" : words.slug);
  useEffect(() => {
    if (fate.state === "sent") {
      set(null);
      go({ screen: "desk", slug: words.slug });
    } else if (fate.state === "refused") {
      fail(byField(fate.said, NAMES));
      void keep.putText(refusedName(words.key ?? ""), undefined);
      change({});
    }
  }, [fate.state]);
  if (kept === undefined) return null;

  const change = (more: Partial<Opening>): void => {
    const { key: _, ...rest } = { ...words, ...more };
    set({ ...rest, slug: rest.own ? rest.slug : suggested(rest.headline) });
  };
  const send = async (): Promise<void> => {
    const found = wrong(words, zone);
    if (!SLUG.test(words.slug) || words.slug.length > SLUG_MOST) found["slug"] = "Use a to z, 0 to 9 and single hyphens, at most 80 characters.";
    if (words.status === "live") delete found["starts"];
    fail(found);
    if (Object.keys(found).length) {
      requestAnimationFrame(() => document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    const body = { ...asked(words, zone), slug: words.slug, status: words.status, ...(words.status === "live" ? { starts: null } : {}) };
    const item = command(words.slug, `Open a story: ${body.headline}`, { method: "POST", path: "/stories", body, ifMatch: null });
    await outbox.add(item);
    set({ ...words, key: item.key });
  };
  const back = async (): Promise<void> => {
    const item = outbox.items.value.find((one) => one.key === words.key);
    if (item && (await outbox.remove(item))) change({});
  };

  if (words.key && fate.state === "waiting") {
    return (
      <Frame room={room} title="Open a story" back={{ href: "/desk/", words: "Stories" }}>
        <section class="panel" aria-live="polite">
          <h2>{words.headline}</h2>
          {outbox.reached.value ? (
            <p>Opening…</p>
          ) : (
            <p>
              You are offline. The story waits on this device and is opened, once, as soon as the newsroom is reached. Until then nobody else
              sees it.
            </p>
          )}
          <p class="acts">
            <button type="button" class="btn" onClick={() => void back()}>
              Take it back
            </button>
            <a class="btn plain" href="/desk/waiting/">
              Waiting to send
            </a>
          </p>
        </section>
      </Frame>
    );
  }
  const errors = taken && !tried["slug"] ? { ...tried, slug: taken } : tried;
  return (
    <Frame room={room} title="Open a story" back={{ href: "/desk/", words: "Stories" }}>
      <form
        class="panel"
        data-save
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {errors[""] && (
          <p class="desk-warn" role="alert">
            {errors[""]}
          </p>
        )}
        <StoryTop words={words} change={change} errors={errors} />
        <Field
          name="slug"
          label="Address"
          hint={`${location.host}/${words.slug || "…"}. It stays for good.`}
          value={words.slug}
          most={SLUG_MOST}
          required
          error={errors["slug"]}
          change={(slug) => change({ slug, own: slug !== "" })}
        />
        <StoryRest words={words} change={change} errors={errors} ofNewsroom />
        <fieldset class="field">
          <legend>Coverage</legend>
          <label>
            <input type="radio" name="status" checked={words.status === "live"} onChange={() => change({ status: "live" })} /> Live now. Readers see the page at once.
          </label>
          <label>
            <input type="radio" name="status" checked={words.status === "scheduled"} onChange={() => change({ status: "scheduled" })} /> Scheduled. Readers see when it starts. Nothing can be published before you go live.
          </label>
        </fieldset>
        {words.status === "scheduled" && <Starts words={words} change={change} errors={errors} zone={zone} />}
        <p class="acts">
          <button type="submit" class="btn go">
            {words.status === "live" ? "Open and go live" : "Open as scheduled"}
          </button>
          {kept && (
            <button type="button" class="btn plain" onClick={() => (set(null), fail({}))}>
              Clear the form
            </button>
          )}
        </p>
        <p class="desk-small">{kept && "What you wrote is kept on this device."}</p>
      </form>
    </Frame>
  );
}

/** What is said if a story has this address already; "" if none has, or nobody knows. */
function useTaken(slug: string): string {
  const [taken, say] = useState("");
  useEffect(() => {
    let here = true;
    say("");
    if (!SLUG.test(slug)) return;
    const look = async (): Promise<void> => {
      try {
        const story = await ask<Story>("GET", `/stories/${slug}`);
        if (here) say(`There is a story at this address: ${story.headline}. Choose another.`);
      } catch (error) {
        if (!(error instanceof Refused || error instanceof Unreached)) throw error; // not taken, or not known
      }
    };
    const timer = window.setTimeout(() => void look(), ASK_MS);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [slug]);
  return taken;
}
