// Who works down a list by keys stays in it when a row is gone, or what was pressed in it: the focus goes on to the next.
import { useEffect } from "preact/hooks";
import { PANES, visible } from "./moves";

interface Place {
  had: Element;
  row: HTMLElement;
  /** The rows in which to look when that one is gone, the nearest first. */
  others: HTMLElement[];
  pane: HTMLElement;
}

/** Shows nothing. */
export function Following(): null {
  useEffect(follow, []);
  return null;
}

function follow(): () => void {
  let place: Place | null = null;
  const come = ({ target }: Event): void => {
    place = target instanceof Element ? placeOf(target) : null;
  };
  const leave = (): void => void (place = null);
  const gone = new MutationObserver(() => {
    if (!place || place.had.isConnected || document.activeElement !== document.body) return;
    const { row, others, pane } = place;
    const next = [row, ...others, pane].find(visible);
    place = null;
    next?.focus({ preventScroll: true });
  });
  const root = document.getElementById("desk") ?? document.body;
  gone.observe(root, { childList: true, subtree: true });
  root.addEventListener("focusin", come);
  root.addEventListener("pointerdown", leave); // on nothing that takes the focus, perhaps; else "focusin" follows
  return () => {
    gone.disconnect();
    root.removeEventListener("focusin", come);
    root.removeEventListener("pointerdown", leave);
  };
}

function placeOf(had: Element): Place | null {
  const row = had.closest<HTMLElement>("[data-row]");
  const pane = row?.closest<HTMLElement>(PANES);
  if (!row || !pane) return null;
  const rows = [...pane.querySelectorAll<HTMLElement>("[data-row]")];
  const at = rows.indexOf(row);
  return { had, row, others: [...rows.slice(at + 1), ...rows.slice(0, at).reverse()], pane };
}
