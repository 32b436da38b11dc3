# ruff: noqa: E501  # a paragraph is a line
"""A live page of which only the words are left. The sample is invented; its faults are those of real ones."""

import re

import pytest

from standfirst.story import document
from standfirst.syndication.importers import Imported, Unreadable, houseads, read, shapes

PAGE = """Harbour fire latest: Crews hold the north quay as warehouse roof falls
Eleven engines are at the scene and two streets have been cleared
Your support helps us to be there
From the council chamber to the cattle market, the Skell Echo is where it happens, and we know what that takes.
Your gift lets our reporters stay. Your donation keeps us asking both sides.
We believe good reporting should not stand behind paywalls, for those who can afford it and those who cannot.
Your support makes all the difference.The roof of the grain warehouse has fallen in, the fire chief says, and the fire is held at the north quay.
“It went all at once,” said Ida Brandt, who saw it from the ferry.
Video: Moment the warehouse roof falls
A roof forty metres long came down in three seconds. Nobody was under it.
It had been burning for two hours.
Moment the warehouse roof falls
A roof forty metres long came down in three seconds, a film made from the ferry shows.
Mayor opens the town hall to families from Quay Street
About 90 families can sleep in the town hall, Mayor Ole Finn said.
Beds came from the barracks. “We have soup and we have blankets,” he said.
Mayor opens the town hall to families from Quay Street
Exclusive: Ole Finn tells our reporter why he did not wait for the county and what it will cost the town in the end
Why does grain dust explode?
Flour and grain burn quickly because every speck has air around it.
But why does grain dust explode at all?
In a closed silo one spark lights the cloud, and the cloud lifts more dust from the floor.
The harbour that would not be insured… and what it says about us
The harbour nobody would insure says much about us
The town was told three times what would happen, and chose the cheaper letter, writes Mara Lind
Photos: Night of smoke over the harbour
Firefighter treated for burns
A firefighter of 26 was taken to hospital with burns to both hands. She is out of danger.
What a harbour owes its town
A harbour is a street that ends in water. It should be swept like one.
Read more in The Echo View:
What a harbour owes its town
The council has until spring to decide who pays, and it should not be those who were told to leave their homes and did so, with their children
Join our debate
Join the conversation, follow other readers and see their replies
12 Comments
"""


def page(text: str = PAGE) -> Imported:
    return read(text.encode(), name="page.txt")


def test_title_standfirst_and_one_update_for_each_section_newest_first_in_the_file() -> None:
    found = page()
    assert found.headline == PAGE.split("\n")[0]
    assert found.standfirst == PAGE.split("\n")[1]
    assert [update.headline for update in reversed(found.updates)] == [
        "Crews hold the north quay as warehouse roof falls",
        "Video: Moment the warehouse roof falls",
        "Mayor opens the town hall to families from Quay Street",
        "Why does grain dust explode?",
        "The harbour that would not be insured… and what it says about us",
        "Photos: Night of smoke over the harbour",
        "Firefighter treated for burns",
        "What a harbour owes its town",
    ]
    assert not found.faults


def test_an_appeal_glued_to_the_news_is_taken_off() -> None:
    lead = page().updates[-1]
    said = document.plain(document.parse(lead.body))
    assert said.startswith("The roof of the grain warehouse has fallen in")
    everything = "\n".join(document.plain(document.parse(update.body)) for update in page().updates)
    assert not re.search(r"donation|Your support|paywall|debate|Comments|conversation", everything)
    assert [(note.line, note.text.split(",")[0]) for note in page().left_out] == [
        (3, "left out (to line 7): an appeal for support"),
        (34, "left out (to line 36): an invitation to comment"),
    ]


