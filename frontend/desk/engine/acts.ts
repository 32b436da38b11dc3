// What one can do about a story besides writing: each is sent once and in order, whatever happens.
import type { Signal } from "@preact/signals";
import { type Draft, type Me, type Update, newKey } from "../api";
import type { Feed } from "./feed";
import type { Outbox } from "./outbox";
import { type Waiting, title } from "./words";

type Request = Waiting["request"];

export abstract class Acts {
  abstract readonly slug: string;
  abstract readonly me: Signal<Me>;
  abstract readonly outbox: Outbox;
  abstract readonly feed: Feed;

  /** Publish a draft of the list as the server has it. */
  publishDraft(draft: Draft): Promise<void> {
    return this.command(`Publish: ${title(draft)}`, "POST", `/drafts/${draft.id}/publish`, {}, `"${draft.rev}"`);
  }

  sendBack(draft: Draft, note: string): Promise<void> {
    return this.command(`Send back: ${title(draft)}`, "POST", `/drafts/${draft.id}/return`, { note });
  }

  unschedule(draft: Draft): Promise<void> {
    return this.command(`Do not send: ${title(draft)}`, "DELETE", `/drafts/${draft.id}/schedule`);
  }

  pin(update: Update): Promise<void> {
    const how = update.pinned ? "DELETE" : "PUT";
    return this.command(`${update.pinned ? "Unpin" : "Pin"}: ${title(update)}`, how, `/updates/${update.id}/pin`);
  }

  markKey(update: Update): Promise<void> {
    const label = `${update.key ? "No key event" : "Key event"}: ${title(update)}`;
    return this.command(label, update.key ? "DELETE" : "PUT", `/updates/${update.id}/key`);
  }

  retract(update: Update, reason: string): Promise<void> {
    return this.command(`Withdraw: ${title(update)}`, "POST", `/updates/${update.id}/retract`, { reason });
  }

  tag(update: Update, tags: string[]): Promise<void> {
    return this.command(`Tags: ${title(update)}`, "PUT", `/updates/${update.id}/tags`, { tags });
  }

  /** Whether this person may do it here; the server judges again. */
  may(action: string): boolean {
    const { can, can_in: canIn } = this.me.value;
    return (canIn[this.slug] ?? can).includes(action);
  }

  /** What one posts oneself one may edit. Of an update that is not listed any more it is one's `own` that one has a draft of. */
  mayEdit(id: string, own = this.feed.updates.value.find((update) => update.id === id)?.own ?? true): boolean {
    return this.may("update.edit") || (own && this.may("update.post"));
  }

  /** Whether this person may publish a draft: one that changes an update is published by whoever may edit that. */
  mayPublish(update: string | undefined): boolean {
    return update ? this.mayEdit(update) : this.may("update.post");
  }

  /** Any other write about this story; `path` begins behind the story's. */
  async command(label: string, method: Request["method"], path: string, body: unknown = {}, ifMatch: string | null = null): Promise<void> {
    await this.outbox.add(this.item("command", label, null, { method, path: `/stories/${this.slug}${path}`, body, ifMatch }));
  }

  item(kind: Waiting["kind"], label: string, draft: string | null, request: Request): Waiting {
    return { key: newKey(), kind, label, story: this.slug, draft, request, asked: Date.now(), said: "" };
  }
}
