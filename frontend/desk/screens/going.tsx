// Whether a story is live: to pause it, end it, reopen it. What readers will see is said before anything is done.
import { useState } from "preact/hooks";
import type { Story } from "../api";
import type { Desk } from "../engine/desk";
import { Dialog } from "./dialog";
import { when } from "./times";

type Step = "live" | "paused" | "ended" | "reopen";

const STEPS: Record<Step, { words: string; label: string; title: string; seen: string; look: string }> = {
  live: {
    words: "Go live",
    label: "Go live",
    title: "Take this story live?",
    seen: "Readers see “Live” at the top of the page, and updates can be published.",
    look: "go",
  },
  paused: {
    words: "Pause",
    label: "Pause the story",
    title: "Pause this story?",
    seen: "Readers see “Our live coverage is paused. New updates will appear on this page.” All updates stay. You can still publish, and go live again at any time.",
    look: "",
  },
  ended: {
    words: "End",
    label: "End the story",
    title: "End this story?",
    seen: "Readers see “Our live coverage has ended”, with the times it ran from and to. All updates stay. Nothing more can be published unless the story is reopened, and drafts stay drafts.",
    look: "weighty",
  },
  reopen: {
    words: "Reopen",
    label: "Reopen the story",
    title: "Reopen this story?",
    seen: "Readers see “Live” again instead of “Ended”, and updates can be published.",
    look: "go",
  },
};

const FROM: Record<string, Step[]> = { scheduled: ["live", "ended"], live: ["paused", "ended"], paused: ["live", "ended"], ended: ["reopen"] };

export function Going({ desk, story }: { desk: Desk; story: Story }) {
  const [step, ask] = useState<Step | null>(null);
  const steps = (FROM[story.status] ?? []).filter((one) => one !== "reopen" || desk.may("story.reopen"));
  const waiting = desk.waiting.value.find((item) => /\/(status|reopen)$/.test(item.request.path));
  const doIt = async (chosen: Step): Promise<void> => {
    ask(null);
    if (chosen === "reopen") await desk.command(STEPS.reopen.label, "POST", "/reopen");
    else await desk.command(STEPS[chosen].label, "PUT", "/status", { status: chosen });
  };
  return (
    <section class="panel" aria-labelledby="going-title">
      <h2 id="going-title">Coverage</h2>
      <p class="sub">{now(story)}</p>
      <p class="acts">
        {steps.map((one) => (
          <button type="button" key={one} class={`btn ${STEPS[one].look}`} disabled={waiting !== undefined} onClick={() => ask(one)}>
            {STEPS[one].words}
          </button>
        ))}
      </p>
      <p class="desk-small" role="status">
        {waiting ? (desk.outbox.reached.value ? `${waiting.label}…` : `${waiting.label}: waits until the newsroom is reached.`) : desk.note.value}
      </p>
      {step && (
        <Dialog title={STEPS[step].title} close={() => ask(null)}>
          <p>{STEPS[step].seen}</p>
          {step === "ended" && desk.feed.scheduled.value.length > 0 && <p class="desk-warn">Scheduled drafts cannot go out once it has ended: {desk.feed.scheduled.value.length}.</p>}
          <p class="acts">
            <button type="button" class="btn" data-first onClick={() => ask(null)}>
              Cancel
            </button>
            <button type="button" class={`btn ${STEPS[step].look}`} onClick={() => void doIt(step)}>
              {STEPS[step].label}
            </button>
          </p>
        </Dialog>
      )}
    </section>
  );
}

function now(story: Story): string {
  if (story.status === "scheduled") return story.starts ? `Scheduled. Readers see that coverage starts at ${when(story.starts, story.zone)}.` : "Scheduled. No start is given.";
  if (story.status === "paused") return "Paused. Readers see that new updates will appear on this page.";
  if (story.status === "ended") return story.ended ? `Ended at ${when(story.ended, story.zone)}.` : "Ended.";
  return story.began ? `Live since ${when(story.began, story.zone)}.` : "Live.";
}
