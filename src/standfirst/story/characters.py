"""Which characters may stand in published words. What passes here is valid UTF-8, XML 1.0 and one SSE line."""

import re

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("\r\n|[\t\n\r\u2028\u2029]")
_NAMES = {0: "NUL", 0xFFFE: "a non-character", 0xFFFF: "a non-character"}


def forbidden(text: str) -> str | None:
    """The first character that may not be published, by name (`control character U+0007 at 12`), or None."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return None
    code = ord(found.group())
    name = _NAMES.get(code) or ("a lone surrogate" if 0xD800 <= code <= 0xDFFF else "control character")
    return f"{name} U+{code:04X} at character {found.start() + 1}"


def one_line(text: str) -> str:
    """Line breaks and tabs as single spaces: for text where only mark-up may break a line."""
    return _BREAKS.sub(" ", text)


def shown(value: object, length: int = 60) -> str:
    """A value for a message: its repr, cut short; a list or object only by its kind, since it may be endlessly deep."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value[: length + 1] if isinstance(value, str) else value)
    return text if len(text) <= length else text[:length] + "…"
