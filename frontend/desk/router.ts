// Which screen is shown: the address says it, so that back, reload and bookmarks work, and offline, too.
import { signal } from "@preact/signals";

export type Place =
  | { screen: "stories" | "open" | "waiting" | "settings" }
  | { screen: "desk" | "summary" | "schedule" | "story"; slug: string }
  | { screen: "update" | "draft"; slug: string; id: string };

const SLUG = "[a-z0-9]+(?:-[a-z0-9]+)*";
const ROUTES: [RegExp, (found: string[]) => Place][] = [
  [/^\/desk\/$/, () => ({ screen: "stories" })],
  [/^\/desk\/open\/$/, () => ({ screen: "open" })],
  [/^\/desk\/waiting\/$/, () => ({ screen: "waiting" })],
  [/^\/desk\/settings\/$/, () => ({ screen: "settings" })],
  [new RegExp(`^/desk/story/(${SLUG})/$`), ([slug = ""]) => ({ screen: "desk", slug })],
  [new RegExp(`^/desk/story/(${SLUG})/(summary|schedule)/$`), ([slug = "", screen]) => ({ screen: screen as "summary" | "schedule", slug })],
  [new RegExp(`^/desk/story/(${SLUG})/settings/$`), ([slug = ""]) => ({ screen: "story", slug })],
  [new RegExp(`^/desk/story/(${SLUG})/(update|draft)/([a-z][a-z0-9]{9})/$`), ([slug = "", screen, id = ""]) => ({ screen: screen as "update" | "draft", slug, id })],
];

function read(path: string): Place {
  for (const [pattern, made] of ROUTES) {
    const found = pattern.exec(path);
    if (found) return made(found.slice(1));
  }
  return { screen: "stories" };
}

export const place = signal<Place>(read(location.pathname));

/** The story whose desk is open, "" for none. */
export const storyOf = (where: Place): string => ("slug" in where ? where.slug : "");

/** The address of a screen. */
export function path(where: Place): string {
  if (where.screen === "stories") return "/desk/";
  if (!("slug" in where)) return `/desk/${where.screen}/`;
  const story = `/desk/story/${where.slug}/`;
  if (where.screen === "desk") return story;
  if (where.screen === "story") return `${story}settings/`;
  return "id" in where ? `${story}${where.screen}/${where.id}/` : `${story}${where.screen}/`;
}

let moved = false;

/** Whether this screen was gone to from another one, so that the focus has to follow. */
export const arrived = (): boolean => moved;

function show(where: Place): void {
  moved = true;
  place.value = where;
}

/** Go to a screen. */
export function go(where: Place): void {
  history.pushState(null, "", path(where));
  show(where);
  scrollTo(0, 0);
}

/** Follow the browser's own back and forward, and links within the desk, without loading a page. */
export function listen(): void {
  addEventListener("popstate", () => show(read(location.pathname)));
  addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !ROUTES.some(([pattern]) => pattern.test(url.pathname))) return;
    event.preventDefault();
    go(read(url.pathname));
  });
}
