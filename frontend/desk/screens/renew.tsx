// A new version of the desk is here: a word at the foot of the screen. Nothing is loaded anew by itself.
import { signal } from "@preact/signals";
import { outdated, settled } from "../engine/door";
import { apply, ready } from "../shell";

/** Longer than a disk takes. */
const PATIENCE_MS = 10_000;

const state = signal<"offered" | "saving" | "stuck" | "later">("offered");

export function Renew() {
  if ((!ready.value && !outdated.value) || state.value === "later") return null;
  const renew = (): void => {
    state.value = "saving";
    setTimeout(() => state.value === "saving" && (state.value = "stuck"), PATIENCE_MS);
    void apply({ settled });
  };
  return (
    <div class="desk-renew" role="status">
      <p>{state.value === "stuck" ? "This browser does not keep your words now. Copy them, then load the desk again." : "A new version is ready. Your words are kept."}</p>
      <p>
        <button type="button" class="is-firm" disabled={state.value === "saving"} onClick={renew}>
          Use it now
        </button>
        <button type="button" onClick={() => (state.value = "later")}>
          Later
        </button>
      </p>
    </div>
  );
}
