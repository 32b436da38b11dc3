"""Requests held for an entry that does not exist yet. All that ask for the same thing get the same bytes.

They wait in groups, and the answer of a group is worked out once, when the entry is there or their time is up. A server
that parks requests (see `protocol`) costs none of them a task; any other ASGI server costs one for each.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from itertools import islice
from typing import NamedTuple

from standfirst.edge.channel import Channel
from standfirst.edge.live import Receive, first_of, left
from standfirst.edge.ports import Connection, Machine

SLACK_S = 0.25
"""Requests whose time is up within so many seconds are answered together."""
TURN = 500
"""Requests answered before other work has its turn."""

Response = Sequence[bytes]
Respond = Callable[[int], Awaitable[Response]]
"""Gives the answer to so many requests."""
Done = Callable[[Response], None]


class Wait(NamedTuple):
    """Ask again when entry `n` of a channel is there."""

    channel: Channel
    n: int


class Group:
    """Requests that get the same answer."""

    def __init__(self, key: Hashable, story: str, respond: Respond) -> None:
        self.key = key
        self.story = story
        self.respond = respond
        self.tickets: dict[Ticket, None] = {}
        self.withdraw: Callable[[], None] = lambda: None


class Ticket:
    """One request. `group` is None once it was called up or its client left."""

    __slots__ = ("done", "due", "group")

    def __init__(self, group: Group, due: float) -> None:
        self.group: Group | None = group
        self.due = due
        self.done: Done


class Tails:
    """Held requests, at most `most`; `held` counts them by story."""

    def __init__(self, machine: Machine, hold_seconds: float, most: int) -> None:
        self.held: Counter[str] = Counter()
        self.closed = False
        self._machine = machine
        self._seconds = hold_seconds
        self._most = most
        self._groups: dict[Hashable, Group] = {}
        self._queue: deque[Ticket] = deque()
        self._ticking = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """No more can be held: the edge shuts down, or too many are."""
        return self.closed or self.held.total() >= self._most

    def park(
        self, connection: Connection, wait: Wait, key: Hashable, respond: Callable[[bool, int], Awaitable[Response]]
    ) -> None:
        """Answer a request later with what `respond(keep_alive, how many get it)` gives: those with the same key."""
        ticket: Ticket

        def gone() -> None:
            self._leave(ticket)
            ticket.done = _ignore

        keep_alive = connection.keep_alive
        connection.park(gone)
        ticket = self._enter(wait, (wait.channel.name, wait.n, key, keep_alive), lambda many: respond(keep_alive, many))
        ticket.done = connection.answer

    async def hold(self, wait: Wait, receive: Receive) -> None:
        """Returns when the entry is there, when time is up, when the edge shuts down, or when the client has gone."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ticket = self._enter(wait, (wait.channel.name, wait.n), _nothing)
        ticket.done = lambda _: None if woken.done() else woken.set_result(None)
        try:
            await first_of(woken, left(receive))
        finally:
            self._leave(ticket)

    def close(self) -> None:
        """Hold nothing more, and let go what is held."""
        self.closed = True
        for group in list(self._groups.values()):
            self._call_up(group, list(group.tickets))

    def _enter(self, wait: Wait, key: Hashable, respond: Respond) -> Ticket:
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(key, wait.channel.name, respond)
            waiting = group
            group.withdraw = wait.channel.hold(wait.n, lambda: self._call_up(waiting, list(waiting.tickets)))
        ticket = Ticket(group, self._machine.now() + self._seconds)
        group.tickets[ticket] = None
        self.held[group.story] += 1
        self._queue.append(ticket)
        self._tick()
        return ticket

    def _leave(self, ticket: Ticket) -> None:
        group, ticket.group = ticket.group, None
        if group is None:
            return
        del group.tickets[ticket]
        self.held[group.story] -= 1
        if not self.held[group.story]:
            del self.held[group.story]
        if not group.tickets:
            group.withdraw()
            group.withdraw = _done  # no circle is left to collect
            self._groups.pop(group.key, None)

    def _call_up(self, group: Group, tickets: list[Ticket]) -> None:
        """Answer some of a group."""
        for ticket in tickets:
            self._leave(ticket)
        if tickets:
            task = asyncio.get_running_loop().create_task(self._answer(group.respond, tickets))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, respond: Respond, tickets: list[Ticket]) -> None:
        response = await respond(len(tickets))
        rest = iter(tickets)
        while turn := list(islice(rest, TURN)):
            for ticket in turn:
                done, ticket.done = ticket.done, _ignore  # it is in the queue until its time is up
                done(response)
            await asyncio.sleep(0)

    def _tick(self) -> None:
        """Have those whose time is up called up: they came in order, and all wait equally long."""
        if not self._ticking and self._queue:
            self._ticking = True
            self._machine.later(max(0.0, self._queue[0].due - self._machine.now()), self._time_up)

    def _time_up(self) -> None:
        self._ticking = False
        upto = self._machine.now() + SLACK_S
        late: dict[Group, list[Ticket]] = {}
        while self._queue and (self._queue[0].group is None or self._queue[0].due <= upto):
            ticket = self._queue.popleft()
            if ticket.group is not None:
                late.setdefault(ticket.group, []).append(ticket)
        for group, tickets in late.items():
            self._call_up(group, tickets)
        self._tick()


def _done() -> None:
    """There is nothing left to withdraw."""


def _ignore(_: Response) -> None:
    """For a client that left."""


async def _nothing(_: int) -> Response:
    return ()
