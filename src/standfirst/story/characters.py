"""Which characters may stand in published words. What passes here is valid UTF-8 and XML 1.0, and is one line."""

import re
import unicodedata

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("\r\n|[\t\n\r\u2028\u2029]")
_NAMES = {
    0x00: "NUL",
    0x09: "a tab",
    0x0A: "a line break",
    0x0D: "a line break",
    0x2028: "a line separator",
    0x2029: "a paragraph separator",
    0xFFFE: "a non-character",
    0xFFFF: "a non-character",
}


def forbidden(text: str) -> str | None:
    """The first character that may not be published, by name (`control character U+0007 at character 12`), or None."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return None
    code = ord(found.group())
    name = _NAMES.get(code) or ("a lone surrogate" if 0xD800 <= code <= 0xDFFF else "control character")
    return f"{name} U+{code:04X} at character {found.start() + 1}"


def one_line(text: str) -> str:
    """Line breaks and tabs as single spaces: for text where only mark-up may break a line."""
    return _BREAKS.sub(" ", text)


def blank(text: str) -> bool:
    """Whether a reader sees nothing: white space, joiners and direction marks alone."""
    return all(character.isspace() or unicodedata.category(character) in ("Cf", "Cc") for character in text)


def shown(value: object, length: int = 60) -> str:
    """A value for a message: its repr, cut short; a list or object only by its kind, since it may be endlessly deep."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 64:
        return "an endless number"  # Python refuses to write one out
    text = ascii(value[: length + 1]) if isinstance(value, str) and forbidden(value) else repr(value)
    return text if len(text) <= length else text[:length] + "…"


def slugged(tag: str) -> str:
    """A tag as it stands in a URL: lower case; letters, digits and their marks of any script; hyphens for all else.

    `Flood Watch` is `flood-watch`. `slugged(slugged(x)) == slugged(x)`. Empty if nothing is left.
    """
    lower = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", tag).lower())
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c in "\u200c\u200d" else "-" for c in lower)
    return re.sub("-+", "-", kept).strip("-\u200c\u200d")
