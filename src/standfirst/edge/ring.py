"""A story's last operations, ready to be sent. Pure."""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Literal

from standfirst.edge import wire
from standfirst.edge.wire import Coding


class Frame:
    """One entry's operations: `message` is the JSON, `event` the same as an encoded event."""

    __slots__ = ("_coded", "event", "message", "seq")

    def __init__(self, seq: int, message: bytes, event: bytes) -> None:
        self.seq = seq
        self.message = message
        self.event = event
        self._coded: dict[Coding, bytes] = {"identity": event}

    def coded(self, coding: Coding) -> bytes:
        """The event in a content coding; made when first asked for, then the same bytes for everybody."""
        if coding not in self._coded:
            self._coded[coding] = wire.block(coding, self.event)
        return self._coded[coding]


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
