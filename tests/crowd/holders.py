"""Requests for the next entry, many at once, and whether all get the same answer.

    python -m tests.crowd.holders PORT PATH COUNT

Prints "asked" once every request was sent, and in the end JSON: how many were answered, how many answers differ from
the first, and the first answer's status and body. Every second asks for gzip, and keeps its connection.
"""

import json
import selectors
import socket
import sys

from tests.crowd.answer import Answer

PATIENCE_S = 60.0


def main() -> None:
    port, path, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    selector = selectors.DefaultSelector()
    for number in range(count):
        sock = socket.create_connection(("127.0.0.1", port))
        how = "Accept-Encoding: gzip\r\n" if number % 2 else "Connection: close\r\n"
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{how}\r\n".encode())
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ, Answer())
    print("asked", flush=True)
    bodies: list[tuple[int, bytes]] = []
    while len(bodies) < count and (ready := selector.select(PATIENCE_S)):
        for key, _ in ready:
            key.data.feed(key.fileobj.recv(65536))
            if key.data.whole:
                bodies.append((key.data.status, key.data.body))
                selector.unregister(key.fileobj)
    status, body = bodies[0]
    differ = sum(one != bodies[0] for one in bodies)
    print(json.dumps({"answered": len(bodies), "differ": differ, "status": status, "body": body.decode()}), flush=True)


if __name__ == "__main__":
    main()
