"""The fan-out: who may join which channel, what greets them, how all are told to come back. Pure, as `channel` is."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Literal, NamedTuple

import msgspec

from standfirst.edge import wire
from standfirst.edge.channel import Channel, Peer, Reader
from standfirst.edge.ring import Frame
from standfirst.edge.wire import Coding

CATCH_UP_BYTES = 1_000_000
"""Missed operations that a reader is given; one that missed more loads the page again, which is cheaper for both."""

Word = Literal["hello", "reload", "bye", "restart"]
"""What the edge itself says. All but the first end a stream: load the page again; follow by polling, there are too many
streams; come back after `retry` milliseconds.
"""


class Joined(NamedTuple):
    """The bytes to send first; no reader: they are also the last, end the stream after them.

    They come in pieces that all readers share, so that one that is slow to take them holds none of its own.
    """

    reader: Reader | None
    greeting: list[bytes]


class Hub:
    """All channels of one edition, and how many `readers` they have.

    `dropped` counts readers by reason: "slow" did not drain, "gone" was not there any more, "overdue" was behind for
    too long.
    """

    def __init__(self, *, edition: str, window: int, max_readers: int) -> None:
        self.edition = edition
        self.window = window
        self.max_readers = max_readers
        self.channels: dict[str, Channel] = {}
        self.draining = False
        self.readers = 0
        self.dropped: Counter[Literal["slow", "gone", "overdue"]] = Counter()

    def channel(self, name: str) -> Channel:
        """The channel of a story, new if need be."""
        if name not in self.channels:
            self.channels[name] = Channel(name, self.window)
        return self.channels[name]

    def join(
        self,
        channel: Channel,
        peer: Peer,
        *,
        edition: str,
        after: int | None,
        jitter: float,
        coding: Coding = "identity",
    ) -> Joined:
        """Open a stream that goes on after entry `after` (None: from now on). `jitter` in [0, 1) spreads returns."""
        retry = wire.retry_ms(jitter, self.readers)
        if self.draining or self.readers >= self.max_readers:
            return Joined(None, [_opening(coding, "restart" if self.draining else "bye", retry)])
        head = channel.ring.head
        frames = channel.ring.resume(head if after is None else after)
        if frames == "reload" or _bytes(frames) > CATCH_UP_BYTES or edition not in ("", self.edition):
            return Joined(None, [_opening(coding, "reload", retry, seq=head, edition=self.edition)])
        reader = Reader(channel, peer, head, coding)
        channel.fresh[reader] = None
        self.readers += 1
        hello = _opening(coding, "hello", retry, seq=head, edition=self.edition)
        return Joined(reader, [hello, *(frame.coded(coding) for frame in frames)])

    def dismiss(self, reader: Reader, why: str, jitter: float) -> None:
        """Tell one reader why its stream ends, and end it."""
        _say(reader, "bye", wire.retry_ms(jitter, self.readers), why=why)
        self.leave(reader)
        reader.peer.end()

    def refused(self, coding: Coding, why: str, jitter: float) -> Joined:
        """A stream that ends as it begins."""
        return Joined(None, [_opening(coding, "bye", wire.retry_ms(jitter, self.readers), why=why)])

    def leave(self, reader: Reader) -> None:
        """The stream is over. Once is enough, again does no harm."""
        if reader.open:
            reader.channel.forget(reader)
            self.readers -= 1

    def lose(self, reader: Reader, why: Literal["slow", "gone"]) -> None:
        """The same, and count it as dropped unless it had left."""
        if reader.open:
            self.dropped[why] += 1
            self.leave(reader)

    def step(self, channel: Channel, limit: int = 500) -> bool:
        """Send one slice of a channel's broadcast; False when there is nothing left to send."""
        for reader, error in channel.step(limit):
            self.lose(reader, "gone" if isinstance(error, ConnectionError) else "slow")
            reader.peer.drop()
        return channel.busy

    def abandon(self, channel: Channel) -> None:
        """Drop every reader of a channel, and what was to be sent: each resumes after what it has."""
        channel.halt()
        for reader in channel.readers:
            self.leave(reader)
            reader.peer.drop()

    def reload(self, channel: Channel, jitters: Iterator[float]) -> None:
        """Tell every reader of a channel to load its page again, end its stream, and let go all held requests."""
        while channel.busy:
            self.step(channel)
        total = self.readers
        place: dict[str, int | str] = {"seq": channel.ring.head, "edition": self.edition}
        for reader in channel.readers:
            _say(reader, "reload", wire.retry_ms(next(jitters), total), **place)
            self.leave(reader)
            reader.peer.end()
        channel.release()

    def adopt(self, edition: str, jitters: Iterator[float]) -> None:
        """Another edition from now on: every page that is open has to be loaded again."""
        self.edition = edition
        for channel in self.channels.values():
            self.reload(channel, jitters)

    def drain(self, jitters: Iterator[float]) -> None:
        """Tell every reader to come back, each at its own time, end its stream, and let go all held requests."""
        self.draining = True
        total = self.readers
        for channel in self.channels.values():
            while channel.busy:
                self.step(channel)
            for reader in channel.readers:
                _say(reader, "restart", wire.retry_ms(next(jitters), total))
                self.leave(reader)
                reader.peer.end()
            channel.release()


def _bytes(frames: list[Frame]) -> int:
    return sum(len(frame.event) for frame in frames)


def _say(reader: Reader, word: Word, retry: int, **data: int | str) -> None:
    with suppress(OSError):  # its end says as much
        reader.send(wire.stored(reader.coding, _event(word, retry, **data)))


def _opening(coding: Coding, word: Word, retry: int, **data: int | str) -> bytes:
    return wire.opening(coding) + wire.stored(coding, _event(word, retry, **data))


def _event(word: Word, retry: int, **data: int | str) -> bytes:
    return wire.encode(msgspec.json.encode(data | {"retry": retry}).decode(), event=word, retry=retry)
