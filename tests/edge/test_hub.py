import json
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfirst.edge.channel import Channel, Reader
from standfirst.edge.hub import Hub
from standfirst.edge.ring import Frame, Gap, Ring, frame
from tests.edge.sse import Decoder

NAME = "flood"


def made(n: int) -> Frame:
    return frame(n, json.dumps({"seq": n, "ops": []}).encode())


def hub(entries: int = 0, *, window: int = 100, max_readers: int = 100) -> tuple[Hub, Channel]:
    hub = Hub(edition="e1", window=window, max_readers=max_readers)
    channel = hub.channel(NAME)
    publish(hub, channel, range(1, entries + 1))
    return hub, channel


def publish(hub: Hub, channel: Channel, numbers: Iterable[int]) -> None:
    for n in numbers:
        channel.publish(made(n), now=0.0)
    while hub.step(channel):
        pass


class Client:
    """A reader that checks what it is sent. `room` is how many bytes it takes before it is full."""

    def __init__(self, after: int, room: float = float("inf")) -> None:
        self.after = after
        self.room = room
        self.said: list[str] = []
        self.seen: list[int] = []
        self.sends = 0
        self.reader: Reader | None = None
        self._decoder = Decoder()

    def join(self, hub: Hub, channel: Channel, *, edition: str = "e1", jitter: float = 0.5) -> "Client":
        self._decoder = Decoder()
        self.reader, greeting = hub.join(channel, self, edition=edition, after=self.after, jitter=jitter)
        self.take(b"".join(greeting))
        return self

    def send(self, data: bytes) -> int:
        self.sends += 1
        took = int(min(len(data), self.room))
        self.room -= took
        self.take(data[:took])
        return took

    def rest(self, data: bytes, sent: int) -> bool:
        return False

    def drop(self) -> None:
        self.reader = None

    def end(self) -> None:
        self.reader = None

    def take(self, data: bytes) -> None:
        for event in self._decoder.feed(data):
            if event.event == "ops":
                n = json.loads(event.data)["seq"]
                assert event.id == str(n)
                assert n == self.after + 1, f"entry {n} came after {self.after}"
                self.after = n
                self.seen.append(n)
            else:
                self.said.append(event.event)


class Sink:
    """A reader that takes everything."""

    def __init__(self, note: Callable[[bytes], None] = lambda _: None) -> None:
        self._note = note

    def send(self, data: bytes) -> int:
        self._note(data)
        return len(data)

    def rest(self, data: bytes, sent: int) -> bool:
        return False

    def drop(self) -> None:
        raise AssertionError("dropped")

    end = drop


def test_a_ring_gives_what_follows_or_says_reload() -> None:
    ring = Ring(3)
    for n in range(1, 6):
        ring.add(made(n))
    assert [f.seq for f in ring.resume(2)] == [3, 4, 5]  # type: ignore[union-attr]
    assert ring.resume(5) == []
    assert ring.resume(1) == "reload"
    assert ring.resume(6) == "reload"
    kept = ring.get(3)
    assert (ring.get(2), kept and kept.event, ring.get(6)) == (None, made(3).event, None)


def test_a_ring_refuses_a_gap_by_name() -> None:
    ring = Ring(3)
    ring.add(made(1))
    for wrong in (1, 3):
        with pytest.raises(Gap, match=f"frame {wrong} does not follow 1"):
            ring.add(made(wrong))


def test_a_ring_is_refilled_with_what_was_before() -> None:
    ring = Ring(4)
    ring.skip(5)
    ring.add(made(6))
    ring.refill([made(n) for n in range(1, 7)])
    assert [f.seq for f in ring.resume(2)] == [3, 4, 5, 6]  # type: ignore[union-attr]
    with pytest.raises(Gap, match="frame 1 is not followed by 3"):
        ring.refill([made(1)])


def test_a_reader_is_greeted_and_given_what_it_missed() -> None:
    fanout, channel = hub(5)
    client = Client(after=3).join(fanout, channel)
    publish(fanout, channel, [6])
    assert client.said == ["hello"]
    assert client.seen == [4, 5, 6]


def test_all_readers_get_the_same_bytes_object() -> None:
    fanout, channel = hub(1)
    sent: list[bytes] = []
    for _ in range(3):
        fanout.join(channel, Sink(sent.append), edition="e1", after=1, jitter=0)
    publish(fanout, channel, [2])
    assert len(sent) == 3
    assert len({id(data) for data in sent}) == 1


