// The history of a draft: what its words were before.
import type { Desk } from "../engine/desk";
import { title } from "../engine/words";
import { go } from "../router";
import { History, type Version, useSaid } from "./history";
import { open } from "./panes";

export function DraftHistory({ desk, id }: { desk: Desk; id: string }) {
  const [said, why] = useSaid<{ versions: Version[] }>(desk, `/drafts/${id}/versions`);
  const versions = said?.versions ?? [];
  const last = versions.reduce<Version | null>((newest, version) => (newest && newest.rev > version.rev ? newest : version), null);
  const again = async (version: Version): Promise<void> => {
    go({ screen: "desk", slug: desk.slug });
    await open(desk, id);
    if (desk.open.value.id === id) desk.type({ headline: version.headline, body: version.body });
  };
  return <History desk={desk} name={last ? title(last) : "Draft"} why={why} versions={versions} again={(version) => void again(version)} />;
}
