// Changes the page under a reader's eyes: what has not changed keeps its nodes (focus, selection, open details, scrolled
// strips live on), and what is being read does not move.
import { tick } from "./times";

interface Policy {
  createHTML(html: string): string;
}
declare global {
  interface Window {
    trustedTypes?: { createPolicy(name: string, rules: Policy): Policy };
  }
}

// The only door for HTML from the server, which is the one that rendered the page.
const policy = window.trustedTypes?.createPolicy("standfirst", { createHTML: (html) => html });

/** HTML from the server as nodes, relative times filled in. */
export function nodes(html: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = policy?.createHTML(html) ?? html;
  tick(template.content);
  return template.content;
}

/** Makes `from` what `to` is, an element of the same name, reusing every node that can stay. */
function morph(from: Element, to: Element): void {
  for (const { name } of [...from.attributes]) if (name !== "open" && !to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  const wanted = [...to.childNodes];
  let at = from.firstChild;
  wanted.forEach((node, i) => {
    let same = at;
    if (node instanceof Element) while (same && !same.isEqualNode(node)) same = same.nextSibling;
    else if (!same?.isEqualNode(node)) same = null;
    if (same) {
      while (at !== same) at = removed(at!);
      at = same.nextSibling;
    } else if (at instanceof Element && node instanceof Element && alike(at, node) && !comes(at, wanted, i)) {
      const next = at.nextSibling;
      morph(at, node);
      at = next;
    } else from.insertBefore(node, at);
  });
  while (at) at = removed(at);
}

const alike = (a: Element, b: Element): boolean =>
  a.nodeName === b.nodeName && a.id === b.id && a.className === b.className;

const comes = (node: Node, wanted: Node[], after: number): boolean =>
  wanted.some((other, i) => i > after && node.isEqualNode(other));

function removed(node: ChildNode): ChildNode | null {
  const next = node.nextSibling;
  node.remove();
  return next;
}

/** Puts `html` in the place of the element that has its id, if it is below `root`. */
export function replace(root: Document | DocumentFragment, id: string, html: string): void {
  const from = root.getElementById(id);
  const to = nodes(html).firstElementChild;
  if (from && to) from.nodeName === to.nodeName ? morph(from, to) : from.replaceWith(to);
}

const READ = ":is(#head,#summary,#pinned,#updates,#closing) :is(h1,h2,h3,h4,p,li,blockquote)";

/** Does `change`, and scrolls so that what the reader has before their eyes stays where it is. */
export function steadily(change: () => void): void {
  const reading = [...document.querySelectorAll(READ)]
    .map((element) => ({ element, top: element.getBoundingClientRect().top }))
    .filter(({ element, top }) => top < innerHeight && element.getBoundingClientRect().bottom > 0);
  change();
  const kept = reading.find(({ element }) => element.isConnected);
  // Without this a smooth-scrolling style sheet would animate it.
  if (kept) scrollBy({ top: kept.element.getBoundingClientRect().top - kept.top, behavior: "instant" });
}

/** Brings an update before the reader's eyes and the focus to its headline. */
export function go(update: Element | null): void {
  if (!update) return;
  update.scrollIntoView();
  const heading = update.querySelector<HTMLElement>("h3")!;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
