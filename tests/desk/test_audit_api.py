"""The audit trail over the API: pages of it, for those who may, and for nobody else."""

from standfirst.record.entry import leaf_hash
from tests.desk.conftest import Newsroom, problem


def test_pages_are_newest_first_and_can_be_checked(newsroom: Newsroom) -> None:
    newsroom.story()
    updates = [newsroom.update() for _ in range(4)]
    first = newsroom.ask("GET", "/audit?limit=3").json()
    second = newsroom.ask("GET", f"/audit?limit=3&cursor={first['next']}").json()
    found = first["entries"] + second["entries"]
    assert [entry["thing"] for entry in found] == [
        *(f"update flood/{update}" for update in reversed(updates)),
        "story flood",
    ]
    assert second["next"] is None
    assert all(leaf_hash(entry["form"].encode()) == entry["hash"] for entry in found)
    assert [entry["prev"] for entry in found[:-1]] == [entry["hash"] for entry in found[1:]]


def test_one_actor_alone(newsroom: Newsroom) -> None:
    newsroom.story()
    newsroom.update(role="editor")
    found = newsroom.ask("GET", f"/audit?actor={newsroom.actors['editor']}").json()["entries"]
    assert [entry["action"] for entry in found] == ["update.post"]


def test_only_those_who_may(newsroom: Newsroom) -> None:
    problem(newsroom.ask("GET", "/audit", role="viewer"), 403)
    problem(newsroom.ask("GET", "/audit", role="editor"), 403)  # this token has no scope for it
    problem(newsroom.ask("GET", "/audit", role=None), 401)


def test_bad_parameters_are_named(newsroom: Newsroom) -> None:
    for query in ("cursor=abc", "cursor=-1", "limit=0", "limit=1000", "actor=a%0Ab"):
        assert problem(newsroom.ask("GET", f"/audit?{query}"), 422)["errors"][0]["field"] in query
