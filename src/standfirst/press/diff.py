"""What changed between two versions of a text, word by word, as HTML that a reader can hear as well as see."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from markupsafe import Markup

WORK = 2_000_000
"""Steps that comparing two texts may take at worst. Beyond it, what was removed and added is shown whole."""

_DEL = Markup('<del><span class="vh">{}</span>{}<span class="vh">{}</span></del>')
_INS = Markup('<ins><span class="vh">{}</span>{}<span class="vh">{}</span></ins>')

_Ops = Iterator[tuple[bool, int, int, int, int]]


def changes(before: str, after: str, gettext: Callable[[str], str]) -> Markup:
    """The later text, with what was taken out and put in marked. Unchanged paragraphs stand too."""
    old, new = _paragraphs(before), _paragraphs(after)
    comparing, out = _Comparing(gettext), list[Markup]()
    for same, a, b, c, d in comparing.ops(old, new):
        if same:
            out += (Markup("<p>{}</p>").format(text) for text in new[c:d])
        else:
            out += comparing.reworded(old[a:b], new[c:d])
    return Markup("\n").join(out)


class _Comparing:
    """Compares the parts of two texts as long as there is work left for it."""

    def __init__(self, gettext: Callable[[str], str]) -> None:
        self.gettext = gettext
        self.left = WORK

    def ops(self, old: Sequence[str], new: Sequence[str]) -> _Ops:
        """Stretches that are the same or not, as `old[a:b]` and `new[c:d]`, in order."""
        head = _shared(old, new)
        tail = _shared(old[head:][::-1], new[head:][::-1])
        rest, other = old[head : len(old) - tail], new[head : len(new) - tail]
        if head:
            yield True, 0, head, 0, head
        for same, a, b, c, d in self._between(rest, other):
            yield same, head + a, head + b, head + c, head + d
        if tail:
            yield True, len(old) - tail, len(old), len(new) - tail, len(new)

    def _between(self, old: Sequence[str], new: Sequence[str]) -> _Ops:
        work = worst(old, new)
        if work > self.left:
            yield False, 0, len(old), 0, len(new)
            return
        self.left -= work
        for op, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
            yield op == "equal", a, b, c, d

    def reworded(self, old: Sequence[str], new: Sequence[str]) -> Iterator[Markup]:
        """Changed paragraphs: those that stand in the same place are compared word by word."""
        for n in range(max(len(old), len(new))):
            before, after = (texts[n] if n < len(texts) else "" for texts in (old, new))
            yield Markup("<p>{}</p>").format(self._words(before, after))

    def _words(self, before: str, after: str) -> Markup:
        old, new = before.split(), after.split()
        out: list[Markup] = []
        for same, a, b, c, d in self.ops(old, new):
            gone, come = " ".join(old[a:b]), " ".join(new[c:d])
            if same:
                out.append(Markup("{}").format(come))
                continue
            if gone:
                out.append(_DEL.format(self.gettext("[removed: ]"), gone, self.gettext("[end]")))
            if come:
                out.append(_INS.format(self.gettext("[added: ]"), come, self.gettext("[end]")))
        return Markup(" ").join(out)


def worst(old: Sequence[str], new: Sequence[str]) -> int:
    """Steps that `SequenceMatcher` takes at worst: each pair of like parts, once for each part that is found."""
    here, there = Counter(old), Counter(new)
    pairs = sum(count * there[part] for part, count in here.items())
    return min(len(old), len(new)) * (max(len(old), len(new)) + pairs)


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many parts both begin with."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _paragraphs(text: str) -> list[str]:
    return [part for part in re.split(r"\n{2,}", text) if part.strip()]
