// Times as the desk shows them: in 24-hour form and in the story's zone.
import type { Desk } from "../engine/desk";

type Style = "clock" | "hour" | "day" | "long" | "parts";

const STYLES: Record<Style, Intl.DateTimeFormatOptions> = {
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  hour: { hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short" },
  long: { weekday: "long", day: "numeric", month: "long" },
  parts: { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
};
const made = new Map<string, Intl.DateTimeFormat>();

/** The zone of this device. */
export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** The story's zone; this device's, as long as the story is not known. */
export const zoneOf = (desk: Desk): string => desk.feed.story.value?.zone ?? HERE;

/** 13:05:14 */
export const clock = (at: number, zone: string): string => format("clock", zone).format(at);

/** 11:51, or with the day before it if that is not today. */
export function when(at: string | number, zone: string): string {
  const moment = new Date(at).getTime();
  const hour = format("hour", zone).format(moment);
  const day = format("day", zone).format(moment);
  return day === format("day", zone).format(Date.now()) ? hour : `${day}, ${hour}`;
}

/** "Sunday 22 November at 14:05 (Europe/London)"; and what the clock here says, where that is another. */
export function inFull(at: string | number, zone: string): string {
  const moment = new Date(at).getTime();
  const hour = format("hour", zone).format(moment);
  const mine = format("hour", HERE).format(moment);
  const said = `${format("long", zone).format(moment).replace(",", "")} at ${hour} (${zone.replace(/_/g, " ")})`;
  return mine === hour ? said : `${said}, ${mine} where you are`;
}

/** A moment as fields for a day and a time have it: ["2026-11-22", "14:05"]. */
export function fields(at: string | number, zone: string): [string, string] {
  const found = wall(new Date(at).getTime(), zone);
  return [found.slice(0, 10), found.slice(11, 16)];
}

/** The moment of a day and a time on the clocks of a zone, as ISO 8601; null: no such time, as when clocks go forward. */
export function moment(day: string, time: string, zone: string): string | null {
  const asked = `${day}T${time}`;
  const guess = Date.parse(`${asked}:00Z`);
  if (Number.isNaN(guess)) return null;
  for (const from of [guess - 86_400_000, guess + 86_400_000]) {
    const at = guess - (Date.parse(`${wall(from, zone)}Z`) - from);
    if (wall(at, zone).slice(0, 16) === asked) return new Date(at).toISOString();
  }
  return null;
}

/** What the clocks of a zone show: 2026-11-22T14:05:00. */
function wall(at: number, zone: string): string {
  const found = Object.fromEntries(format("parts", zone).formatToParts(Math.floor(at / 1000) * 1000).map((part) => [part.type, part.value]));
  return `${found["year"]}-${found["month"]}-${found["day"]}T${found["hour"]}:${found["minute"]}:${found["second"]}`;
}

function format(style: Style, zone: string): Intl.DateTimeFormat {
  const name = `${style} ${zone}`;
  let found = made.get(name);
  if (!found) {
    try {
      found = new Intl.DateTimeFormat("en-GB", { ...STYLES[style], timeZone: zone, hourCycle: "h23" });
    } catch {
      found = new Intl.DateTimeFormat("en-GB", { ...STYLES[style], timeZone: "UTC", hourCycle: "h23" }); // a zone that this browser does not know
    }
    made.set(name, found);
  }
  return found;
}
