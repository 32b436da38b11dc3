// "3 new updates since you left at 10:20": the reader's bookmark, kept in their own browser and nowhere else.
import { go } from "./patch";
import { recall, remember } from "./store";
import { clock } from "./times";
import { counted, word } from "./words";

/** Offers what was published since the last visit, and keeps the bookmark when the reader leaves. */
export function since(base: string): void {
  const list = document.getElementById("updates")!;
  const box = document.getElementById("since")!;
  const all = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(".up")];
  const updates = all();
  const [newest, time] = (recall("localStorage", base) ?? "").split(" ");
  const left = Number(time); // in ms since 1970; NaN where no whole bookmark is kept
  const fresh = updates.filter(({ dataset }) => left > 0 && dataset["at"]! > newest!);
  if (fresh[0]) {
    const time = clock(left);
    const keys = fresh.filter((update) => update.matches(".key")).length;
    box.querySelector("b")!.textContent = counted(fresh.length, fresh.length === updates.length ? "+" : "");
    box.querySelector("span")!.textContent = word(keys ? "since-key" : "since").replace("#", time).replace("%", `${keys}`);
    box.hidden = false;
    const mark = document.createElement("p");
    mark.className = "left";
    mark.textContent = word("left").replace("#", time);
    if (fresh[0] === list.firstElementChild) fresh.at(-1)!.after(mark);
    else fresh[0].before(mark);
    box.addEventListener("click", (event) => {
      const button = (event.target as Element).closest("button");
      if (!button) return;
      box.hidden = true;
      if (!button.matches(".x")) go(fresh[0]!);
    });
  }
  const leave = (): void => {
    const seen = all().map(({ dataset }) => dataset["at"]!).sort();
    remember("localStorage", base, `${seen.at(-1) ?? ""} ${Date.now()}`);
  };
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.hidden && leave());
}
