"""One port for several processes: reserved by the first, then opened by each; the kernel spreads the connections."""

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

Address = tuple[int, int, int, tuple[str, int] | tuple[str, int, int, int]]


class PortRefused(Exception):
    """The port cannot be had; the message names it and says what to do."""


@contextmanager
def reserved(host: str, port: int) -> Iterator[None]:
    """Keep the port from everybody but `opened`, of this user. Raises PortRefused if somebody has it."""
    with ExitStack() as held:
        for one in _each(host, port, _reserve):
            held.enter_context(one)
        yield


def opened(host: str, port: int) -> list[socket.socket]:
    """Sockets of this process on a port that others have too, bound; the server listens. Raises PortRefused."""
    return _each(host, port, _open)


def _each(host: str, port: int, make: Callable[[socket.socket, object], None]) -> list[socket.socket]:
    """A socket for each address of the host; addresses that this machine does not have are left out, unless all are."""
    made: list[socket.socket] = []
    missing: OSError | None = None
    with ExitStack() as failing:
        try:
            found = dict.fromkeys(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE))
            for family, kind, protocol, _, address in found:
                try:
                    one = failing.enter_context(socket.socket(family, kind, protocol))
                    if family == socket.AF_INET6:
                        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    make(one, address)
                except OSError as error:
                    if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                        raise
                    missing = error
                else:
                    made.append(one)
            if missing is not None and not made:
                raise missing
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortRefused(f"port {port} of {host} is taken: give another with --port") from None
            reason = error.strerror or error
            raise PortRefused(f"cannot listen on {host}:{port} ({reason}): give another --host or --port") from None
        failing.pop_all()
    return made


def _reserve(one: socket.socket, address: object) -> None:
    """Bound alone, as nobody else who shares would notice; then open to those who share, and to nobody else."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # past connections of an earlier server
    one.bind(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)


def _open(one: socket.socket, address: object) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
