from hypothesis import given
from hypothesis import strategies as st

from standfirst.edge.documents import OVERHEAD, Document
from standfirst.edge.shelf import Shelf


def sized(size: int) -> Document:
    return Document(bytes(size - OVERHEAD), None, "text/plain", (), "tag")


def test_the_least_recently_used_goes_first() -> None:
    shelf = Shelf(30_000)
    for name in "abc":
        shelf.put(("flood", "page", name), sized(10_000))
    shelf.get(("flood", "page", "a"))
    shelf.put(("flood", "page", "d"), sized(10_000))
    assert [n for n in "abcd" if shelf.get(("flood", "page", n))] == ["a", "c", "d"]


def test_a_story_is_cleared_and_no_other() -> None:
    shelf = Shelf(100_000)
    keys = [("flood", "page", ""), ("flood", "page", "key-events"), ("flood", "log", "1"), ("vote", "page", "")]
    for key in keys:
        shelf.put(key, sized(6000))
    shelf.clear("flood", "page")
    assert [key for key in keys if shelf.get(key)] == keys[2:]
    assert shelf.taken == 12_000


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(4000, 40_000))))
def test_it_never_takes_more_than_its_room(puts: list[tuple[int, int]]) -> None:
    shelf = Shelf(60_000)
    for name, size in puts:
        shelf.put(("flood", "page", str(name)), sized(size))
        assert shelf.taken <= 60_000
    kept = [found for name in range(10) if (found := shelf.get(("flood", "page", str(name))))]
    assert sum(document.size for document in kept) == shelf.taken


def test_what_is_larger_than_the_shelf_is_not_kept() -> None:
    shelf = Shelf(10_000)
    shelf.put(("flood", "page", "small"), sized(6000))
    shelf.put(("flood", "page", "large"), sized(10_001))
    assert shelf.get(("flood", "page", "small")) is not None
    assert len(shelf) == 1
