// One story's desk: From reporters | Write | On the page now; on a phone one of them at a time.
import { useEffect } from "preact/hooks";
import type { Desk } from "../engine/desk";
import { isSent } from "../engine/words";
import { AskTelling, Preview, Versions, Withdraw } from "../late";
import { Bar, Elsewhere, Panes } from "./bar";
import { Commands } from "./frame";
import { OnThePage } from "./page";
import { asking, attend, begin, later, pane } from "./panes";
import { Queue } from "./queue";
import { SignIn } from "./signin";
import { Write } from "./write";

export function StoryDesk({ desk }: { desk: Desk }) {
  useEffect(() => attend(desk), [desk]);
  const headline = desk.feed.story.value?.headline ?? desk.slug;
  useEffect(() => {
    document.title = `${headline} – Desk`;
  }, [headline]);
  const writes = desk.may("draft.write") || desk.open.peek().changes > 0 || desk.here.value.some((draft) => !isSent(draft));
  const shown = writes || pane.value === "more" ? pane.value : "page";
  return (
    <div class={`desk is-${shown}`}>
      <Bar desk={desk} />
      {writes ? (
        <>
          <Queue desk={desk} />
          <Write desk={desk} />
          <section class="desk-page" id="page" tabIndex={-1} aria-labelledby="page-title">
            <OnThePage desk={desk} />
          </section>
        </>
      ) : (
        <main class="desk-page" id="main" tabIndex={-1} aria-labelledby="page-title">
          <p class="desk-empty">{desk.feed.refusal.value || "You may read this story, and write nothing in it."}</p>
          <OnThePage desk={desk} />
        </main>
      )}
      <div class="desk-more">
        <p class="desk-actions">
          {writes && (
            <button type="button" onClick={() => begin(desk)}>
              New update
            </button>
          )}
          <Commands />
        </p>
        <Elsewhere desk={desk} />
      </div>
      <Panes desk={desk} shown={shown} writes={writes} />
      <Asked desk={desk} />
    </div>
  );
}

/** The one dialog that is open, if any is. */
function Asked({ desk }: { desk: Desk }) {
  const close = (): void => void (asking.value = null);
  const asked = asking.value;
  const conflict = desk.conflict.value;
  if (desk.outbox.stepUp.value)
    return <SignIn why="Publishing asks for your passkey." url={desk.outbox.stepUp.value} cancel={() => (desk.outbox.stepUp.value = "")} />;
  if (conflict && later.value !== desk.openId.value) return <Versions key={desk.openId.value} desk={desk} conflict={conflict} />;
  if (asked?.what === "telling") return <AskTelling desk={desk} close={close} />;
  if (asked?.what === "withdraw") return <Withdraw desk={desk} update={asked.update} close={close} />;
  return asked?.what === "preview" ? <Preview desk={desk} close={close} /> : null;
}
