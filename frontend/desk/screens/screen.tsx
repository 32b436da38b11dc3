// Which screen the address asks for, and what lies above every one of them: the keys, the list of commands, the tone.
import { useEffect, useLayoutEffect } from "preact/hooks";
import { dialog, here } from "../commands";
import type { Desk } from "../engine/desk";
import type { Room } from "../engine/door";
import { listenForKeys } from "../keys";
import { DraftHistory, Following, Help, OpenStory, Palette, Schedule, Settings, StorySettings, Summary, Tone, UpdateHistory, WaitingToSend } from "../late";
import { readPreferences } from "../preferences";
import { place } from "../router";
import { SignIn } from "./signin";
import { Stories } from "./stories";
import { StoryDesk } from "./storydesk";

export type { Room } from "../engine/door";

interface Props {
  room: Room;
  /** Of the story that the address names; null: of none, or it is being opened. */
  desk: Desk | null;
}

export function Screen({ room, desk }: Props) {
  useLayoutEffect(() => {
    here.value = { room, desk };
  }, [room, desk]);
  useEffect(() => attend(room), [room]);
  return (
    <>
      <Asked room={room} desk={desk} />
      {desk && <Tone desk={desk} />}
      <Following />
      {dialog.value === "palette" && here.value && <Palette here={here.value} />}
      {dialog.value === "help" && <Help />}
      {room.outbox.stepUp.value && place.value.screen !== "desk" && (
        <SignIn why="What you do needs your passkey." url={room.outbox.stepUp.value} cancel={() => (room.outbox.stepUp.value = "")} />
      )}
    </>
  );
}

/** Keys, and buttons that are named after a command, work for this person from now on. Gives what ends that. */
function attend(room: Room): () => void {
  const again = (): void => void (document.hidden || void readPreferences(room.keep));
  const press = (event: Event): void => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-command]") : null;
    const what = button?.dataset["command"];
    if (what === "palette" || what === "help") dialog.value = what;
  };
  void readPreferences(room.keep);
  const deaf = listenForKeys();
  document.addEventListener("visibilitychange", again);
  document.addEventListener("click", press);
  return () => {
    deaf();
    document.removeEventListener("visibilitychange", again);
    document.removeEventListener("click", press);
    here.value = null;
    dialog.value = "";
  };
}

function Asked({ room, desk }: Props) {
  const asked = place.value;
  if (asked.screen === "stories") return <Stories room={room} />;
  if (asked.screen === "desk") return desk && <StoryDesk desk={desk} />;
  switch (asked.screen) {
    case "summary":
      return desk && <Summary room={room} desk={desk} />;
    case "schedule":
      return desk && <Schedule room={room} desk={desk} />;
    case "story":
      return desk && <StorySettings room={room} desk={desk} />;
    case "update":
      return desk && <UpdateHistory key={asked.id} desk={desk} id={asked.id} />;
    case "draft":
      return desk && <DraftHistory key={asked.id} desk={desk} id={asked.id} />;
    case "open":
      return <OpenStory room={room} />;
    case "waiting":
      return <WaitingToSend room={room} />;
    case "settings":
      return <Settings room={room} />;
  }
}
