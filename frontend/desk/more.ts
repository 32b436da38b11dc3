// What one opens now and then. It is a file of its own, loaded when the desk stands: late.tsx says how it is used.
export { Asking } from "./editor/asking";
export { clean } from "./editor/clean";
export { Help } from "./help";
export { Palette } from "./palette";
export { Versions } from "./screens/conflict";
export { DraftHistory } from "./screens/draft";
export { OpenStory } from "./screens/open";
export { Preview } from "./screens/preview";
export { Schedule } from "./screens/schedule";
export { Settings } from "./screens/settings";
export { StorySettings } from "./screens/story";
export { Summary } from "./screens/summary";
export { AskTelling, Withdraw } from "./screens/telling";
export { UpdateHistory } from "./screens/update";
export { WaitingToSend } from "./screens/waiting";
export { Names } from "./screens/names";
export { Happened, Kinds, ScheduleForm } from "./screens/panels";
export { Tone } from "./sound";
