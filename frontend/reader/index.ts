// The reader's script: follows a live story and keeps the open page true. Without it the page reads whole.
import { live } from "./live";
import { share } from "./share";
import { tick } from "./times";

const story = document.body.dataset["live"];
tick();
setInterval(tick, 3e4);
share();
if (story) live(story);
