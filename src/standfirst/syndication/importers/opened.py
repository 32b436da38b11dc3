"""Bytes to text: gzip taken off by its magic bytes, the character set found, the size held to a cap."""

import zlib

from bs4.dammit import UnicodeDammit

from standfirst.syndication.importers.imported import Unreadable

MAX_BYTES = 20_000_000
"""The most that is read of a source, unpacked. A live page of a thousand updates is about 5 MB."""

_GZIP = b"\x1f\x8b"


def open_text(data: bytes, *, name: str, cap: int = MAX_BYTES) -> str:
    """The source as text with `\\n` line ends. Raises Unreadable if it is empty, too large, or no text."""
    plain = unpack(data, name=name, cap=cap)
    if not plain.strip():
        raise Unreadable(f"{name} is empty: give a saved live page or a text file")
    return _decode(plain, name).replace("\r\n", "\n").replace("\r", "\n")


def unpack(data: bytes, *, name: str, cap: int = MAX_BYTES) -> bytes:
    """The bytes without gzip, never more than `cap` of them in memory. Raises Unreadable."""
    for _ in range(3):
        if len(data) > cap:
            raise Unreadable(f"{name} is larger than {cap:,} bytes: import it in parts")
        if not data.startswith(_GZIP):
            return data
        data = _gunzip(data, name, cap)
    raise Unreadable(f"{name} is packed more than twice over: unpack it first")


def _gunzip(data: bytes, name: str, cap: int) -> bytes:
    parts: list[bytes] = []
    room = cap + 1
    while data.startswith(_GZIP) and room > 0:
        inflater = zlib.decompressobj(wbits=31)
        try:
            parts.append(inflater.decompress(data, room))
        except zlib.error as error:
            raise Unreadable(f"{name} is damaged gzip ({error}): download it again") from None
        room -= len(parts[-1])
        if room > 0 and not inflater.eof:
            raise Unreadable(f"{name} is gzip that breaks off: download it again")
        data = inflater.unused_data
    if room <= 0:
        raise Unreadable(f"{name} unpacks to more than {cap:,} bytes: import it in parts")
    return b"".join(parts)


def _decode(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        found = UnicodeDammit(data, is_html=data.lstrip()[:1] == b"<").unicode_markup
        text = found if isinstance(found, str) else "\0"
    if "\0" in text:
        raise Unreadable(f"{name} is not text: give a saved web page or a text file")
    return text
