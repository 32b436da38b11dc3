"""For clients of plain HTTP."""

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: as `verify`, it spares a client that asks `http:` only the reading of every authority there is."""
