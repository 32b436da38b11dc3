"""How much one client may take: connections open at once, and requests. Pure: the time is an argument, in seconds.

A client is an address: a whole IPv4 address, or a /64 of IPv6, which is what one household or one machine is given. An
address may be shared by thousands (a carrier's gateway, a stadium), so budgets are wide. Nothing is kept of a client
that has no connection and has not asked lately, and nothing is written down.
"""

from collections import OrderedDict
from collections.abc import KeysView
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

HOPS_MOST = 20
"""Of a forwarded header, how many addresses are looked at, from the right."""
CLIENTS_MOST = 65_536
"""Clients whose requests are counted at a time; of more, those that asked longest ago are forgotten."""
_ROUNDING = 1e-6
_LOW_64 = (1 << 64) - 1

Address = IPv4Address | IPv6Address


class Trusted:
    """Networks of our own proxies, whose word on who asks is taken. `networks`: separated by commas; may be empty.

    Raises ValueError for what is no network.
    """

    def __init__(self, networks: str) -> None:
        found = [ip_network(part.strip(), strict=False) for part in networks.split(",") if part.strip()]
        self._ranges = [(net.version, int(net.network_address), int(net.broadcast_address)) for net in found]

    def __contains__(self, address: Address) -> bool:
        number = int(address)
        return any(version == address.version and first <= number <= last for version, first, last in self._ranges)

    def proxy(self, peer: str) -> bool:
        """Whether a connection from `peer` is one of our proxies'."""
        address = _parsed(peer)
        return address is not None and address in self

    def client(self, peer: str, forwarded_for: str = "") -> str:
        """Who asks, as the key of its budget; "" for a proxy of ours that does not say for whom: it has no budget.

        `peer` is the connection's address, "" if it has none. `forwarded_for` is the request's X-Forwarded-For: heeded
        if the peer is trusted, from the right, up to the first address that is not. What is no address ends it there.
        """
        address = _parsed(peer)
        if address is None:
            return ""
        if address not in self:
            return _key(address)
        for hop in forwarded_for.rsplit(",", HOPS_MOST)[: -HOPS_MOST - 1 : -1]:
            said = _parsed(_bare(hop.strip()))
            if said is None:
                return ""
            if said not in self:
                return _key(said)
        return ""


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _bare(hop: str) -> str:
    """An address without the port that some proxies add: `192.0.2.1:80`, `[2001:db8::1]:80`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _key(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return f"{IPv6Address(int(address) & ~_LOW_64)}/64"


class Bucket:
    """Tokens that come back at `rate` a second, `burst` at most. Rate 0: as many as are asked for.

    Kept as one number: when it will be full again.
    """

    __slots__ = ("_burst", "_each", "_full_at")

    def __init__(self, rate: float, burst: int) -> None:
        self._each = 1 / rate if rate else 0.0
        self._burst = max(burst, 1) * self._each
        self._full_at = 0.0

    def take(self, now: float) -> float:
        """Take one: 0. There is none: how many seconds until there is."""
        self._full_at, wait = _taken(self._full_at, now, self._each, self._burst)
        return wait

    def wait(self, now: float) -> float:
        """How many seconds until one could be taken; takes none."""
        return _taken(self._full_at, now, self._each, self._burst)[1]


def _taken(full_at: float, now: float, each: float, burst: float) -> tuple[float, float]:
    """When the bucket is full after a token was taken, and 0; or as before, and how long until there is one."""
    after = max(full_at, now) + each
    wait = after - now - burst
    return (after, 0.0) if wait <= _ROUNDING else (full_at, wait)


class Buckets:
    """A bucket for each client, of which nothing is kept once it is full again; at most `most`."""

    def __init__(self, rate: float, burst: int, most: int) -> None:
        self._most = most
        self._each = 1 / rate if rate else 0.0
        self._burst = max(burst, 1) * self._each
        self._full_at: OrderedDict[str, float] = OrderedDict()

    @property
    def clients(self) -> KeysView[str]:
        """Those of whom something is kept."""
        return self._full_at.keys()

    def take(self, client: str, now: float) -> float:
        """As `Bucket.take`."""
        if not self._each or not client:
            return 0.0
        full_at, wait = _taken(self._full_at.get(client, 0.0), now, self._each, self._burst)
        self._full_at[client] = full_at
        self._full_at.move_to_end(client)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return wait

    def forget(self, now: float) -> None:
        """Drop what is no longer needed: a client that has its full budget again is one that never asked."""
        while self._full_at:
            client, full_at = next(iter(self._full_at.items()))
            if full_at > now:
                return
            del self._full_at[client]


class Budgets:
    """Connections and requests by client.

    `connections` open at once; `arrivals` new ones a second, and after a rest as many at once as may be open (without
    that bound, those of ten seconds); `rate` requests a second, and `burst` at once after a rest. 0 turns any off.
    """

    def __init__(
        self,
        *,
        connections: int = 0,
        arrivals: float = 0,
        rate: float = 0,
        burst: int = 0,
        most: int = CLIENTS_MOST,
    ) -> None:
        self._allowed = connections
        self._open: dict[str, int] = {}
        self._arrivals = Buckets(arrivals, connections or int(10 * arrivals), most)
        self._requests = Buckets(rate, burst, most)

    @property
    def clients(self) -> int:
        """Of how many something is kept."""
        return len(self._open.keys() | self._arrivals.clients | self._requests.clients)

    def come(self, client: str, now: float) -> bool:
        """A new connection of `client`, which enters next; False: they come too fast."""
        return not self._arrivals.take(client, now)

    def enter(self, client: str) -> bool:
        """One more connection of `client`; False: it has as many as it may. Whoever entered leaves once."""
        if not self._allowed or not client:
            return True
        count = self._open.get(client, 0)
        if count >= self._allowed:
            return False
        self._open[client] = count + 1
        return True

    def leave(self, client: str) -> None:
        """A connection that entered is closed."""
        count = self._open.get(client, 0)
        if count > 1:
            self._open[client] = count - 1
        elif count:
            del self._open[client]

    def spend(self, client: str, now: float) -> float:
        """One more request of `client`: 0, or how many seconds until it may ask again."""
        return self._requests.take(client, now)

    def forget(self, now: float) -> None:
        """Drop what is no longer needed. Call it now and then."""
        self._arrivals.forget(now)
        self._requests.forget(now)


class Lease:
    """A connection's place in its client's budget, until `end` is called. The client has entered.

    A connection of a proxy of ours has no budget, but each of its requests counts as a connection of whoever asks.
    """

    __slots__ = ("_asks", "_budgets", "_client")

    def __init__(self, budgets: Budgets, client: str) -> None:
        self._budgets = budgets
        self._client = client
        self._asks = ""

    def ask(self, client: str) -> bool:
        """A request of `client` begins, and the one before is over; False: it has as many as it may."""
        self.answered()
        if not self._budgets.enter(client):
            return False
        self._asks = client
        return True

    def answered(self) -> None:
        """The request is over."""
        if self._asks:
            self._budgets.leave(self._asks)
            self._asks = ""

    def end(self) -> None:
        """The connection is closed. Once is enough; more does no harm."""
        self.answered()
        if self._client:
            self._budgets.leave(self._client)
            self._client = ""
