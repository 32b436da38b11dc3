"""What the audit trail says of a command: the action, what it was done to, and the entries that tell of it."""

from collections.abc import Mapping

from standfirst.accounts import audit
from standfirst.accounts.roles import Action
from standfirst.story.commands import (
    ChangeStory,
    ClearSummary,
    Command,
    EditUpdate,
    EraseUpdate,
    MarkKey,
    OpenStory,
    PinUpdate,
    PostUpdate,
    ReopenStory,
    RetractUpdate,
    SetStatus,
    TagUpdate,
    UnpinUpdate,
    WriteSummary,
)

ACTIONS: Mapping[type[Command], Action] = {
    OpenStory: "story.open",
    ChangeStory: "story.change",
    SetStatus: "story.status",
    ReopenStory: "story.reopen",
    WriteSummary: "summary.write",
    ClearSummary: "summary.write",
    PostUpdate: "update.post",
    EditUpdate: "update.edit",
    RetractUpdate: "update.retract",
    EraseUpdate: "update.erase",
    PinUpdate: "update.pin",
    UnpinUpdate: "update.pin",
    MarkKey: "update.key",
    TagUpdate: "update.tag",
}
"""Every command. An edit that readers are told of is an `update.correct`."""


def action(command: Command) -> Action:
    """What a command is, as the rule book names it."""
    if isinstance(command, EditUpdate) and command.mode == "correction":
        return "update.correct"
    return ACTIONS[type(command)]


def note(slug: str, command: Command, actor: str, session: str, first: int, last: int) -> None:
    """Write down that `command` made the story's entries `first` to `last`, in the transaction that writes them."""
    update: str | None = getattr(command, "id", None)
    thing = f"update {slug}/{update}" if update else f"story {slug}"
    audit.note(actor, session, action(command), thing, seq=[first, last])
