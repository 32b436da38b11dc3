"""The certificate that the edge shows, read again when its files change."""

import logging
import os
import re
import ssl
from pathlib import Path

from standfirst.config import ConfigError
from standfirst.edge.records import count

log = logging.getLogger(__name__)

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: forward secrecy and authenticated encryption only. TLS 1.3 has no others."""
_CERT = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----")
_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")


class Certificate:
    """A certificate with its key, read again when the files change. New connections get the new one.

    Raises ConfigError if the pair cannot be used at the start; later the old one stays, and that is logged.
    """

    def __init__(self, cert: Path, key: Path) -> None:
        self._cert = cert
        self._key = key
        self._seen = self._state()
        self.context = self._load()
        self.reloads = 0

    def refresh(self) -> bool:
        """Look at the files; True: they are another pair, which is used from now on."""
        seen = self._state()
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            self.context = self._load()
        except ConfigError as error:
            log.error("edge: the old certificate is used on: %s", error)
            return False
        self.reloads += 1
        log.info("edge: the certificate was read again")
        return True

    def _state(self) -> tuple[tuple[int, ...], ...]:
        return _identity(self._cert), _identity(self._key)

    def _load(self) -> ssl.SSLContext:
        _look(self._cert, "cert", "certificate", _CERT)
        _look(self._key, "key", "private key", _KEY)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
        context.set_ciphers(CIPHERS)
        context.set_alpn_protocols(["http/1.1"])
        count(context)
        try:
            context.load_cert_chain(self._cert, self._key, password=_no_password)
        except (OSError, ValueError) as error:  # an SSLError is an OSError
            why = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
            raise ConfigError(
                f"--tls-cert={str(self._cert)!r} with --tls-key={str(self._key)!r} cannot be used ({why}): "
                "give a PEM certificate chain and its key without a password"
            ) from None
        return context


def _look(path: Path, option: str, what: str, begin: re.Pattern[bytes]) -> None:
    """Raises ConfigError for a file that cannot be read, or has none of these in PEM."""
    given = f"--tls-{option}={str(path)!r} (STANDFIRST_TLS_{option.upper()})"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{given} cannot be read ({error.strerror}): give the path of a PEM file") from None
    if not begin.search(content):
        raise ConfigError(f"{given} has no {what} in PEM: give a file with `-----BEGIN {what.upper()}-----`")


def _identity(path: Path) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _no_password() -> str:
    raise ValueError("the key has a password")
