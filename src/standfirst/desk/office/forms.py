"""The office's forms. What is allowed is judged by the services; here it gets its shape, and its errors their place."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms

from standfirst.accounts.brakes import WHY
from standfirst.accounts.invitations import ADDRESS, LASTS, LONGEST, NAME, OF_A_STORY
from standfirst.accounts.newsroom import Newsroom
from standfirst.accounts.people import IN_NEWSROOM
from standfirst.accounts.roles import ACTIONS, MEANING, SCOPES, Action, Actor, Thing, can
from standfirst.accounts.settings_rules import LEGAL, LIMITS, RULES, URL
from standfirst.accounts.settings_rules import NAME as HOUSE
from standfirst.desk.undo import LONGEST as REASON_MOST
from standfirst.desk.undo import REASON
from standfirst.press.colours import DARK_PAPER, PAPER, TOKENS, Colour, faults

ROLES = {
    "owner": "Owner: everything, people and settings too",
    "editor": "Editor: publishes and sees to all stories",
    "reporter": "Reporter: files to the desk",
    "moderator": "Moderator: reads, and sees to readers' comments",
    "viewer": "Viewer: reads",
    "contributor": "Contributor: files to this story",
}
BYLINES = {"names": "Ada Vale and Bo Lind", "by": "By Ada Vale and Bo Lind"}
FACTORS = {
    "auto": "Owners and editors, once they have one",
    "always": "Everybody who publishes",
    "never": "Nobody",
}
OURS = {"accent": ("#15171a", "#eceae5"), "live": ("#b5121f", "#ff8078"), "key": ("#0a4f6e", "#86c8e6")}
"""Ours, as frontend/shared/tokens.css has them: shown where the newsroom has none."""

Choices = list[tuple[str, str]]


class Role(forms.Form):
    """What somebody may do in the whole newsroom."""

    role = forms.ChoiceField(
        required=False, choices=[("", "None: single stories only"), *((role, ROLES[role]) for role in IN_NEWSROOM)]
    )
    publishes = forms.BooleanField(
        required=False, label="May publish without the desk", help_text="For a reporter; the others need no leave."
    )


class Invite(forms.Form):
    """A way in. Which stories and roles can be given depends on who invites."""

    story = forms.ChoiceField(required=False, label="For", help_text="The whole newsroom, or one story and no other.")
    role = forms.ChoiceField()
    publishes = forms.BooleanField(required=False, label="A reporter of the newsroom may publish without the desk")
    until = forms.DateField(
        required=False,
        label="Access to a single story ends on",
        help_text="At midnight UTC; leave it empty for as long as the story is there.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    name = forms.CharField(required=False, max_length=NAME, help_text="It stands in the form that they fill in.")
    email = forms.EmailField(
        required=False,
        max_length=ADDRESS,
        label="E-mail address",
        help_text="With one, nobody else can use the link. Without, whoever has it can: print it and hand it over.",
    )
    days = forms.IntegerField(
        min_value=1, max_value=LONGEST.days, initial=LASTS.days, label="The link works for so many days"
    )
    field_order = ("story", "role", "publishes", "until", "name", "email", "days")

    def __init__(self, *args: Any, actor: Actor, stories: Mapping[str, str], **kwargs: Any) -> None:
        """`stories`: headlines by slug."""
        super().__init__(*args, **kwargs)
        everywhere = can(actor, "people.manage")
        given: Choices = [("", "The whole newsroom")] if everywhere else []
        given += [(slug, name[:80]) for slug, name in stories.items() if can(actor, "story.invite", Thing(slug))]
        roles = (*IN_NEWSROOM, "contributor") if everywhere else OF_A_STORY
        self.fields["story"].choices = given  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["role"].choices = [(role, ROLES[role]) for role in roles]  # type: ignore[attr-defined]  # as above
        self.fields["role"].initial = "contributor" if not everywhere else "reporter"
        if not everywhere:
            del self.fields["publishes"]

    @property
    def lasts(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])

    @property
    def ends(self) -> datetime | None:
        """When access to the story ends: at the end of the day that was named."""
        return midnight(self.cleaned_data["until"])


def _scope(scope: str, may: Collection[Action]) -> str:
    """A scope as a choice; that it lets one read, too, goes without saying for all but the first."""
    more = [action for action in ACTIONS if action in may and (action != "read" or len(may) == 1)]
    return f"{scope}: {'; '.join(MEANING[action] for action in more)}"


class MakeToken(forms.Form):
    """A machine's key."""

    name = forms.CharField(max_length=200, help_text="What it is for, as the list and the audit show it.")
    scopes = forms.MultipleChoiceField(
        choices=[(scope, _scope(scope, may)) for scope, may in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        label="It may",
        help_text="As little as it needs.",
    )
    until = forms.DateField(
        required=False,
        label="It ends on",
        help_text="At midnight UTC; leave it empty for a token that lasts until it is revoked.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class Settings(forms.Form):
    """Everything but the logo, which has a form of its own."""

    name = forms.CharField(max_length=HOUSE, help_text="On every page, and as publisher in the structured data.")
    languages = forms.CharField(
        max_length=400,
        help_text="Tags such as en, de or es-MX, separated by commas. Pages without a story are in the first one.",
    )
    zone = forms.CharField(
        max_length=64, label="Time zone", help_text="Such as Europe/Paris: what new stories begin with."
    )
    byline_style = forms.ChoiceField(choices=list(BYLINES.items()), label="Bylines")
    corrections_policy = forms.CharField(
        required=False, max_length=URL, help_text="An https address: linked at the foot of every page."
    )
    principles = forms.CharField(
        required=False, max_length=URL, label="Publishing principles", help_text="An https address, as above."
    )
    legal_footer = forms.CharField(
        required=False,
        max_length=LEGAL,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Plain text at the foot of every page; addresses in it are not linked.",
    )
    domains = forms.CharField(
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Further domains",
        help_text="Host names of this newsroom beside its public address, one a line.",
    )
    publish_factor = forms.ChoiceField(choices=list(FACTORS.items()), label="Who needs a passkey to publish")
    breaker_posts = forms.IntegerField(
        min_value=1, max_value=10_000, label="The breaker lets through this many updates"
    )
    breaker_seconds = forms.IntegerField(
        min_value=1,
        max_value=3600,
        label="within so many seconds",
        help_text="Who publishes more is paused until an owner looks.",
    )
    mass_retraction = forms.IntegerField(
        min_value=1,
        max_value=1000,
        label="Retractions in an hour",
        help_text="Who retracts more signs in again; a token retracts no more.",
    )

    def __init__(self, *args: Any, newsroom: Newsroom, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = _initial(newsroom)
        for token, meaning in TOKENS.items():
            for mode, paper in (("light", PAPER), ("dark", DARK_PAPER)):
                self.fields[f"{token}_{mode}"] = forms.CharField(
                    max_length=7,
                    required=False,
                    label=f"{token.capitalize()}, on {mode} paper",
                    help_text=f"The colour of {meaning} on {paper}; empty: ours.",
                )
        for name, (least, most) in LIMITS.items():
            self.fields[name].widget.attrs.update(min=least, max=most)

    def wanted(self) -> dict[str, Any]:  # Any: see accounts.settings_rules
        """What was sent, as the service takes it."""
        given = self.cleaned_data
        colours = {}
        for token in TOKENS:
            light, dark = given[f"{token}_light"].strip().lower(), given[f"{token}_dark"].strip().lower()
            if light or dark:
                colours[token] = (light or OURS[token][0], dark or OURS[token][1])
        plain = {name: given[name] for name in RULES if name not in ("logo", "colours", "languages", "domains")}
        languages = [tag.strip() for tag in given["languages"].split(",") if tag.strip()]
        return {**plain, "colours": colours, "languages": languages, "domains": given["domains"].split()}

    def refuse(self, errors: Mapping[str, str], wanted: Mapping[str, Any]) -> None:
        """Put what the service said beside the fields it is about; what is wrong with colours, each beside its own."""
        for name, error in errors.items():
            if name != "colours":
                self.add_error(name, error)
        for token, pair in wanted["colours"].items() if "colours" in errors else ():
            for mode, alone in (("light", (pair[0], OURS[token][1])), ("dark", (OURS[token][0], pair[1]))):
                for fault in faults(token, Colour(*alone)):
                    self.add_error(f"{token}_{mode}", fault)


_NO_FILE = (
    "No file came with this: choose it here, and send it again. If you were just asked who you are, the file that you"
    " had chosen was not kept."
)


class UploadLogo(forms.Form):
    logo = forms.FileField(
        label="PNG file",
        help_text="At most 1200 x 400 pixels and 100 kB. It stands on light paper, by night too.",
        widget=forms.ClearableFileInput(attrs={"accept": "image/png"}),
        error_messages={"required": _NO_FILE},
    )


class Filter(forms.Form):
    """What of the audit is shown."""

    actor = forms.CharField(required=False, max_length=200, label="Who", help_text="As in the list, or part of a name.")
    action = forms.CharField(
        required=False, max_length=40, help_text="Such as update.post, or session for all of them."
    )
    day = forms.DateField(required=False, label="Day (UTC)", widget=forms.DateInput(attrs={"type": "date"}))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**53, widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, min_value=0, max_value=2**53, widget=forms.HiddenInput)


class Freeze(forms.Form):
    why = forms.CharField(
        required=False, max_length=WHY, label="Why", help_text="Whoever is signed in and tries to write reads it."
    )


class Burst(forms.Form):
    """Whose burst, since when, and what readers are told."""

    actor = forms.RegexField(
        "^(person|token):[a-z0-9]{1,16}$",
        max_length=30,
        label="Whose",
        help_text="The id, as the audit shows it: person:k3... or token:0a1b...",
        error_messages={"invalid": "This is no id of a person or a token: copy it from the list or from the audit."},
    )
    since = forms.DateTimeField(
        label="Since (UTC)",
        help_text="What they did before stays.",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(
        max_length=REASON_MOST, initial=REASON, required=False, label="What readers are told of it", empty_value=REASON
    )

    def about_them(self) -> None:
        """It is known whose: only the rest is asked."""
        self.fields["actor"].widget = forms.HiddenInput()


def midnight(day: Any) -> datetime | None:  # Any: a date or None, from a form
    """The end of a day."""
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), UTC)


def _initial(newsroom: Newsroom) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(newsroom, name) for name in RULES if name not in ("logo", "colours")}
    found["languages"] = ", ".join(newsroom.languages)
    found["domains"] = "\n".join(newsroom.domains)
    for token, colour in newsroom.colours.items():
        found[f"{token}_light"], found[f"{token}_dark"] = colour
    return found