def test_a_burst_is_one_send_for_each_reader() -> None:
    fanout, channel = hub(1)
    client = Client(after=1).join(fanout, channel)
    publish(fanout, channel, range(2, 10))
    assert client.sends == 1
    assert client.seen == list(range(2, 10))


@pytest.mark.parametrize(
    ("after", "edition", "said"), [(0, "e1", "reload"), (9, "e1", "reload"), (5, "e2", "reload"), (5, "", "hello")]
)
def test_a_page_that_cannot_be_patched_is_told_to_reload(after: int, edition: str, said: str) -> None:
    fanout, channel = hub(5, window=3)
    client = Client(after).join(fanout, channel, edition=edition)
    assert client.said == [said]
    assert (client.reader is None) == (said == "reload")


def test_a_reader_that_missed_more_than_a_page_is_worth_reloads(monkeypatch: pytest.MonkeyPatch) -> None:
    fanout, channel = hub(5)
    monkeypatch.setattr("standfirst.edge.hub.CATCH_UP_BYTES", 2 * len(made(1).event))
    assert Client(3).join(fanout, channel).seen == [4, 5]
    late = Client(2).join(fanout, channel)
    assert (late.said, late.seen, late.reader) == (["reload"], [], None)


def test_what_readers_missed_is_the_same_bytes_for_all_of_them() -> None:
    fanout, channel = hub(5)
    greetings = [fanout.join(channel, Sink(), edition="e1", after=2, jitter=0).greeting for _ in range(3)]
    assert {id(piece) for greeting in greetings for piece in greeting[1:]} == {
        id(kept.event) for n in (3, 4, 5) if (kept := channel.ring.get(n))
    }


def test_a_reader_too_many_is_told_to_poll() -> None:
    fanout, channel = hub(1, max_readers=2)
    for _ in range(2):
        Client(1).join(fanout, channel)
    assert Client(1).join(fanout, channel).said == ["bye"]
    assert fanout.readers == 2


def test_a_slow_reader_is_dropped_and_resumes() -> None:
    fanout, channel = hub(1)
    slow = Client(1, room=len(made(2).event) + 10).join(fanout, channel)
    quick = Client(1).join(fanout, channel)
    for n in (2, 3, 4):
        publish(fanout, channel, [n])
    assert (slow.seen, quick.seen) == ([2], [2, 3, 4])
    assert slow.sends == 2, "nothing is sent to a reader that was dropped"
    assert (fanout.readers, fanout.dropped["slow"]) == (1, 1)
    slow.room = 10**6
    slow.join(fanout, channel)
    assert slow.seen == [2, 3, 4]


def test_memory_is_bounded_with_readers_that_never_read() -> None:
    fanout, channel = hub(0, window=10)
    for n in range(1, 200):
        Client(channel.ring.head, room=0).join(fanout, channel)
        publish(fanout, channel, [n])
    assert (fanout.readers, len(channel.ring), channel.busy) == (0, 10, False)


def test_a_broadcast_goes_in_slices_and_starts_elsewhere_each_time() -> None:
    fanout, channel = hub(1)
    order: list[int] = []
    for number in range(7):
        fanout.join(channel, Sink(lambda _, n=number: order.append(n)), edition="e1", after=1, jitter=0)  # type: ignore[misc]
    firsts = set()
    for n in (2, 3, 4):
        order.clear()
        channel.publish(made(n), now=0)
        sizes = []
        while channel.busy:
            before = len(order)
            channel.step(3)
            sizes.append(len(order) - before)
        assert sorted(order) == list(range(7))
        assert max(sizes) == 3
        firsts.add(order[0])
    assert len(firsts) == 3


def test_a_reader_that_joins_within_a_broadcast_gets_each_entry_once() -> None:
    fanout, channel = hub(1)
    first, second = Client(1).join(fanout, channel), Client(1).join(fanout, channel)
    channel.publish(made(2), now=0)
    fanout.step(channel, 1)
    late = Client(1).join(fanout, channel)
    channel.publish(made(3), now=0)
    later = Client(1).join(fanout, channel)
    while fanout.step(channel, 1):
        pass
    assert [c.seen for c in (first, second, late, later)] == [[2, 3]] * 4


