// All words of this device as plain text, for when the browser does not keep them.
import type { Keep } from "./keep";
import { plain } from "./words";

/** Half-written words outside drafts, by how their names begin. */
export const FORMS = ["open", "story/", "summary/", "return ", "telling ", "withdraw "];

export async function asText(keep: Keep): Promise<string> {
  const drafts = (await keep.all()).sort((a, b) => b.changed - a.changed);
  const forms = await Promise.all(FORMS.map((name) => keep.texts<unknown>(name)));
  return [
    ...drafts.map(({ story, words, changed }) => {
      const at = new Date(changed).toLocaleString(undefined, { hour12: false });
      return [`${story}, ${at}`, words.headline, words.bylines.join(", "), plain(words.body)].filter(Boolean).join("\n\n");
    }),
    ...forms.flat().map(([name, words]) => `${name}\n\n${typeof words === "string" ? words : JSON.stringify(words, null, 1)}`),
  ].join("\n\n----\n\n");
}

export function download(text: string): void {
  const link = document.createElement("a");
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.href = url;
  link.download = `desk-words-${new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-")}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Whether the browser let us. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
