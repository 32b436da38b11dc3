"""One story's readers, and what is to be sent to which of them. Pure: no socket, no clock, no task.

A reader's `send` takes whole events and says how many bytes went, so a socket's own serves. If not all did, its peer
may take charge of the rest; if that will not either, the reader is given up, and it resumes by `Last-Event-ID`.
Neither may block. So a reader that never reads costs what its peer is willing to keep for it, and nothing here.

Whoever drives a channel calls `step` while it is `busy`; each step sends to at most `limit` readers, so that other
work gets its turn between them. Readers that the last broadcast left at the same entry are `settled` and get the same
bytes; one that joins between two steps is `fresh` and has a cursor of its own, so that it gets each frame once: in its
greeting or in a broadcast, never in both.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from standfirst.edge.ring import Frame, Ring
from standfirst.edge.wire import CODINGS, HEARTBEATS, Coding


class Peer(Protocol):
    """Where a reader's bytes go: a socket, or what stands for one."""

    @property
    def send(self) -> Callable[[bytes], int]:
        """Takes what it can without blocking; gives how much. May raise OSError."""

    def rest(self, data: bytes, sent: int) -> bool:
        """Whether it sees to the rest of `data`, of which `sent` bytes went."""

    def drop(self) -> None:
        """The hub has let it go: end it now."""

    def end(self) -> None:
        """The same, once all that it took has gone."""


class Reader:
    """One open stream. `after` is the last entry of its greeting."""

    __slots__ = ("after", "channel", "coding", "open", "peer", "send")

    def __init__(self, channel: "Channel", peer: Peer, after: int, coding: Coding) -> None:
        self.channel = channel
        self.peer = peer
        self.send = peer.send
        self.after = after
        self.coding = coding
        self.open = True


class Batch(NamedTuple):
    """The same bytes for some readers; `events` is how many events they are."""

    payload: bytes
    events: int
    readers: list[Reader]


class Failure(NamedTuple):
    """A reader that did not take what it was sent."""

    reader: Reader
    error: OSError | None


class Channel:
    """One story's readers, its ring, and the requests held for its next entry."""

    def __init__(self, name: str, window: int) -> None:
        self.name = name
        self.ring = Ring(window)
        self.settled: dict[Coding, dict[Reader, None]] = {coding: {} for coding in CODINGS}
        self.fresh: dict[Reader, None] = {}
        self.spoke: float | None = None
        self.since: float | None = None  # when the first frame came that has not gone to everybody
        self.deliveries = 0
        self.bytes_sent = 0
        self._pending: list[Frame] = []
        self._beat = False
        self._batches: deque[Batch] = deque()
        self._turn = 0
        self._held: dict[int, dict[Callable[[], None], None]] = {}

    def __len__(self) -> int:
        return sum(map(len, self.settled.values())) + len(self.fresh)

    @property
    def busy(self) -> bool:
        """There is something to send."""
        return bool(self._batches or self._pending or self._beat)

    @property
    def readers(self) -> list[Reader]:
        """Those whose streams are open."""
        return [*(reader for readers in self.settled.values() for reader in readers), *self.fresh]

    def publish(self, frame: Frame, now: float) -> None:
        """Take the next frame: into the ring, to the held requests, and to the readers with the next steps."""
        self.ring.add(frame)
        self._pending.append(frame)
        self.spoke = now
        if self.since is None:
            self.since = now
        self.release(frame.seq)

    def beat(self, now: float, silence: float) -> None:
        """Have a heartbeat sent if nothing was for `silence` seconds."""
        if self.spoke is None or not len(self):
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

    def forget(self, reader: Reader) -> None:
        """Send nothing more to a reader, not even of a broadcast that is under way."""
        reader.open = False
        reader.send = _left
        self.settled[reader.coding].pop(reader, None)
        self.fresh.pop(reader, None)

    def halt(self) -> None:
        """Send nothing of what is under way."""
        self._batches.clear()
        self._pending.clear()
        self._beat = False

    def step(self, limit: int = 500) -> list[Failure]:
        """Send to at most `limit` readers; gives those that failed, to be let go at once. Call it while `busy`."""
        if not self._batches:
            self._deal(limit)
        if not self._batches:
            return []
        payload, events, readers = self._batches.popleft()
        size = len(payload)
        failed: list[Failure] = []
        left = 0
        for reader in readers:
            try:
                sent = reader.send(payload)
                if sent == size:
                    continue
                error = None
            except OSError as raised:
                sent, error = 0, raised
            if reader.open and not isinstance(error, ConnectionError) and reader.peer.rest(payload, sent):
                continue
            if reader.open:
                failed.append(Failure(reader, error))
            else:  # before, or just now: whoever let it go has counted it
                left += 1
        took = len(readers) - len(failed) - left
        self.deliveries += took * events
        self.bytes_sent += took * size
        return failed

    def _deal(self, limit: int) -> None:
        """Lay out the next broadcast: the same bytes for all at the same entry, each time in another order."""
        pending, self._pending = self._pending, []
        beat, self._beat = self._beat and not pending, False
        if pending:
            self._deal_frames(pending, limit)
        elif beat:
            self._settle()
            for coding, readers in self.settled.items():
                self._slice(HEARTBEATS[coding], 0, list(readers), limit)

    def _deal_frames(self, pending: list[Frame], limit: int) -> None:
        for coding, readers in self.settled.items():
            self._slice_frames(pending, coding, list(readers), limit)
        ahead: dict[tuple[Coding, int], list[Reader]] = {}
        for reader in self.fresh:
            ahead.setdefault((reader.coding, reader.after), []).append(reader)
        for (coding, after), newcomers in ahead.items():
            self._slice_frames([frame for frame in pending if frame.seq > after], coding, newcomers, limit)
        self._settle()

    def _settle(self) -> None:
        """After this broadcast the newcomers are where all others are."""
        for reader in self.fresh:
            self.settled[reader.coding][reader] = None
        self.fresh.clear()

    def _slice_frames(self, frames: list[Frame], coding: Coding, readers: list[Reader], limit: int) -> None:
        if frames and readers:
            self._slice(b"".join(frame.coded(coding) for frame in frames), len(frames), readers, limit)

    def _slice(self, payload: bytes, events: int, readers: list[Reader], limit: int) -> None:
        if not readers:
            return
        self._turn = (self._turn + limit) % len(readers)
        readers = readers[self._turn :] + readers[: self._turn]
        for first in range(0, len(readers), limit):
            self._batches.append(Batch(payload, events, readers[first : first + limit]))


def _left(_: bytes) -> int:
    return -1
