"""A client that renews its keys without end: its records are bounded, in requests and in streams."""

import asyncio
import re
import socket
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from standfirst.edge.records import MOST, CountedSocket
from tests.edge.test_tls import House, Pair, newsroom, told

KEY_UPDATE = bytes([24, 0, 0, 1, 0])
HANDSHAKE, DATA = 22, 23


class Renewing:
    """A TLS 1.3 client that can write records which OpenSSL's own interface in Python does not offer (RFC 8446, 7)."""

    def __init__(self, address: tuple[str, int], pair: Pair, folder: Path) -> None:
        log = folder / "keys.log"
        pair.believer.keylog_filename = str(log)
        self.plain = socket.create_connection(address, 10)
        self._tls = pair.believer.wrap_socket(self.plain, server_hostname="127.0.0.1")
        assert self._tls.cipher() == ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256)
        found = re.search(r"CLIENT_TRAFFIC_SECRET_0 \w+ (\w+)", log.read_text())
        assert found is not None
        self._secret = bytes.fromhex(found[1])
        self._sent = 0

    def data(self, data: bytes) -> bytes:
        """A record with data."""
        return self._record(data, DATA)

    def updates(self, times: int) -> list[bytes]:
        """Key updates, each in a record."""
        return [self._update() for _ in range(times)]

    def _update(self) -> bytes:
        record = self._record(KEY_UPDATE, HANDSHAKE)
        self._secret, self._sent = self._derived("traffic upd", 48), 0
        return record

    def put(self, *records: bytes) -> None:
        """Send records as they are, if the server still takes them."""
        try:
            socket.socket.sendall(self._tls, b"".join(records))
        except ConnectionError:
            return

    def read(self) -> bytes:
        return self._tls.recv(65536)

    def close(self) -> None:
        self._tls.close()

    def _record(self, content: bytes, kind: int) -> bytes:
        head = bytes([23, 3, 3]) + (len(content) + 17).to_bytes(2)
        nonce = int.from_bytes(self._derived("iv", 12)) ^ self._sent
        self._sent += 1
        return head + AESGCM(self._derived("key", 32)).encrypt(nonce.to_bytes(12), content + bytes([kind]), head)

    def _derived(self, label: str, size: int) -> bytes:
        name = b"tls13 " + label.encode()
        info = size.to_bytes(2) + bytes([len(name)]) + name + b"\0"
        return HKDFExpand(SHA384(), size, info).derive(self._secret)


def test_a_few_key_updates_between_data_do_no_harm(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = await asyncio.to_thread(Renewing, house.address, house.pair, tmp_path)
        for turn in range(1, 4):
            client.put(*client.updates(MOST // 2), client.data(b"x"))
            await house.until(lambda turn=turn: bool(house.made) and house.made[0].heard == b"x" * turn)  # type: ignore[misc]
        assert house.made[0].calls == ["made"]
        client.close()

    told(tmp_path, story)


def test_key_updates_without_end_are_the_end_of_the_connection(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = await asyncio.to_thread(Renewing, house.address, house.pair, tmp_path)
        await house.until(lambda: bool(house.made))
        ours = house.made[0].transport.get_extra_info("socket")
        assert isinstance(ours, CountedSocket)
        client.put(*client.updates(20 * MOST))
        await house.until(lambda: house.made[0].calls == ["made", "lost"])
        assert MOST < ours.records <= MOST + 2, "OpenSSL read no further"
        client.close()

    told(tmp_path, story)


def test_a_stream_ends_at_the_first(tmp_path: Path) -> None:
    async def story() -> None:
        pair = Pair(tmp_path)
        async with newsroom(pair) as (server, _, http):
            address = ("127.0.0.1", http.base_url.port or 0)
            client = await asyncio.to_thread(Renewing, address, pair, tmp_path)
            client.put(client.data(b"GET /flood/live HTTP/1.1\r\nHost: x\r\n\r\n"))
            assert (await asyncio.to_thread(client.read)).startswith(b"HTTP/1.1 200")
            assert server._edge.hub.readers == 1
            client.put(*client.updates(1))
            async with asyncio.timeout(10):
                while server._edge.hub.readers:
                    await asyncio.sleep(0.001)
            client.close()

    asyncio.run(story())
