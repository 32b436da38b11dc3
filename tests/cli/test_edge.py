"""`standfirst edge`: what it refuses, and that it needs nothing of a newsroom."""

import os
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme

from tests.contracts.edges import EdgeProcess
from tests.homes import COMMAND


def refused(*words: str, at: Path) -> str:
    done = subprocess.run([COMMAND, "edge", *words], cwd=at, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done
    assert list(at.iterdir()) == []
    return done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--origin", "news.example"], "--origin='news.example' is no origin"),
        (["--origin", "https://news.example/live"], "has a path: give the origin alone, https://news.example"),
        ([], "--origin"),
    ],
)
def test_what_is_no_origin_is_refused_in_a_line(words: list[str], said: str, tmp_path: Path) -> None:
    line = refused(*words, at=tmp_path)
    assert said in line
    assert line.count("\n") == 1


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert f"port {port}" in refused("--origin", "http://127.0.0.1:9", "--port", port, at=tmp_path)


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.parametrize("trusted", [True, False])
def test_an_origin_s_certificate_is_verified_by_the_system_s_authorities(
    trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), Healthy)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    edge = EdgeProcess(f"https://localhost:{server.server_port}", tmp_path / "edge.log")
    try:
        edge.start()
        status, text = edge.first_health()
        if trusted:
            assert (status, text) == (200, "ok\n")
        else:
            assert status == 503
            assert "not ready: the certificate of https://localhost" in text
            assert "SSL_CERT_FILE" in edge.said()
        assert not any("sqlite" in name for name in os.listdir(tmp_path))
        assert edge.stop() == 0, edge.said()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
