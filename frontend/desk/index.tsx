// The desk, in the browser: the list of stories at /desk/, one story's desk at /desk/story/<slug>/.
import { render } from "preact";
import { App } from "./app";
import { from, loadMore } from "./late";
import { Renew } from "./screens/renew";
import { install } from "./shell";

const root = document.getElementById("desk");
if (root) {
  root.textContent = "";
  from(() => import("./more"));
  render(
    <>
      <App />
      <Renew />
    </>,
    root,
  );
  addEventListener("load", () => void loadMore().then(install));
}
