"""Judges a logo: a PNG that is decoded here, and written anew without what it says beside its pixels. Pure."""

import struct
import zlib
from collections.abc import Iterator

from standfirst.press.look import Logo

BYTES = 100_000
WIDTH, HEIGHT = 1200, 400
"""Pixels at most."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"IDAT", b"IEND"})
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel, by colour type."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


class LogoRefused(ValueError):
    """It cannot be used; the message says why and what to do."""


def judged(data: bytes) -> Logo:
    """The logo, stripped to its pixels. Raises LogoRefused."""
    if len(data) > BYTES:
        raise LogoRefused(f"the file has {len(data)} bytes, and {BYTES} are the most: save it smaller")
    if not data.startswith(_SIGNATURE):
        raise LogoRefused("the file is no PNG: save the logo as PNG (SVG can hold scripts and is not taken)")
    try:
        chunks = list(_chunks(data))
        width, height, row = _measured(chunks)
    except (struct.error, zlib.error, KeyError):
        raise LogoRefused("the PNG is damaged: save it again") from None
    if width > WIDTH or height > HEIGHT:
        raise LogoRefused(f"it is {width} x {height} pixels, and {WIDTH} x {HEIGHT} are the most: make it smaller")
    _refuse_other_pixels(chunks, height * (row + 1))
    return Logo(_SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks if kind in _KEPT), width, height)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, kind = len(_SIGNATURE), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", data, at + 8 + length)
        if len(body) != length or crc != zlib.crc32(kind + body):
            raise LogoRefused("the PNG is damaged: save it again")
        yield kind, body
        at += 12 + length
    if at != len(data):
        raise LogoRefused("there is something behind the end of the PNG: save it again")


def _measured(chunks: list[tuple[bytes, bytes]]) -> tuple[int, int, int]:
    """Width and height in pixels, and the bytes of a row."""
    kind, head = chunks[0]
    width, height, depth, colour, packing, filtering, interlaced = struct.unpack(">IIBBBBB", head)
    if kind != b"IHDR" or not width or not height or depth not in _DEPTHS[colour] or packing or filtering:
        raise LogoRefused("the PNG has a head that no PNG can have: save it again")
    if interlaced:
        raise LogoRefused("the PNG is interlaced: save it without that")
    if colour == 3 and not any(kind == b"PLTE" for kind, _ in chunks):
        raise LogoRefused("the PNG has no palette: save it again")
    return width, height, (width * _SAMPLES[colour] * depth + 7) // 8


def _refuse_other_pixels(chunks: list[tuple[bytes, bytes]], expected: int) -> None:
    """Unpack the pixels, never more than there can be. Raises LogoRefused unless they are just as many as that."""
    unpack = zlib.decompressobj()
    packed = b"".join(body for kind, body in chunks if kind == b"IDAT")
    try:
        pixels = unpack.decompress(packed, expected + 1)
    except zlib.error:
        raise LogoRefused("the PNG's pixels cannot be unpacked: save it again") from None
    if len(pixels) != expected or not unpack.eof or unpack.unused_data:
        raise LogoRefused("the PNG has more or fewer pixels than it says: save it again")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
