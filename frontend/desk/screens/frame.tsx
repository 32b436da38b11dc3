// What the screens beside the desk have in common: the bar, the way back, whether all is sent.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { keyOf, shown } from "../keys";
import { arrived } from "../router";
import type { Room } from "./screen";

interface Props {
  room: Room;
  title: string;
  /** Beside the title, in the bar. */
  beside?: ComponentChildren;
  back?: { href: string; words: string };
  children: ComponentChildren;
}

export function Frame({ room, title, beside, back, children }: Props) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Desk`;
  }, [title]);
  useEffect(() => {
    if (arrived()) head.current?.focus();
  }, []);
  return (
    <div class="desk-screen">
      <header class="desk-bar">
        {back && (
          <a class="desk-back" href={back.href}>
            {back.words}
          </a>
        )}
        <h1 ref={head} tabIndex={-1}>
          {title}
        </h1>
        {beside}
        <Sending room={room} />
        <Commands />
      </header>
      <main id="main" tabIndex={-1}>
        {room.keep.trouble.value && (
          <p class="desk-warn" role="alert">
            This browser does not keep your words ({room.keep.trouble.value}). Copy them before you close this page.
          </p>
        )}
        {children}
      </main>
    </div>
  );
}

/** The button that lists all there is to do. */
export function Commands() {
  return (
    <button type="button" class="desk-commands" data-command="palette" aria-haspopup="dialog">
      Commands <kbd>{shown(keyOf("palette"))}</kbd>
    </button>
  );
}

/** Offline, n waiting; Sending n; nothing to say. Leads to what waits. */
export function Sending({ room }: { room: Room }) {
  const waiting = room.outbox.items.value.length;
  const words = !room.outbox.reached.value ? (waiting ? `Offline, ${waiting} waiting` : "Offline") : waiting ? `Sending ${waiting}` : "";
  return (
    <p class="desk-state" role="status">
      {words && <a href="/desk/waiting/">{words}</a>}
    </p>
  );
}
