// What is worth a look before publishing. It warns and never stands in the way.
import { type Doc, type Node, type Words, plain } from "../engine/words";

export function checks({ headline, body }: Words): string[] {
  const found: string[] = [];
  if (!headline.trim()) found.push("the headline is empty");
  if (!plain(body) && !speaks(body)) found.push("there are no words below the headline");
  const unsafe = links(body).filter((href) => !href.startsWith("https://"));
  if (unsafe.length) found.push(`${unsafe.length === 1 ? "a link is" : `${unsafe.length} links are`} not https: ${unsafe[0]}`);
  return found;
}

/** Whether something stands there that is not words: a picture, a card. */
const speaks = (node: Node | Doc): boolean => "url" in (node.attrs ?? {}) || "src" in (node.attrs ?? {}) || (node.content ?? []).some(speaks);

function links(node: Node | Doc): string[] {
  const own = (node.marks ?? []).filter((mark) => mark.type === "link").map((mark) => mark.attrs?.["href"]);
  return [...own, node.attrs?.["url"], ...(node.content ?? []).flatMap(links)].filter((href): href is string => typeof href === "string");
}
