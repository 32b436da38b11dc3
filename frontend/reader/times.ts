// Times as the reader sees them. The absolute time stands in the page; the relative one is added beside it.

const language = document.documentElement.lang;
const zone = document.body.dataset["zone"];

/** An Intl formatter in the page's language, or in English for one that is no language tag. */
function intl<T>(make: (tag: string) => T): T {
  try {
    return make(language);
  } catch {
    return make("en");
  }
}

export const plural = intl((tag) => new Intl.PluralRules(tag));
const relative = intl((tag) => new Intl.RelativeTimeFormat(tag, { style: "narrow", numeric: "auto" }));

/** "4 min ago"; "now" for less than 45 s and for a clock that runs behind; nothing beyond a day. */
function ago(then: number): string {
  const seconds = (Date.now() - then) / 1e3;
  return seconds < 45
    ? relative.format(0, "second")
    : seconds < 3570
      ? relative.format(-Math.round(seconds / 60), "minute")
      : seconds < 84600
        ? relative.format(-Math.round(seconds / 3600), "hour")
        : "";
}

/** Fills in every relative time below `root`. */
export function tick(root: ParentNode = document): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
    const text = ago(Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

/** A time of day as the story prints it: in its own zone; with the date when it is half a day away. */
export function clock(at: number): string {
  const far: Intl.DateTimeFormatOptions = Math.abs(Date.now() - at) > 432e5 ? { day: "numeric", month: "short" } : {};
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...far };
  if (zone) options.timeZone = zone;
  return intl((tag) => new Intl.DateTimeFormat(tag, options)).format(at);
}
