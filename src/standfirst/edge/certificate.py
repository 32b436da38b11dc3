"""The certificate that the edge shows, read again when its files change."""

import logging
import os
import ssl
from pathlib import Path

from standfirst.config import ConfigError
from standfirst.edge.records import count

log = logging.getLogger(__name__)

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: forward secrecy and authenticated encryption only. TLS 1.3 has no others."""


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
                f"tls_cert={str(self._cert)!r} with tls_key={str(self._key)!r} cannot be used ({why}): "
                "give a PEM certificate chain and its key without a password"
            ) from None
        return context


def _identity(path: Path) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _no_password() -> str:
    raise ValueError("the key has a password")
