"""Servers to measure: started on a free port of this machine, their CPU time read from the kernel, ended by us."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

BIN = Path(sys.executable).parent
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens, and the processes that do its work."""

    name: str
    base: str
    pids: tuple[int, ...]

    def cpu(self) -> float:
        """CPU seconds its processes have used, in the kernel too. Linux lets us read the clock of another process."""
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.pids)


@dataclass(frozen=True, slots=True)
class Newsroom:
    """A Standfirst with a token that may write."""

    server: Server
    token: str


SCOPES = ("read", "publish", "curate", "edit", "retract", "story")
"""What the benchmarks' token may do."""


@contextmanager
def newsroom(home: Path) -> Iterator[Newsroom]:
    """Serve the newsroom in `home`, which must have been filled (see `fill`)."""
    port = free_port()
    environ = {
        **os.environ,
        "STANDFIRST_HOME": str(home),
        "STANDFIRST_PORT": str(port),
        "STANDFIRST_BREAKER_POSTS": "10000",
    }
    made = subprocess.run(
        [BIN / "standfirst", "token", "create", *(part for scope in SCOPES for part in ("--scope", scope))],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    command = [str(BIN / "standfirst"), "serve", "--port", str(port)]
    with running("standfirst", command, port, "/", environ) as server:
        yield Newsroom(server, made.stdout.strip())


@contextmanager
def peer() -> Iterator[Server]:
    """uvicorn with sse-starlette: the usual way to stream events from Python, with no record behind it."""
    port = free_port()
    command = [
        str(BIN / "uvicorn"),
        "benchmarks.peer:app",
        "--port",
        str(port),
        "--log-level",
        "warning",
        "--no-access-log",
    ]
    with running("sse-starlette", command, port, "/", dict(os.environ)) as server:
        yield server


@contextmanager
def nginx(folder: Path, body: bytes) -> Iterator[Server]:
    """nginx with one worker, serving `body` from a plain file, no compression and no access log."""
    port = free_port()
    root = folder / "www"
    root.mkdir(parents=True)
    (root / "page.html").write_bytes(body)
    (folder / "nginx.conf").write_text(
        f"""
        {"user root;" if os.geteuid() == 0 else ""}
        daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; sendfile on; tcp_nopush on; gzip off; keepalive_requests 100000000;
            types {{ text/html html; }}
            client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
            uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
            server {{ listen 127.0.0.1:{port} reuseport; root {root}; }}
        }}
        """
    )
    command = [shutil.which("nginx") or "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running("nginx", command, port, "/page.html", dict(os.environ)) as server:
        yield server


@contextmanager
def running(
    name: str, command: Sequence[str], port: int, path: str, environ: Mapping[str, str], *, scheme: str = "http"
) -> Iterator[Server]:
    """Start `command`, wait until it answers on `path`, and end it afterwards."""
    base = f"{scheme}://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as said:  # a pipe that nobody reads would fill up and halt the server
        process = subprocess.Popen(command, env=environ, stdout=said, stderr=said)
        try:
            _wait(process, base + path, said)
            yield Server(name, base, (process.pid, *_children(process.pid)))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unverified() -> ssl.SSLContext:
    """For servers of ours, whose certificate nobody signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _wait(process: subprocess.Popen[bytes], address: str, said: IO[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5, context=unverified()):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None:
                said.seek(0)
                raise RuntimeError(
                    f"{process.args!r} ended with {process.returncode}: {said.read().decode()}"
                ) from None
            if time.monotonic() > until:
                raise RuntimeError(f"{process.args!r} did not answer {address} in {START_SECONDS:.0f} s") from None
            time.sleep(0.05)


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from _children(int(child))
