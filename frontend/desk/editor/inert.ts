// Reads pasted mark-up where nothing of it can act: in a document whose window is gone. There no script runs, nothing is
// loaded, and the page's policy has nothing to report. Nothing of it comes into the page: clean.ts writes it anew.

interface Policy {
  createHTML(html: string): string;
}
interface Types {
  /** Which TypeScript does not know, nor every browser. */
  trustedTypes?: { createPolicy(name: string, rules: Policy): Policy };
}

/** The mark-up as a tree. */
export function tree(html: string): HTMLElement {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  document.body.append(frame);
  // the frame's own policy: there is one of each name in a window
  const policy = (frame.contentWindow as Types | null)?.trustedTypes?.createPolicy("standfirst", { createHTML: (raw) => raw });
  const { body } = (frame.contentDocument ?? document).implementation.createHTMLDocument("");
  frame.remove();
  body.innerHTML = policy ? policy.createHTML(html) : html;
  return body;
}
