// The history of an update on the page.
import type { Update } from "../api";
import type { Desk } from "../engine/desk";
import { title, wordsOf } from "../engine/words";
import { go } from "../router";
import { History, type Version, useSaid } from "./history";
import { toWrite } from "./panes";
import { when, zoneOf } from "./times";

export function UpdateHistory({ desk, id }: { desk: Desk; id: string }) {
  const [said, why] = useSaid<Update & { history: Version[] }>(desk, `/updates/${id}`);
  if (!said) return <History desk={desk} name="Update" why={why} versions={[]} />;
  const again = async (version: Version): Promise<void> => {
    go({ screen: "desk", slug: desk.slug });
    await desk.edit(said);
    desk.type({ headline: version.headline, body: version.body });
    toWrite();
  };
  const mended = said.history.length ? said.history : [{ rev: said.rev, at: said.changed ?? said.published, ...wordsOf(said) }];
  const edits = !said.retraction && desk.mayEdit(said.id, said.own);
  return (
    <History desk={desk} name={title(said)} why={why} versions={mended} again={edits ? (version) => void again(version) : undefined}>
      <p class="desk-small">
        Published {when(said.published, zoneOf(desk))}.{" "}
        <a href={said.url} target="_blank" rel="noopener">
          Open on the page
        </a>
      </p>
      {said.retraction && (
        <p class="desk-banner is-warn">
          Withdrawn {when(said.retraction.at, zoneOf(desk))}: {said.retraction.reason}
        </p>
      )}
    </History>
  );
}
