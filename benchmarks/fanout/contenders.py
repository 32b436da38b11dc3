"""The servers that are compared, each started the way its own documentation says, with one process for the work."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fanout.build import Missing, Tools
from benchmarks.servers import BIN, Server, free_port, running

NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
OURS = "benchmarks.fanout.peers.ours"
QUEUES = "benchmarks.fanout.peers.queues:app"


@dataclass(frozen=True, slots=True)
class Contender:
    """A running server, where its stream is and where to publish."""

    name: str
    servers: tuple[Server, ...]
    live: str
    publish: str

    @property
    def server(self) -> Server:
        return self.servers[0]

    def cpu(self) -> float:
        """CPU seconds of all its processes so far."""
        return sum(server.cpu() for server in self.servers)

    def private(self) -> int:
        """Bytes of memory that are only its own."""
        return sum(private(pid) for server in self.servers for pid in server.pids)


NAMES = {
    "floor": "C, epoll and `send()`: the floor",
    "standfirst": "Standfirst",
    "nchan": "nginx + nchan",
    "granian-rsgi": "Granian, RSGI, a queue per reader",
    "granian": "Granian, ASGI, a queue per reader",
    "uvicorn": "uvicorn, StreamingResponse, a queue per reader",
    "sse-starlette": "uvicorn, sse-starlette, a queue per reader",
}


@contextmanager
def contender(name: str, tools: Tools, scratch: Path, *, copies: int = 1) -> Iterator[Contender]:
    """Start one of NAMES; `copies` processes with a port each, or one server with so many workers. Raises Missing."""
    with ExitStack() as ended:
        if name == "nchan":
            servers = [ended.enter_context(_nchan(scratch, copies))]
        else:
            servers = [ended.enter_context(_started(name, tools)) for _ in range(copies)]
        live, publish = {"standfirst": ("/bench/live", "/api/publish"), "sse-starlette": ("/sse", "/publish")}.get(
            name, ("/plain" if name in ("uvicorn", "granian") else "/live", "/publish")
        )
        yield Contender(name, tuple(servers), live, publish)


@contextmanager
def ours(*options: str, name: str = "standfirst", settings: Mapping[str, str] | None = None) -> Iterator[Contender]:
    """Ours with settings of one's own (STANDFIRST_*) and options of `peers.ours`."""
    with _ours(name, options, settings or {}) as server:
        yield Contender(name, (server,), "/bench/live", "/api/publish")


@contextmanager
def floor_tls(tools: Tools, certificate: Path, key: Path) -> Iterator[Contender]:
    """The OpenSSL floor."""
    port = free_port()
    command = [tools.floor, str(port), str(certificate), str(key)]
    with running("floor-tls", command, port, "/", dict(os.environ), scheme="https") as server:
        yield Contender("floor-tls", (server,), "/live", "/publish")


def _started(name: str, tools: Tools) -> AbstractContextManager[Server]:
    port = free_port()
    environ = dict(os.environ)
    uvicorn = [str(BIN / "uvicorn"), QUEUES, "--port", str(port), "--no-access-log", "--log-level", "warning"]
    granian = [str(BIN / "granian"), "--port", str(port), "--workers", "1", "--backlog", "16384", "--no-access-log"]
    granian += ["--backpressure", "30000", "--loop", "uvloop", "--log-level", "warning"]
    commands = {
        "floor": [tools.floor, str(port)],
        "uvicorn": [*uvicorn, "--backlog", "4096"],
        "sse-starlette": [*uvicorn, "--backlog", "4096"],
        "granian": [*granian, "--interface", "asgi", QUEUES],
        "granian-rsgi": [*granian, "--interface", "rsgi", "benchmarks.fanout.peers.rsgi:app"],
    }
    if name == "standfirst":
        return _ours(name, (), {})
    return running(name, commands[name], port, "/", environ)


def _ours(name: str, options: tuple[str, ...], settings: Mapping[str, str]) -> AbstractContextManager[Server]:
    port = free_port()
    quiet = {"STANDFIRST_MAX_READERS": "30000", "STANDFIRST_HEARTBEAT_SECONDS": "3600"}
    command = [sys.executable, "-m", OURS, str(port), *options]
    scheme = "https" if "STANDFIRST_TLS_CERT" in settings else "http"
    return running(name, command, port, "/healthz", {**os.environ, **quiet, **settings}, scheme=scheme)


@contextmanager
def _nchan(scratch: Path, workers: int) -> Iterator[Server]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None or not NCHAN.exists():
        raise Missing("nginx with nchan is not installed (Debian: apt-get install nginx libnginx-mod-nchan)")
    port = free_port()
    folder = scratch / f"nchan-{port}"
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        f"""
        load_module {NCHAN};
        {"user root;" if os.geteuid() == 0 else ""}
        daemon off; {"master_process off;" if workers == 1 else ""} worker_processes {workers};
        pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 19900; }}
        http {{
            access_log off; gzip off; tcp_nodelay on; keepalive_requests 100000000; nchan_shared_memory_size 512m;
            client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
            uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
            server {{
                listen 127.0.0.1:{port} backlog=4096 {"reuseport" if workers > 1 else ""};
                location = /publish {{ nchan_publisher; nchan_channel_id bench; nchan_message_buffer_length 100; }}
                location = /live {{
                    nchan_subscriber eventsource; nchan_channel_id bench; nchan_subscriber_first_message newest;
                }}
            }}
        }}
        """
    )
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with running("nchan", command, port, "/", dict(os.environ)) as server:
        yield server


def private(pid: int) -> int:
    """Bytes of memory that only this process has."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        return sum(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Private_"))