def test_a_reader_that_left_is_sent_nothing_more() -> None:
    fanout, channel = hub(1)
    clients = [Client(1).join(fanout, channel) for _ in range(3)]
    channel.publish(made(2), now=0)
    fanout.step(channel, 1)
    for client in clients:
        assert client.reader is not None
        fanout.leave(client.reader)
    while fanout.step(channel, 1):
        pass
    assert sum(client.sends for client in clients) == 1
    assert not fanout.dropped


def test_a_heartbeat_follows_silence_only() -> None:
    fanout, channel = hub(1)
    client = Client(1).join(fanout, channel)
    channel.publish(made(2), now=100.0)
    fanout.step(channel)
    channel.beat(124.9, 25)
    assert not channel.busy
    channel.beat(125.0, 25)
    fanout.step(channel)
    assert client.sends == 2
    channel.beat(140, 25)
    assert not channel.busy


def test_those_who_wait_for_an_entry_are_woken_once() -> None:
    fanout, channel = hub(1)
    woken: list[str] = []
    channel.hold(2, lambda: woken.append("a"))
    withdraw = channel.hold(2, lambda: woken.append("b"))
    channel.hold(3, lambda: woken.append("c"))
    withdraw()
    publish(fanout, channel, [2])
    assert woken == ["a"]
    channel.release()
    channel.release()
    withdraw()
    assert woken == ["a", "c"]


def test_at_the_end_every_reader_is_told_when_to_come_back() -> None:
    fanout, channel = hub(1)
    times: list[int | None] = []
    clients = [Client(1).join(fanout, channel) for _ in range(4)]
    channel.publish(made(2), now=0)
    fanout.drain(iter([0.0, 0.3, 0.6, 0.9]))
    for client in clients:
        assert client.seen == [2], "what was published is delivered first"
        assert client.said == ["hello", "restart"]
        times.append(client._decoder.retry)
    assert len(set(times)) == 4
    assert fanout.readers == 0
    assert Client(2).join(fanout, channel).said == ["restart"]


STEPS = st.lists(st.sampled_from(["publish", "publish", "step", "join", "cut", "fill"]), max_size=60)


def live_through(steps: list[str]) -> list[Client]:
    """Publish, send, join, cut and fill readers in any order, then let all catch up. Clients check order themselves."""
    fanout, channel = hub(1, window=5)
    clients: list[Client] = []
    for number, step in enumerate(steps):
        if step == "publish":
            channel.publish(made(channel.ring.head + 1), now=0)
        elif step == "step":
            fanout.step(channel, 2)
        elif step == "join":
            clients.append(Client(channel.ring.head).join(fanout, channel))
        elif clients:
            client = clients[number % len(clients)]
            if step == "fill":
                client.room = 0
            elif client.reader is not None:
                fanout.leave(client.reader)
                again(client, fanout, channel)
    while fanout.step(channel, 2):
        pass
    for client in clients:
        if client.reader is None or not client.reader.open:
            again(client, fanout, channel)
    return clients


def again(client: Client, fanout: Hub, channel: Channel) -> None:
    client.room = float("inf")
    client.join(fanout, channel)
    if client.said[-1] == "reload":
        client.after = channel.ring.head
        client.join(fanout, channel)


@given(STEPS)
def test_any_life_of_the_hub_shows_each_entry_once_in_order(steps: list[str]) -> None:
    for client in live_through(steps):
        assert client.after == 1 + steps.count("publish")


def test_a_hub_that_replays_from_the_cursor_inclusively_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Ring.resume
    monkeypatch.setattr(Ring, "resume", lambda ring, after: honest(ring, after - 1))
    with pytest.raises(AssertionError, match="came after"):
        live_through(["publish", "join", "publish", "cut"])


def test_a_hub_that_forgets_cursors_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    joined = Hub.join

    def careless(*args: object, **kwargs: object) -> object:
        found = joined(*args, **kwargs)  # type: ignore[arg-type]
        if found.reader is not None:
            found.reader.after = 0
        return found

    monkeypatch.setattr(Hub, "join", careless)
    with pytest.raises(AssertionError, match="came after"):
        live_through(["publish", "join", "step"])


def test_jitters_are_taken_one_for_each_reader() -> None:
    fanout, channel = hub(1)
    client = Client(1).join(fanout, channel)
    chances = iter([0.5, 0.7])
    fanout.drain(chances)
    assert (client.said[-1], list(chances)) == ("restart", [0.7])
