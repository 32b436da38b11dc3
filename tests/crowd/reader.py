"""One reader that keeps to docs/reference/reader-protocol.md, and writes down what it was sent. Pure.

It is what the reader script is to a page, but that the script overlooks an entry that comes twice. This does not.
"""

import json
import re
import zlib
from array import array
from random import Random
from typing import Literal

from tests.crowd.answer import Answer, Event, Garbled
from tests.crowd.course import Course, Outcome

Wrong = Literal["", "resumes inclusively", "forgets a message"]
"""What a reader may do to show that the history tells."""

_SEQ = re.compile(r'data-seq="([0-9]+)"')
_EDITION = re.compile(r'data-edition="([^"]+)"')


class Words(dict[int, int]):
    """What each entry's operations say, as a checksum: the same to all readers, whatever way they came."""

    def differ(self, seq: int, message: bytes) -> bool:
        return self.setdefault(seq, zlib.crc32(message)) != zlib.crc32(message)


class Reader:
    """Follows one story. `request` gives what to ask, `hear` takes the answer, `over` its end and gives the wait."""

    __slots__ = (
        "_gap", "_needs_page", "_retry", "_said", "_wrong", "answer", "asked", "course", "edition", "greeted", "gzip",
        "history", "pages", "seq", "streams", "tails", "trouble",
    )  # fmt: skip

    def __init__(self, edition: str, seq: int, *, gzip: bool, wrong: Wrong = "") -> None:
        self.edition, self.seq, self.gzip = edition, seq, gzip
        self.history = array("i", [-seq])
        self.course = Course()
        self.streams = self.tails = self.pages = 0
        self.trouble: list[str] = []
        self.asked: Literal["stream", "fetch", "page"] = "stream"
        self._wrong = wrong
        self._needs_page = False
        self._fresh()

    def _fresh(self) -> None:
        self.answer = Answer()
        self.greeted = False
        self._retry = 0.0
        self._gap = 0
        self._said: Literal["", "reload", "bye"] = ""

    def request(self, slug: str, host: str) -> bytes:
        """What it asks now."""
        self._fresh()
        self.asked = "page" if self._needs_page else self.course.by
        after = self.seq - (self._wrong == "resumes inclusively" and len(self.history) > 1)
        last = ""
        match self.asked:
            case "page":
                path = f"/{slug}"
            case "fetch":
                path = f"/{slug}/ops/{self.edition}/{self.seq + 1}"
            case _:  # half of them say it as EventSource does
                path = f"/{slug}/live?edition={self.edition}&after={self.seq if self.gzip else after}"
                last = f"Last-Event-ID: {after}\r\n" if self.gzip and len(self.history) > 1 else ""
        coding = "gzip" if self.gzip else "identity"
        head = f"Host: {host}\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n{last}"
        return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()

    def hear(self, data: bytes, words: Words, now: float) -> bool:
        """Whether the request goes on. Raises Garbled."""
        for event in self.answer.feed(data):
            if not self._take(event, words, now):
                return False
        return not self.answer.whole

    def _take(self, event: Event, words: Words, now: float) -> bool:
        name = event.name
        if name == b"ops":
            self._retry = float(event.retry or 0) / 1000 or self._retry
            goes_on = self._message(int(event.id), event.data, words)
            self.course.steer(Outcome("message", self.seq), now, 0.0)
            return goes_on
        if name not in (b"hello", b"reload", b"bye", b"restart"):
            raise Garbled(f"an event of the name {name!r}")
        said = json.loads(event.data)
        self._retry = float(event.retry) / 1000
        if name == b"hello":
            self.greeted = True
            self.streams += 1
            if said["edition"] == self.edition and said["seq"] >= self.seq:
                return True
        elif name == b"restart":
            return True
        self._said = "bye" if name == b"bye" else "reload"
        return False

    def _message(self, seq: int, data: bytes, words: Words) -> bool:
        if b'"reload"' in data and any(operation["op"] == "reload" for operation in json.loads(data)["ops"]):
            self._said = "reload"
            return False
        if words.differ(seq, data):
            self.trouble.append(f"garbled: entry {seq} says something else than it did")
        if self._wrong != "forgets a message" or seq % 7:
            self.history.append(seq)
        if seq > self.seq + 1:
            self._gap = seq
            return False
        self.seq = max(self.seq, seq)
        return True

    def over(self, words: Words, now: float, random: Random, *, held: bool) -> float:
        """The request has ended, by whomever; gives the seconds to wait. `held`: it took long. Raises Garbled."""
        outcome = self._outcome_of(words, held)
        if outcome is None:
            return 0.0
        return self.course.steer(outcome, now, random.random())

    def _outcome_of(self, words: Words, held: bool) -> Outcome | None:
        """None: a page comes next, or came."""
        answer = self.answer
        after = answer.fields.get(b"retry-after", b"")
        patience = float(after) if after.isdigit() and answer.status != 200 else 0.0
        if self.asked == "page":
            return self._page(patience)
        if self._said == "reload":
            self._needs_page = True
            return None
        if self._said == "bye":
            return Outcome("bye")
        if self.asked == "stream":
            if self._gap:
                return Outcome("gap", self._gap)
            return Outcome("lost", retry=self._retry) if self.greeted else Outcome("mute", retry_after=patience)
        return self._tail(words, held, patience)

    def _page(self, patience: float) -> Outcome | None:
        text = self.answer.body.decode("utf-8", "replace")
        seq, edition = _SEQ.search(text), _EDITION.search(text)
        if not self.answer.whole or self.answer.status != 200 or seq is None or edition is None:
            return Outcome("error", retry_after=patience)
        self.seq, self.edition = int(seq[1]), edition[1]
        self.history.append(-self.seq)
        self.pages += 1
        self._needs_page = False
        self.course = Course(until=self.course.until)
        return None

    def _tail(self, words: Words, held: bool, patience: float) -> Outcome:
        answer = self.answer
        if answer.status == 404 and answer.whole:
            return Outcome("empty", held=held)
        if answer.status != 200 or not answer.whole:
            return Outcome("error", retry_after=patience)
        seq = int(json.loads(answer.body)["seq"])
        if seq != self.seq + 1:
            raise Garbled(f"asked for entry {self.seq + 1} and got {seq}")
        self.tails += 1
        self._message(seq, answer.body, words)
        if self._said == "reload":
            self._needs_page = True
        return Outcome("message", seq)
