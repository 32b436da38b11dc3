"""A server that says what a test has written down, whatever the reader protocol says of it."""

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

HELLO = {"seq": 3, "edition": "abc123", "retry": 1}


def event(name: str, data: object, seq: int | None = None) -> bytes:
    number = "" if seq is None else f"id: {seq}\n"
    return f"event: {name}\n{number}data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def hello(seq: int = 3, **other: object) -> bytes:
    return event("hello", {**HELLO, "seq": seq, **other})


def ops(seq: int, *operations: object) -> bytes:
    return event("ops", {"seq": seq, "ops": list(operations)}, seq)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def stream(*events: bytes) -> bytes:
    """A 200 with these events in it, a chunk each; it is not over."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"".join(map(chunk, events))


class Scripted:
    """`streams` are the answers to requests for a stream, in order, the last for all that follow; None hangs up.

    One that ends in `OVER` is closed after it, any other is left open. `requests` has what was asked; `live` is set
    once a stream was.
    """

    OVER = b"0\r\n\r\n"

    def __init__(self) -> None:
        self.streams: list[bytes | None] = []
        self.requests: list[str] = []
        self.live = threading.Event()
        self.seq = 3
        self.edition = "abc123"
        self.port = 0
        self._over = threading.Event()
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/flood"

    def asked(self, part: str) -> list[str]:
        return [request for request in self.requests if part in request]

    @contextmanager
    def serving(self, tls: ssl.SSLContext | None = None) -> Iterator["Scripted"]:
        script = self

        class Handler(socketserver.BaseRequestHandler):
            def setup(self) -> None:
                if tls is not None:
                    self.request = tls.wrap_socket(self.request, server_side=True)

            def handle(self) -> None:
                script._handle(self.request)

            def finish(self) -> None:
                self.request.close()

        class Server(socketserver.ThreadingTCPServer):
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a client that hangs up on us is part of the play

        with Server(("127.0.0.1", 0), Handler) as server:
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield self
            finally:
                self._over.set()
                server.shutdown()
                thread.join()

    def die(self) -> None:
        """Every stream ends without a word, as do those that are asked for from now on."""
        with self._lock:
            self.streams = [None]
        self._over.set()

    def _handle(self, sock: ssl.SSLSocket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            if not (data := sock.recv(65536)):
                return
            request += data
        with self._lock:
            self.requests.append(request.decode())
            live = b"/live?" in request
            answer = self.streams.pop(0) if len(self.streams) > 1 else self.streams[0]
            if not live:
                self.streams.insert(0, answer)
                answer = self._page()
        if live:
            self.live.set()
        if answer is None:
            return
        sock.sendall(answer)
        if live and not answer.endswith(self.OVER):
            self._over.wait()

    def _page(self) -> bytes:
        body = f'<!doctype html><html lang="en" data-edition="{self.edition}" data-seq="{self.seq}">'.encode()
        return b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
