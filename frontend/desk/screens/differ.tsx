// Two versions of the same words, with what differs marked, for eyes and for ears.
import { type ChangeObject, diffWords, diffWordsWithSpace } from "diff";

const LIMIT_MS = 400;
/** Languages that put no spaces between words. */
const UNSPACED = /^(ja|zh|th|km|lo|my)\b/;

type Change = Pick<ChangeObject<string>, "value" | "added" | "removed">;

/** From one text to the other. Texts too different to compare in time are simply both there. */
function changes(before: string, after: string, language: string): Change[] {
  const found = UNSPACED.test(language)
    ? diffWords(before, after, { timeout: LIMIT_MS, intlSegmenter: new Intl.Segmenter(language, { granularity: "word" }) })
    : diffWordsWithSpace(before, after, { timeout: LIMIT_MS });
  return found ? joined(found) : [before && gone(before), after && come(after)].filter((change) => change !== "");
}

const gone = (value: string): Change => ({ value, added: false, removed: true });
const come = (value: string): Change => ({ value, added: true, removed: false });

/** A space between two words that both changed is part of the change: phrases, not single words, are marked. */
function joined(found: Change[]): Change[] {
  const out: Change[] = [];
  let left = "";
  let came = "";
  const flush = (): void => {
    if (left) out.push(gone(left));
    if (came) out.push(come(came));
    left = came = "";
  };
  found.forEach((change, place) => {
    if (change.removed) left += change.value;
    else if (change.added) came += change.value;
    else if (/^[ ,]*$/.test(change.value) && (left || came) && (found[place + 1]?.added || found[place + 1]?.removed)) {
      left += change.value;
      came += change.value;
    } else {
      flush();
      out.push(change);
    }
  });
  flush();
  return out;
}

interface Two {
  before: string;
  after: string;
  language: string;
}

/** One text, with what went away struck through and what came underlined. */
export function Differ({ before, after, language }: Two) {
  return (
    <>
      {changes(before, after, language).map((change) =>
        change.removed ? (
          <del>
            <Aside words="removed:" />
            {change.value}
            <Aside words="end removed." />
          </del>
        ) : change.added ? (
          <ins>
            <Aside words="added:" />
            {change.value}
            <Aside words="end added." />
          </ins>
        ) : (
          change.value
        ),
      )}
    </>
  );
}

/** One of two texts, with the words marked that the other does not have. */
export function OneSide({ before, after, language, side }: Two & { side: "before" | "after" }) {
  const mine = changes(before, after, language).filter((change) => (side === "before" ? !change.added : !change.removed));
  return (
    <>
      {mine.map((change) =>
        change.added || change.removed ? (
          <mark>
            <Aside words="only here:" />
            {change.value}
          </mark>
        ) : (
          change.value
        ),
      )}
    </>
  );
}

const Aside = ({ words }: { words: string }) => <span class="vh"> {words} </span>;
