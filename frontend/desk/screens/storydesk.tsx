// One story's desk: From reporters | Write | On the page now; on a phone one of them at a time.
import { useEffect } from "preact/hooks";
import type { Desk } from "../engine/desk";
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
  return (
    <div class={`desk is-${pane.value}`}>
      <Bar desk={desk} />
      <Queue desk={desk} />
      {desk.may("draft.write") || desk.open.peek().changes ? (
        <Write desk={desk} />
      ) : (
        <main class="desk-write" id="main" tabIndex={-1}>
          <p class="desk-empty">{desk.feed.refusal.value || "You may read this story, and write nothing in it."}</p>
        </main>
      )}
      <OnThePage desk={desk} />
      <div class="desk-more">
        <p class="desk-actions">
          <button type="button" onClick={() => begin(desk)}>
            New update
          </button>
          <Commands />
        </p>
        <Elsewhere desk={desk} />
      </div>
      <Panes desk={desk} />
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
