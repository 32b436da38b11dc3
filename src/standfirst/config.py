"""Every setting, in one frozen object. Read from `STANDFIRST_<NAME>`; the sentence beside each documents it."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MOST = 1_000_000
"""Of whatever is counted."""

_ORIGIN = re.compile(r"https?://[^/?#@\s\"'<>\\]+/?", re.IGNORECASE)


def _setting(default: Any, doc: str, **metadata: Any) -> Any:  # Any: a dataclass field as its annotation says
    """`least` and `most` bound a number."""
    return field(default=default, metadata={"doc": doc, **metadata})


class ConfigError(ValueError):
    """A setting has a value that cannot be used; the message names both and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one newsroom."""

    home: Path = _setting(  # noqa: RUF009  # a field, not a value shared by all
        Path("standfirst-data"),
        "Folder that holds everything the newsroom has: database, secrets, media.",
    )
    database: str = _setting(
        "",
        "PostgreSQL address, `postgresql://user:password@host/name`; empty: SQLite in the home folder.",
    )
    host: str = _setting("127.0.0.1", "Address that `serve` listens on.")
    port: int = _setting(8000, "Port that `serve` listens on.", least=1, most=65535)
    workers: int = _setting(1, "Processes that `serve` runs on the port; each holds its own readers.", least=1, most=64)
    name: str = _setting("Standfirst", "The newsroom's name, on every page and as publisher in the structured data.")
    url: str = _setting("", "Public address, `https://news.example`, for absolute links; empty: `http://host:port`.")
    mail_url: str = _setting(
        "",
        "Server that sends the newsroom's mail: `smtp://user:password@host:587` (STARTTLS, if a user is given) or "
        "`smtps://...:465`; empty: none is sent, and links are shown to copy.",
    )
    mail_from: str = _setting("", "Address that this mail comes from; empty: `standfirst@` and the public host.")
    oidc_issuer: str = _setting(
        "", "OpenID Connect provider that people may sign in with, `https://login.example`; empty: none."
    )
    oidc_client_id: str = _setting("", "What that provider knows this newsroom as.")
    oidc_client_secret: str = _setting("", "The secret it gave with that.")
    oidc_name: str = _setting("single sign-on", "What the button says after `Sign in with`.")
    hsts_seconds: int = _setting(
        31_536_000,
        "How long browsers ask this host by HTTPS only (HSTS), in seconds; sent when the public address is HTTPS; "
        "0: off, for a newsroom that only tries HTTPS.",
        most=63_072_000,
    )
    desk_offline: int = _setting(
        1,
        "1: browsers keep the desk, which then opens without the network; 0: they forget it, but not what was written.",
        most=1,
    )
    hold_seconds: float = _setting(
        25.0,
        "How long a request for the next entry is held before it is answered 404, in seconds.",
        most=3600,
    )
    immutable_seconds: int = _setting(
        86400,
        "How long caches may keep an entry, in seconds. Erased text is gone from caches after this.",
        most=31_536_000,
    )
    heartbeat_seconds: float = _setting(
        25.0,
        "Silence after which an event stream sends a comment, in seconds.",
        least=1,
        most=3600,
    )
    window: int = _setting(
        1000,
        "Entries whose operations are kept in memory; a page further behind is told to reload.",
        least=1,
    )
    max_readers: int = _setting(
        10000,
        "Event streams held at once, and as many requests for the next entry; a reader over it is told to poll.",
    )
    metrics_port: int = _setting(
        0,
        "Port for Prometheus, for nothing else; each of several workers takes the next that is free; 0: off.",
        most=65535,
    )
    metrics_host: str = _setting("127.0.0.1", "Address for Prometheus; never one that readers can reach.")
    tls_cert: str = _setting("", "Certificate chain in PEM for HTTPS, read again when it changes; empty: plain HTTP.")
    tls_key: str = _setting("", "Key of that certificate in PEM, without a password.")
    trusted_proxies: str = _setting(
        "127.0.0.0/8,::1",
        "Networks of your own proxies, separated by commas: whose `X-Forwarded-For` says who asks, and which have no "
        "budget themselves; empty: none.",
    )
    breaker_posts: int = _setting(
        30,
        "Entries a minute by one person or token that pause it, until the newsroom's settings say otherwise.",
        least=1,
        most=10_000,
    )
    mass_retraction: int = _setting(
        5,
        "Retractions in an hour by one person or token, after which a person has to prove again who they are and a "
        "token is refused, until the newsroom's settings say otherwise.",
        least=1,
        most=1000,
    )
    address_connections: int = _setting(
        4000,
        "Connections that one address (IPv6: /64) may have open; a carrier or a stadium is one address; 0: any number.",
    )
    address_arrivals: int = _setting(
        200,
        "New connections a second that one address may go on opening, after as many at once as it may have open; those "
        "refused take nothing of `accept_rate`; 0: any number.",
    )
    address_requests: int = _setting(500, "Requests a second that one address may go on making; 0: any number.")
    address_burst: int = _setting(5000, "Requests that one address may make at once after a rest.", least=1)
    accept_rate: int = _setting(
        2000,
        "Connections let in a second; more wait in the backlog, so that those who are here go first; 0: any number.",
    )
    backlog: int = _setting(4096, "Connections that the kernel holds until they are accepted.", least=1, most=65535)
    url_bytes: int = _setting(8192, "The longest address of a request, in bytes; of a longer one, 414.", least=100)
    head_bytes: int = _setting(32768, "The longest head of a request, in bytes; of a longer one, 431.", least=1000)
    head_fields: int = _setting(100, "Header lines of a request; of more, 431.", least=10)
    header_seconds: float = _setting(
        10.0, "Time for a TLS handshake, and for the whole head of a request; 0: any time.", most=3600
    )
    body_seconds: float = _setting(30.0, "Time for the whole body of a request; 0: any time.", most=3600)
    idle_seconds: float = _setting(
        30.0, "How long a connection is kept open for its next request; 0: for as long as the client likes.", most=3600
    )
    drain_seconds: float = _setting(
        30.0, "Time in which a client must take 32 kB of its answer, or be cut off; 0: any time.", most=3600
    )

    @property
    def base_url(self) -> str:
        """The public address without a trailing slash."""
        return self.url.rstrip("/") or f"{'https' if self.tls_cert else 'http'}://{self.host}:{self.port}"

    @property
    def desk_url(self) -> str:
        """Where people sign in: the public address, with `localhost` for a number of this machine.

        A passkey belongs to a name: browsers make none for an address in numbers.
        """
        parts = urlsplit(self.base_url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://localhost{port}" if _is_loopback(parts.hostname or "") else self.base_url

    @property
    def sqlite_path(self) -> Path:
        """Where the SQLite database is."""
        return self.home / "standfirst.sqlite3"


def load(environ: Mapping[str, str] | None = None, **given: Any) -> Config:  # Any: values of the fields above
    """Settings from the environment; `given` ones (None: not given) win. Raises ConfigError."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for item in fields(Config):
        key = f"STANDFIRST_{item.name.upper()}"
        if given.get(item.name) is not None:
            values[item.name] = _judged(item.name, given[item.name], item)
        elif key in environ:
            values[item.name] = _judged(key, _read(key, environ[key], type(item.default)), item)
    unknown = given.keys() - {item.name for item in fields(Config)}
    if unknown:
        raise ConfigError(f"no such setting: {', '.join(sorted(unknown))}")
    config = Config(**values)
    _refuse_half_given(config)
    return config


