"""What a page says for itself and not of the news: appeals for support, invitations to comment.

Recognised by shape alone: a sentence that asks the reader for something on the paper's behalf, and the paper's own
voice ("we", "our") around it. Words inside quotation marks never count: those are somebody's.
"""

import re
from dataclasses import dataclass

_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“”]*[“”]")
_OURS = r"(?:our|quality|independent|local|trusted|public[- ]interest|fearless)"
_WORK = r"(?:journalism|reporting|newsroom|reporters|journalists|coverage|news|work)"
_ASKS = re.compile(
    r"\byour (?:\w+ )?(?:support|donation|contribution|generosity|subscription|membership)\b(?: \w+){0,1} "
    r"(?:us|makes?|means|helps?|allows?|keeps?|enables?|funds?|powers?|lets?|pays?|matters)\b"
    r"|\b(?:support|fund|back|donate to|contribute to|give to|subscribe to|pay for) "
    rf"(?:us\b|the paper\b|{_OURS} (?:\w+ )?{_WORK}\b)"
    r"|\b(?:please|can you|will you|could you) (?:\w+ )?(?:donate|subscribe|contribute|chip in|support us)\b"
    r"|^(?:subscribe|donate|sign up|register)\b(?=.*\b(?:now|today|here|free|our|newsletters?|month|inbox|e-?mail)\b)"
    r"|\bbecome an? (?:\w+ )?(?:member|subscriber|supporter|patron)\b"
    r"|\b(?:support|contribute|donate|subscribe|give) (?:from )?(?:just |as little as )?[£$€]\s?\d",
    re.IGNORECASE,
)
_OWN_VOICE = re.compile(r"\b(?:we|us|our|ours)\b", re.IGNORECASE)
_HOUSE = re.compile(
    rf"\b{_OURS} {_WORK}\b|\bpaywalls?\b|\b(?:readers|people) like you\b"
    r"|\bafford (?:it|to pay)\b|\b(?:send|sending) (?:journalists|reporters)\b",
    re.IGNORECASE,
)
_FORUM = re.compile(
    r"^(?:join|enter|visit|be part of|take part in|jump into)\b"
    r".*\b(?:forum|conversations?|discussions?|debates?|comment\w*)\b"
    r"|^(?:leave|post|add|write|read|show|hide|view|see|load|be the first to|log ?in to|sign in to)\b"
    r".{0,40}\bcomments?\b[^a-z]{0,8}$"
    r"|^have your say\b"
    r"|^(?:share|tell us|let us know)\b.*\b(?:your (?:views?|thoughts|opinions?)|what you think|in the comments)\b"
    r"|^(?:\d[\d.,]*\s+)?comments?(?:\s*\(?\d[\d.,]*\)?)?$"
    r"|\bcomment(?:ing|s)? (?:section|forum)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[a-zà-ÿ0-9’'”\")][.!?])[”\"’]?(?:\s+|(?=[A-Z“\"‘][\w“‘]))")
_REACH = 6
_LOOKED_AT = 5000  # characters of a paragraph; no appeal is longer
_LONGEST_INVITATION = 220


@dataclass(frozen=True, slots=True)
class Span:
    """Lines that are the paper's own: the first and last index, and what of the last one is news."""

    first: int
    last: int
    what: str
    rest: str


def find(lines: list[str]) -> list[Span]:
    """Every appeal and invitation among these paragraphs, in order, never overlapping."""
    spans: list[Span] = []
    index = 0
    while index < len(lines):
        span = _appeal(lines, index) or _invitation(lines, index)
        if span is None:
            index += 1
        else:
            spans.append(span)
            index = span.last + 1
    return spans


def _appeal(lines: list[str], start: int) -> Span | None:
    """From a paragraph that asks to the last one that asks, as long as all between speak in the paper's own voice."""
    if not _asks(lines[start]):
        return None
    last = start
    for index in range(start + 1, min(start + 1 + _REACH, len(lines))):
        if _asks(lines[index]):
            last = index
        elif not _own_voice(lines[index]):
            break
    if last == start and len(_sentences(lines[start])) > 1 and not _opens_with_appeal(lines[start]):
        return None
    rest = _after_appeal(lines[last])
    return Span(start, last, "an appeal for support", rest)


def _invitation(lines: list[str], start: int) -> Span | None:
    last = start - 1
    for index in range(start, len(lines)):
        line = _unquoted(lines[index]).strip()
        if len(line) > _LONGEST_INVITATION or not _FORUM.search(line):
            break
        last = index
    return Span(start, last, "an invitation to comment", "") if last >= start else None


def _after_appeal(line: str) -> str:
    """What stands behind the last sentence of the appeal: the news that lost its paragraph break."""
    sentences = _sentences(line)
    kept = max((number for number, sentence in enumerate(sentences, 1) if _asks(sentence)), default=len(sentences))
    while kept < len(sentences) and _HOUSE.search(_unquoted(sentences[kept])):
        kept += 1
    return " ".join(sentences[kept:])


def _opens_with_appeal(line: str) -> bool:
    first = _sentences(line)[0]
    return _asks(first) or bool(_HOUSE.search(_unquoted(line)))


def _asks(text: str) -> bool:
    return bool(_ASKS.search(_unquoted(text)))


def _own_voice(text: str) -> bool:
    plain = _unquoted(text)
    return bool(_OWN_VOICE.search(plain) or _HOUSE.search(plain))


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in (part.strip() for part in _SENTENCE.split(text)) if sentence]


def _unquoted(text: str) -> str:
    return _QUOTED.sub(" ", text[:_LOOKED_AT])
