"""The fan-out: who reads what, and what is to be sent to whom. Pure: no socket, no clock, no task.

A reader is a `send: Callable[[bytes], bool]`. It takes whole events and answers False when its reader has not drained:
the hub then drops it, and the reader resumes by `Last-Event-ID`. `send` must not block or raise. So a reader that never
reads costs what its `send` buffers and nothing here, and moving the sockets elsewhere changes nothing here.

A channel is one story's. Whoever drives it calls `step` until it answers False; each step sends to at most `limit`
readers, so that other work gets its turn between them. Every reader carries a cursor, so one that joins between two
steps gets each frame once: in its greeting or in a broadcast, never in both.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple

import msgspec

from standfirst.edge import wire

Send = Callable[[bytes], bool]

CATCH_UP_BYTES = 1_000_000
"""Missed operations that a reader is given; one that missed more loads the page again, which is cheaper for both."""


class Frame(NamedTuple):
    """One entry's operations: `message` is the JSON, `event` the same as an encoded event."""

    seq: int
    message: bytes
    event: bytes


def frame(seq: int, message: bytes) -> Frame:
    """The frame of entry `seq`."""
    return Frame(seq, message, wire.encode(message.decode(), event="ops", id=str(seq)))


class Gap(ValueError):
    """An entry or its frame does not follow the one before it; the message names both."""


class Ring:
    """The last `window` frames of a story, without gaps, up to `head`."""

    def __init__(self, window: int) -> None:
        self._frames: deque[Frame] = deque(maxlen=window)
        self.head = 0

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, frame: Frame) -> None:
        """Append the next frame. Raises Gap."""
        if frame.seq != self.head + 1:
            raise Gap(f"frame {frame.seq} does not follow {self.head}: read the record from {self.head + 1}")
        self.head = frame.seq
        self._frames.append(frame)

    @property
    def reach(self) -> int:
        """The lowest `after` that can be resumed."""
        return self.head - len(self._frames)

    def skip(self, seq: int) -> None:
        """Go on from `seq` without frames up to it: whoever is behind it has to reload."""
        self._frames.clear()
        self.head = seq

    def refill(self, older: Iterable[Frame]) -> None:
        """Put frames before those that are here, as many as the window has room for. Raises Gap."""
        before = [frame for frame in older if frame.seq <= self.reach]
        if before and before[-1].seq != self.reach:
            raise Gap(f"frame {before[-1].seq} is not followed by {self.reach + 1}: give all up to {self.reach}")
        self._frames = deque([*before, *self._frames], maxlen=self._frames.maxlen)

    def forget(self) -> None:
        """Drop every frame: they may hold words that were erased."""
        self._frames.clear()

    def get(self, seq: int) -> Frame | None:
        """The frame of entry `seq`, if it is still here."""
        first = self.head - len(self._frames) + 1
        return self._frames[seq - first] if first <= seq <= self.head else None

    def resume(self, after: int) -> list[Frame] | Literal["reload"]:
        """The frames after `after`, in order, or "reload" if they are not all here or `after` is from the future."""
        behind = self.head - after
        if behind < 0 or behind > len(self._frames):
            return "reload"
        return list(islice(self._frames, len(self._frames) - behind, None))


class Reader:
    """One open stream. `after` is the last entry that was handed to it."""

    __slots__ = ("after", "channel", "open", "send")

    def __init__(self, channel: "Channel", send: Send, after: int) -> None:
        self.channel = channel
        self.send = send
        self.after = after
        self.open = True


class Joined(NamedTuple):
    """The bytes to send first; no reader: they are also the last, end the stream after them.

    They come in pieces that all readers share, so that one that is slow to take them holds none of its own.
    """

    reader: Reader | None
    greeting: list[bytes]