def test_repeated_teasers_are_cards_in_the_update_that_they_repeat() -> None:
    cards = {
        update.headline: block["attrs"]
        for update in page().updates
        for block in document.parse(update.body)["content"]
        if block["type"] == "article_card"
    }
    assert {headline: attrs.get("label") for headline, attrs in cards.items()} == {
        "Video: Moment the warehouse roof falls": "Video",
        "Mayor opens the town hall to families from Quay Street": None,
        "The harbour that would not be insured… and what it says about us": "Opinion",
        "Photos: Night of smoke over the harbour": "Pictures",
        "What a harbour owes its town": "Editorial",
    }
    assert cards["What a harbour owes its town"]["summary"].startswith("The council has until spring")
    assert cards["Photos: Night of smoke over the harbour"]["title"] == "Night of smoke over the harbour"


def test_kinds_follow_the_shape() -> None:
    kinds = {update.headline.split(":")[0]: update.kind for update in page().updates}
    assert (kinds["Video"], kinds["Photos"], kinds["Why does grain dust explode?"]) == ("video", "picture", "explainer")
    assert kinds["What a harbour owes its town"] == "opinion"
    assert kinds["Firefighter treated for burns"] == "report"


def test_a_teaser_before_its_section_goes_into_it() -> None:
    found = page(
        "Title\nStand.\nRiver falls\nIt falls, says the gauge.\nRiver falls\nIt fell by a metre.\nIt is calm.\n"
    )
    assert [u.headline for u in found.updates] == ["River falls"]
    assert [b["type"] for b in found.updates[0].body["content"]] == ["paragraph", "paragraph", "article_card"]


def test_a_lead_without_a_live_title_has_no_headline() -> None:
    assert page("The title\nThe standfirst.\nA lead paragraph.\nAnother.\n").updates[0].headline == ""


def test_lines_wrapped_at_a_width_are_joined() -> None:
    wrapped = (
        "The title\n\nThe standfirst of it.\n\nA heading here\n\n"
        "This paragraph was wrapped by an old mail program at a width\nof some sixty characters and goes on here.\n\nNext one.\n"
    )
    body = page(wrapped).updates[0].body
    assert document.plain(body).split("\n\n")[0].endswith("sixty characters and goes on here.")


def test_bullets_are_a_list() -> None:
    body = page("T\nS.\nWhat we know\nThis is known:\n• One thing\n• Another thing\nThat is all.\n").updates[0].body
    assert [block["type"] for block in body["content"]] == ["paragraph", "bullet_list", "paragraph"]


def test_nothing_under_the_title_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"page\.txt has no updates"):
        page("Only a title\n")


@pytest.mark.parametrize(
    "line",
    [
        "Residents can donate blankets at the town hall.",
        "“Your support makes all the difference,” the mayor told volunteers.",
        "The opposition asked members to support our motion.",
        "Hundreds joined the debate in parliament.",
        "Subscribers to the gas network were cut off.",
        "The minister declined to comment.",
        "We believe the wall will hold, the engineer said.",
    ],
)
def test_news_is_not_taken_for_the_papers_own_words(line: str) -> None:
    assert houseads.find([line]) == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Please subscribe to support our journalism", "an appeal for support"),
        ("Sign up to our free morning newsletter", "an appeal for support"),
        ("Become a member from £3 a month", "an appeal for support"),
        ("Support independent journalism today", "an appeal for support"),
        ("Have your say", "an invitation to comment"),
        ("View 48 comments", "an invitation to comment"),
        ("Join the discussion below", "an invitation to comment"),
    ],
)
def test_the_papers_own_words_are_known_by_their_shape(line: str, what: str) -> None:
    assert [span.what for span in houseads.find(["News.", line, "More news."])] == [what]


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("Minister resigns after vote", True),
        ("Why did the wall fail?", True),
        ("But why did it fail?", False),
        ("“We have lost everything”", False),
        ("It was over by noon.", False),
        ("a lower-case continuation", False),
        ("Word", False),
        ("x" * 200, False),
    ],
)
def test_headings_by_shape(line: str, heading: bool) -> None:
    assert shapes.is_heading(line) is heading
