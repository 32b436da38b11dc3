// What is said of a story itself, in a form: for opening one, and for changing one.
import type { Story } from "../api";
import { Field, type Fields, When, asFields, instant } from "./field";

/** As it stands in the fields. */
export interface StoryWords {
  headline: string;
  standfirst: string;
  topic: string;
  /** A name on each line. */
  bylines: string;
  /** "": the newsroom's. */
  language: string;
  zone: string;
  starts: Fields;
}

export const NO_STORY: StoryWords = { headline: "", standfirst: "", topic: "", bylines: "", language: "", zone: "", starts: { date: "", time: "" } };

export const storyWords = (story: Story): StoryWords => ({
  headline: story.headline,
  standfirst: story.standfirst,
  topic: story.topic,
  bylines: story.bylines.join("\n"),
  language: story.language,
  zone: story.zone,
  starts: asFields(story.starts, story.zone),
});

/** As the server takes them. */
export const asked = (words: StoryWords, zone: string) => ({
  headline: words.headline.trim(),
  standfirst: words.standfirst.trim(),
  topic: words.topic.trim(),
  bylines: words.bylines.split("\n").map((name) => name.trim()).filter(Boolean),
  language: words.language.trim() || null,
  zone: words.zone.trim() || null,
  starts: instant(words.starts, zone),
});

export const NAMES = ["headline", "standfirst", "topic", "bylines", "language", "zone", "starts", "slug", "status"] as const;

/** What is wrong already, before the server is asked; by field. */
export function wrong(words: StoryWords, zone: string): Record<string, string> {
  const found: Record<string, string> = {};
  if (!words.headline.trim()) found["headline"] = "Write a headline.";
  if (words.zone.trim() && !zones().includes(words.zone.trim()) && words.zone.trim() !== "UTC") found["zone"] = "Choose a zone from the list, such as Europe/Lisbon.";
  const { date, time } = words.starts;
  if ((date || time) && !instant(words.starts, zone)) found["starts"] = date && time ? "There is no such time on that day." : "Give a date and a time.";
  return found;
}

const zones = (): string[] => Intl.supportedValuesOf("timeZone");

const languageName = (tag: string): string => {
  try {
    const name = new Intl.DisplayNames("en", { type: "language", fallback: "none" }).of(tag.trim());
    return name ?? "";
  } catch {
    return ""; // half-written
  }
};

interface Props {
  words: StoryWords;
  change: (words: StoryWords) => void;
  errors: Record<string, string>;
  /** What empty fields stand for. */
  ofNewsroom?: boolean;
}

export function StoryTop({ words, change, errors }: Props) {
  return (
    <>
      <Field name="headline" label="Headline" value={words.headline} most={300} rows={2} required error={errors["headline"]} change={(headline) => change({ ...words, headline: headline.replace(/\n/g, " ") })} />
      <Field name="standfirst" label="Standfirst" hint="One or two sentences below the headline." value={words.standfirst} most={1000} rows={3} error={errors["standfirst"]} change={(standfirst) => change({ ...words, standfirst: standfirst.replace(/\n/g, " ") })} />
    </>
  );
}

export function StoryRest({ words, change, errors, ofNewsroom = false }: Props) {
  const language = languageName(words.language);
  const otherwise = ofNewsroom ? " Empty: the newsroom’s." : "";
  return (
    <>
      <Field name="topic" label="Topic" hint="Above the headline. May be empty." value={words.topic} most={80} error={errors["topic"]} change={(topic) => change({ ...words, topic })} />
      <Field name="bylines" label="Bylines" hint="A name on each line." value={words.bylines} rows={2} error={errors["bylines"]} change={(bylines) => change({ ...words, bylines })} />
      <Field name="language" label="Language" hint={`A tag such as en, pt-BR or ar.${otherwise}${language && ` Now: ${language}.`}`} value={words.language} error={errors["language"]} change={(language) => change({ ...words, language })} />
      <Field name="zone" label="Time zone" hint={`Times on the page are in it.${otherwise}`} value={words.zone} list="zones" error={errors["zone"]} change={(zone) => change({ ...words, zone })} />
      <datalist id="zones">
        {zones().map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}

export function Starts({ words, change, errors, zone }: Props & { zone: string }) {
  return <When name="starts" label="Coverage starts" zone={zone} value={words.starts} error={errors["starts"]} change={(starts) => change({ ...words, starts })} />;
}
