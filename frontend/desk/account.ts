// What account pages can do beyond plain forms: passkeys, codes to copy and print, times as the clock here shows them.
import { passkeys } from "./passkey";

function each(selector: string, use: (element: HTMLElement) => void): void {
  document.querySelectorAll<HTMLElement>(selector).forEach(use);
}

// The text of an element by its id; of a list, a line for each.
function textOf(id: string | undefined): string {
  const from = document.getElementById(id ?? "");
  const lines = [...(from?.children ?? [])].map((line) => (line.textContent ?? "").trim());
  return lines.length ? lines.join("\n") : (from?.textContent ?? "").trim();
}

// <button data-copy="id">: copies that text, and answers in the button itself.
function copy(button: HTMLElement): void {
  const words = button.textContent ?? "";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(textOf(button.dataset["copy"]));
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied: select the text and copy it";
    }
    setTimeout(() => (button.textContent = words), 4000);
  });
}

// <button data-save="id">: that text as a file, without asking the server for it again.
function save(button: HTMLElement): void {
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([textOf(button.dataset["save"]), "\n"], { type: "text/plain" }));
    link.download = `${button.dataset["save"]}.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
}

// <input type="password">, with a button that shows what is typed.
function peek(button: HTMLElement): void {
  const input = button.previousElementSibling;
  if (!(input instanceof HTMLInputElement)) return;
  const show = (shown: boolean): void => {
    input.type = shown ? "text" : "password";
    if (button.firstChild) button.firstChild.nodeValue = shown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false)); // so that browsers know it for a password
}

// <time datetime>: in the zone of whoever looks. Without a script it stays what the server wrote, which names its zone.
function local(time: HTMLElement): void {
  const at = new Date(time.getAttribute("datetime") ?? "");
  if (Number.isNaN(at.getTime())) return;
  time.title = time.textContent ?? "";
  time.textContent = at.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}

// The page at the end of a dialog of the desk: the desk hears of it, and asks again for what it was refused.
function signedIn(): void {
  tell("signed-in");
}

// Where one signs in nobody is signed in: the desk does not open without the network to whoever was here last.
function signedOut(): void {
  try {
    indexedDB.deleteDatabase("standfirst"); // of engine/last.ts
  } catch {
    // a browser that keeps nothing
  }
  tell("signed-out");
}

function tell(type: string): void {
  const channel = new BroadcastChannel("standfirst");
  channel.postMessage({ type });
  channel.close();
}

each("[data-copy]", copy);
each("[data-save]", save);
each("[data-print]", (button) => button.addEventListener("click", () => print()));
each("[data-peek]", peek);
each("time[datetime]", local);
each("[data-signed-in]", signedIn);
each("[data-signed-out]", signedOut);
document.querySelectorAll<HTMLFormElement>("form[data-passkey]").forEach(passkeys);
