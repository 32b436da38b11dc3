// Times as the reader sees them. The absolute time stands in the page; the relative one is added beside it.

const { spoken, zone } = document.body.dataset;

/** What `make` makes of what the page says, or else of `rest`: browsers refuse a language or zone they do not know. */
function known<T, A>(make: (given: A) => T, given: A, rest: A): T {
  try {
    return make(given);
  } catch {
    return make(rest);
  }
}

/** An Intl formatter in the language of the page's own words, which is not always that of its story; or in English. */
const intl = <T>(make: (tag: string) => T): T => known(make, spoken ?? document.documentElement.lang, "en");

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

/** A time of day as the story prints it: in its own zone; with the date when it is half a day ago. */
export function clock(at: number): string {
  const far: Intl.DateTimeFormatOptions = Date.now() - at > 432e5 ? { day: "numeric", month: "short" } : {};
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...far };
  const format = (timeZone?: string) => intl((tag) => new Intl.DateTimeFormat(tag, { ...options, timeZone }));
  return known(format, zone, undefined).format(at);
}
