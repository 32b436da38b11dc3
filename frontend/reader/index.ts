// The reader's script: follows a live story and keeps the open page true. Without it the page reads whole.
import { share } from "./share";
import { tick } from "./times";
import { live } from "./live";

tick();
setInterval(tick, 3e4);
share();
if (document.body.dataset["live"]) live(document.body.dataset["live"]);
