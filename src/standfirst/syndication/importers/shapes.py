"""What a bare line of a live page is, judged by its shape: heading, teaser label, pointer, or prose."""

import re
import unicodedata

_LABELS = (
    ("Video", r"video|watch"),
    ("Pictures", r"photos?|pictures?|in pictures|in photos|gallery|images"),
    ("Opinion", r"opinion|comment|voices|column|op-ed"),
    ("Editorial", r"editorial|leader|leading article"),
    ("Analysis", r"analysis"),
)
_PREFIX = re.compile(
    "^(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS) + r")\s*[:|–—]\s*(?=\S)", re.IGNORECASE
)
_POINTER = re.compile(
    r"^(?:read|watch|listen|see|find out|more)\b(?: more| also| the full story| here| on this)?\b.{0,80}:$"
    r"|^(?:read more|see also|full story|more on this|related)\b.{0,60}[:.…]?$",
    re.IGNORECASE,
)
_COLUMNIST = re.compile(
    r",? (?:says|writes|argues|asks|believes|warns) (?:[A-ZÀ-Þ][\w’'-]+ ){1,3}?[A-ZÀ-Þ][\w’'-]+\.?$"
)
_COLUMNIST_FIRST = re.compile(r"^[A-ZÀ-Þ][\w’'-]+ [A-ZÀ-Þ][\w’'-]+ (?:argues|writes|asks why|on why)\b")
_CONJUNCTION = re.compile(r"^(?:and|but|so|or|yet|then|also|still)\b", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[•◦▪‣*·–—-]|\d{1,2}[.)])\s+(?=\S)")
_CLOSED = re.compile(r"[.!;:,…][”’\"')\]»]*$")
_SMALL = frozenset(
    re.findall(
        r"\w+",
        "a about after all also an and are as at be but by can could for from has have he her his how in into is it "
        "its more may might new no not of off on or our out over says she so than that the their there they this to up "
        "was we were what when where which who why will with would you your",
    )
)

MAX_HEADING = 140


def is_heading(line: str) -> bool:
    """Whether a line could head a section: short, no full stop, no quotation, no question in mid-argument."""
    if len(line) > MAX_HEADING or not 2 <= len(line.split()) <= 26 or _BULLET.match(line):
        return False
    if line[0] in '“"«„(' or (line[0] in "‘'" and line[-1] in "’'") or line[0].islower():
        return False
    if line.endswith("?"):
        return not _CONJUNCTION.match(line)
    return not _CLOSED.search(line)


def label(line: str) -> str:
    """ "Video", "Pictures", "Opinion", "Editorial" or "Analysis" if the line says so in front of a colon, else ""."""
    found = _PREFIX.match(line)
    return found.lastgroup or "" if found else ""


def unlabelled(line: str) -> str:
    """The line without such a label."""
    return _PREFIX.sub("", line)


def is_pointer(line: str) -> bool:
    """Whether a line only points at the next thing: "Read more in …:"."""
    return bool(_POINTER.match(line))


def pointer_label(line: str) -> str:
    """What kind of thing a pointer points at, if it says so: a paper's View is its editorial."""
    if re.search(r"\bview\s*:?$|\beditorial\b", line, re.IGNORECASE):
        return "Editorial"
    if re.search(r"\bopinion|\bvoices\b|\bcomment\b", line, re.IGNORECASE):
        return "Opinion"
    return "Video" if re.match(r"watch\b", line, re.IGNORECASE) else ""


def is_column(summary: str) -> bool:
    """Whether a summary is a columnist's: it ends in ", says Name Surname"."""
    return bool(_COLUMNIST.search(summary) or _COLUMNIST_FIRST.match(summary))


def bullet(line: str) -> str | None:
    """A list item without its mark, None if the line is none."""
    found = _BULLET.match(line)
    return line[found.end() :].strip() if found else None


def alike(one: str, other: str, *, least: float, common: int = 3) -> bool:
    """Whether two headings say the same: equal, one the start of the other, or enough telling words in common."""
    first, second = _words(unlabelled(one)), _words(unlabelled(other))
    if not first or not second:
        return False
    short, long = sorted((first, second), key=len)
    if short == long or (len(short) >= 4 and long[: len(short)] == short):
        return True
    telling, other_telling = _stems(short), _stems(long)
    shared = len(telling & other_telling)
    return shared >= common and shared / min(len(telling), len(other_telling)) >= least


def _stems(words: list[str]) -> set[str]:
    """Telling words, cut to their first letters, so that `insured` is `insure`."""
    return {word[:5] for word in words if word not in _SMALL}


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("’", "").replace("'", "")
    return re.findall(r"\w+", plain)