def _refuse_half_given(config: Config) -> None:
    """Raise ConfigError for settings that make sense together only."""
    if bool(config.tls_cert) != bool(config.tls_key):
        have, lack = ("cert", "key") if config.tls_cert else ("key", "cert")
        raise ConfigError(
            f"--tls-{have}={config.tls_cert or config.tls_key!r} (STANDFIRST_TLS_{have.upper()}) is given without "
            f"--tls-{lack} (STANDFIRST_TLS_{lack.upper()}): give both or neither"
        )
    given = {name: getattr(config, f"oidc_{name}") for name in ("issuer", "client_id", "client_secret")}
    if lacks := [name for name, value in given.items() if not value and any(given.values())]:
        raise ConfigError(
            f"STANDFIRST_OIDC_{lacks[0].upper()} is not given, but the provider's others are: give all three or none"
        )


def _read(key: str, raw: str, kind: type[Any]) -> Any:  # Any: an instance of `kind`
    target: Callable[[str], Any] = Path if issubclass(kind, Path) else kind
    try:
        return target(raw)
    except ValueError:
        raise ConfigError(f"{key}={raw!r} is not {'a whole number' if kind is int else 'a number'}") from None


def _judged(key: str, value: Any, item: "Field[Any]") -> Any:  # Any: as in Config
    if isinstance(item.default, int | float):
        least, most = item.metadata.get("least", 0), item.metadata.get("most", MOST)
        if not least <= value <= most:  # nor is NaN
            raise ConfigError(f"{key}={value!r} is out of range: give {least} to {most}")
    if item.name == "url" and value and not _is_origin(value):
        raise ConfigError(f"{key}={value!r} is no public address: give one like https://news.example, without a path")
    if item.name == "oidc_issuer" and value and urlsplit(value).scheme not in ("http", "https"):
        raise ConfigError(f"{key}={value!r} is no address of a provider: give one like https://login.example")
    if item.name == "mail_url" and value and not _is_mail_server(value):
        raise ConfigError(f"{key} is no mail server: give one like smtp://user:password@mail.example:587")
    if item.name == "trusted_proxies":
        for network in filter(None, map(str.strip, value.split(","))):
            try:
                ip_network(network, strict=False)
            except ValueError:
                raise ConfigError(f"{key}={network!r} is no network: give one like 10.0.0.0/8, or an address") from None
    return value


def _is_mail_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def _is_origin(url: str) -> bool:
    """Scheme, host and perhaps a port: all links are made from it, and a newsroom has a host to itself."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that cannot be
        return False
    return named and parts.scheme in ("http", "https") and _ORIGIN.fullmatch(url) is not None
