"""Sentences of words that are each written once, and the judge who finds each of them again, in order, once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

_NOUNS = ("pump", "lorry", "ferry", "tide", "wall", "crew", "lamp", "ward", "quay", "boat")
_VERBS = ("holds", "opens", "waits", "turns", "leaks", "rises", "stops", "falls")
_SMALL = ("near", "past", "by", "under", "after", "along")


class Writer:
    """Makes sentences; every word carries a number that no other has."""

    def __init__(self, seed: object) -> None:
        self._chance = Random(f"{seed}/words")
        self._count = 0

    def sentence(self, length: int) -> str:
        """So many words, with a full stop."""
        return f"{' '.join(self.words(length)).capitalize()}."

    def words(self, length: int) -> list[str]:
        turns = (_NOUNS, _VERBS, _SMALL)
        return [self._numbered(self._chance.choice(turns[place % 3])) for place in range(length)]

    def _numbered(self, word: str) -> str:
        self._count += 1
        return f"{word}{self._count:04d}"


def wrong(expected: Sequence[str], found: Sequence[str]) -> list[str]:
    """What is not as it was written, for people; nothing if each expected text was found, once, with each word in its
    place. Texts are compared by their words: how lines are broken is no word."""
    wanted, there = Counter(map(_plain, expected)), Counter(map(_plain, found))
    lost, strange = list((wanted - there).elements()), list((there - wanted).elements())
    said = []
    for text in strange:
        near = max(lost, key=lambda one: len(set(one.split()) & set(text.split())), default="")
        if not set(near.split()) & set(text.split()):
            said.append(f"nobody expects: {text!r}")
            continue
        lost.remove(near)
        said += differences(near.split(), text.split())
    return said + [f"lost as a whole: {text!r}" for text in lost]


def differences(expected: Sequence[str], found: Sequence[str]) -> list[str]:
    """Which words of one text are doubled, missing, strange or out of place."""
    count = Counter(found)
    said = [f"{word} stands {times} times" for word, times in count.items() if times > expected.count(word) > 0]
    said += [f"{word} is missing" for word in expected if word not in count]
    said += [f"{word} was not written" for word in found if word not in expected]
    order = [word for word in found if word in expected]
    if not said and order != list(expected):
        place = next(n for n, (a, b) in enumerate(zip(expected, order, strict=True)) if a != b)
        said.append(f"{order[place]} stands where {expected[place]} was written")
    return said


def _plain(text: str) -> str:
    return " ".join(text.split())


def joined(headline: str, lines: Iterable[str]) -> str:
    return " ".join([headline, *lines])