class Channel:
    """One story's readers, its ring, and the requests held for its next entry."""

    def __init__(self, name: str, window: int) -> None:
        self.name = name
        self.ring = Ring(window)
        self.readers: dict[Reader, None] = {}
        self.spoke: float | None = None
        self._pending: list[Frame] = []
        self._beat = False
        self._batches: deque[tuple[bytes, list[Reader]]] = deque()
        self._turn = 0
        self._held: dict[int, dict[Callable[[], None], None]] = {}

    @property
    def busy(self) -> bool:
        """There is something to send."""
        return bool(self._batches or self._pending or self._beat)

    def publish(self, frame: Frame, now: float) -> None:
        """Take the next frame: into the ring, to the held requests, and to the readers with the next steps."""
        self.ring.add(frame)
        self._pending.append(frame)
        self.spoke = now
        self.release(frame.seq)

    def beat(self, now: float, silence: float) -> None:
        """Have a heartbeat sent if nothing was for `silence` seconds."""
        if self.spoke is None or not self.readers:
            self.spoke = now
        elif now - self.spoke >= silence:
            self.spoke = now
            self._beat = True

    def hold(self, seq: int, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` once when entry `seq` is there; gives a function that withdraws the wish."""
        self._held.setdefault(seq, {})[wake] = None

        def withdraw() -> None:
            waiting = self._held.get(seq)
            if waiting is not None:
                waiting.pop(wake, None)
                if not waiting:
                    del self._held[seq]

        return withdraw

    def release(self, upto: int | None = None) -> None:
        """Wake those that wait for entries up to `upto`; None: all."""
        for seq in [seq for seq in self._held if upto is None or seq <= upto]:
            for wake in self._held.pop(seq):
                wake()

    def step(self, limit: int = 500) -> list[Reader]:
        """Send to at most `limit` readers; gives those that were dropped. Call it while the channel is `busy`."""
        if not self._batches:
            self._deal(limit)
        if not self._batches:
            return []
        payload, readers = self._batches.popleft()
        dropped = [reader for reader in readers if reader.open and not reader.send(payload)]
        for reader in dropped:
            reader.open = False
            self.readers.pop(reader, None)
        return dropped

    def _deal(self, limit: int) -> None:
        """Lay out the next broadcast: the same bytes for all whose cursor is the same, from another start each time."""
        pending, self._pending = self._pending, []
        beat, self._beat = self._beat and not pending, False
        if not self.readers or not (pending or beat):
            return
        everyone = list(self.readers)
        self._turn = (self._turn + limit) % len(everyone)
        everyone = everyone[self._turn :] + everyone[: self._turn]
        if beat:
            self._slice(wire.HEARTBEAT, everyone, limit)
            return
        head = pending[-1].seq
        groups: dict[int, list[Reader]] = {}
        for reader in everyone:
            if reader.after < head:
                groups.setdefault(reader.after, []).append(reader)
                reader.after = head
        for after, readers in groups.items():
            self._slice(b"".join(frame.event for frame in pending if frame.seq > after), readers, limit)

    def _slice(self, payload: bytes, readers: list[Reader], limit: int) -> None:
        for first in range(0, len(readers), limit):
            self._batches.append((payload, readers[first : first + limit]))


class Hub:
    """All channels of one edition."""

    def __init__(self, *, edition: str, window: int, max_readers: int) -> None:
        self.edition = edition
        self.window = window
        self.max_readers = max_readers
        self.channels: dict[str, Channel] = {}
        self.draining = False
        self.dropped = 0

    @property
    def readers(self) -> int:
        """How many streams are open."""
        return sum(len(channel.readers) for channel in self.channels.values())

    def channel(self, name: str) -> Channel:
        """The channel of a story, new if need be."""
        if name not in self.channels:
            self.channels[name] = Channel(name, self.window)
        return self.channels[name]

    def join(self, channel: Channel, send: Send, *, edition: str, after: int | None, jitter: float) -> Joined:
        """Open a stream that goes on after entry `after` (None: from now on). `jitter` in [0, 1) spreads returns."""
        readers = self.readers
        retry = wire.retry_ms(jitter, readers)
        if self.draining or readers >= self.max_readers:
            return Joined(None, [_event("restart" if self.draining else "bye", retry)])
        head = channel.ring.head
        frames = channel.ring.resume(head if after is None else after)
        if frames == "reload" or _bytes(frames) > CATCH_UP_BYTES or edition not in ("", self.edition):
            return Joined(None, [_event("reload", retry, seq=head, edition=self.edition)])
        reader = Reader(channel, send, head)
        channel.readers[reader] = None
        hello = _event("hello", retry, seq=head, edition=self.edition)
        return Joined(reader, [hello, *(frame.event for frame in frames)])

    def leave(self, reader: Reader) -> None:
        """The stream is over."""
        reader.open = False
        reader.channel.readers.pop(reader, None)

    def step(self, channel: Channel, limit: int = 500) -> bool:
        """Send one slice of a channel's broadcast; False when there is nothing left to send."""
        self.dropped += len(channel.step(limit))
        return channel.busy

    def drain(self, jitters: Iterator[float]) -> list[Reader]:
        """Tell every reader to come back, each at its own time, and let go all held requests; gives the readers."""
        self.draining = True
        total = self.readers
        told: list[Reader] = []
        for channel in self.channels.values():
            while channel.busy:
                self.step(channel)
            for reader in list(channel.readers):
                reader.send(_event("restart", wire.retry_ms(next(jitters), total)))
                self.leave(reader)
                told.append(reader)
            channel.release()
        return told


def _bytes(frames: list[Frame]) -> int:
    return sum(len(frame.event) for frame in frames)


def _event(name: Literal["hello", "reload", "bye", "restart"], retry: int, **data: int | str) -> bytes:
    """What the edge itself says. The last three end a stream: load the page again; follow by polling, there are too
    many streams; come back after `retry` milliseconds.
    """
    return wire.encode(msgspec.json.encode(data | {"retry": retry}).decode(), event=name, retry=retry)
