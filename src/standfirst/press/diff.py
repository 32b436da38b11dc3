"""What changed between two versions of a text, word by word, as HTML that a reader can hear as well as see."""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from markupsafe import Markup

_DEL = Markup('<del><span class="vh">{}</span>{}<span class="vh">{}</span></del>')
_INS = Markup('<ins><span class="vh">{}</span>{}<span class="vh">{}</span></ins>')


def changes(before: str, after: str, gettext: Callable[[str], str]) -> Markup:
    """The later text, with what was taken out and put in marked. Unchanged paragraphs stand too."""
    old, new = _paragraphs(before), _paragraphs(after)
    out: list[Markup] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            out += (Markup("<p>{}</p>").format(text) for text in new[c:d])
        else:
            out += _reworded(old[a:b], new[c:d], gettext)
    return Markup("\n").join(out)


def _reworded(old: Sequence[str], new: Sequence[str], gettext: Callable[[str], str]) -> Iterator[Markup]:
    """Changed paragraphs: those that stand in the same place are compared word by word."""
    for n in range(max(len(old), len(new))):
        before, after = (texts[n] if n < len(texts) else "" for texts in (old, new))
        yield Markup("<p>{}</p>").format(_words(before, after, gettext))


def _words(before: str, after: str, gettext: Callable[[str], str]) -> Markup:
    old, new = before.split(), after.split()
    out: list[Markup] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        gone, come = " ".join(old[a:b]), " ".join(new[c:d])
        if op == "equal":
            out.append(Markup("{}").format(come))
            continue
        if gone:
            out.append(_DEL.format(gettext("[removed: ]"), gone, gettext("[end]")))
        if come:
            out.append(_INS.format(gettext("[added: ]"), come, gettext("[end]")))
    return Markup(" ").join(out)


def _paragraphs(text: str) -> list[str]:
    return [part for part in re.split(r"\n{2,}", text) if part.strip()]
