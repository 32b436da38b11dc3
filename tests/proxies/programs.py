"""nginx, Caddy and Varnish with the configurations of docs/howto/proxies, each an ordinary process on a free port.

What names a place in those files (a host, a port, a folder) is put in its stead; everything else is run as it is read.
A program that is not installed: its tests are skipped by name with the reason, or fail if
STANDFIRST_TEST_PROXIES=required (as in CI).
"""

import asyncio
import os
import shlex
import shutil
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx
import pytest
import trustme

from tests.browser.newsroom import free_port

HERE = Path(__file__).parents[2] / "docs" / "howto" / "proxies"
PACKAGES = {"nginx": "nginx-light", "caddy": "caddy", "varnishd": "varnish"}
STARTING = 600
"""Tries, a tenth of a second apart, for a proxy to listen."""

Change = Callable[[str], str]


@dataclass(frozen=True)
class Front:
    """A proxy that runs: where readers find it, whom they trust, and the folder it keeps its things in."""

    url: str
    authority: Path | None
    folder: Path

    def client(self, sender: str = "127.0.0.1") -> httpx.AsyncClient:
        """A client at an address of this machine. It makes any number of connections and waits half a minute."""
        trust = ssl.create_default_context(cafile=self.authority) if self.authority else False
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        transport = httpx.AsyncHTTPTransport(verify=trust, limits=limits, local_address=sender)
        return httpx.AsyncClient(base_url=self.url, timeout=30, transport=transport)


def need(*programs: str) -> None:
    """Skip the test, or fail it where proxies are required, if one of these cannot be run."""
    for program in programs:
        if shutil.which(program) is None and not Path(f"/usr/sbin/{program}").exists():
            lack(f"{program} is not installed (Debian: apt-get install {PACKAGES.get(program, program)})")


def lack(reason: str) -> NoReturn:
    """The test cannot be run here."""
    if os.environ.get("STANDFIRST_TEST_PROXIES") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def put(text: str, places: dict[str, str]) -> str:
    """`text` with our places in the stead of the documented ones, each of which must be there."""
    for documented, ours in places.items():
        assert documented in text, f"the documented configuration has lost {documented!r}"
        text = text.replace(documented, ours)
    return text


def without(line: str) -> Change:
    """For negative controls: the configuration without one of its lines."""

    def change(text: str) -> str:
        assert text.count(line) == 1, f"{line!r} is not there once"
        return "\n".join(kept for kept in text.split("\n") if line not in kept)

    return change


def as_documented(text: str) -> str:
    return text


@asynccontextmanager
async def nginx(folder: Path, origin: int, change: Change = as_documented) -> AsyncIterator[Front]:
    """nginx in front of the origin's port."""
    need("nginx")
    folder.mkdir()
    port, authority = free_port(), _certificate(folder)
    places = {
        "user www-data;": "user root;" if os.geteuid() == 0 else "",
        "/run/nginx.pid": f"{folder}/pid",
        "/var/log/nginx/error.log warn": "stderr warn",
        "worker_rlimit_nofile 65536;": "",
        "worker_connections 32768;": "worker_connections 2048;",
        "http {": f"http {{ {_temporary(folder)}",
        "/var/cache/nginx/standfirst": f"{folder}/cache",
        "127.0.0.1:8000": f"127.0.0.1:{origin}",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "news.example": "localhost",
        "/etc/nginx/": f"{folder}/",
    }
    (folder / "nginx.conf").write_text(change(put((HERE / "nginx.conf").read_text(), places)))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    words = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    async with _running(folder, words, port):
        yield Front(f"https://localhost:{port}", authority, folder)


def _temporary(folder: Path) -> str:
    """Where nginx may write without being root."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


@asynccontextmanager
async def varnish(folder: Path, origin: int, change: Change = as_documented) -> AsyncIterator[Front]:
    """Varnish in front of the origin's port, without TLS."""
    need("varnishd")
    folder.mkdir()
    port = free_port()
    vcl = put((HERE / "standfirst.vcl").read_text(), {'.port = "8000"': f'.port = "{origin}"'})
    (folder / "standfirst.vcl").write_text(change(vcl))
    places = {
        "-j unix,user=vcache": f"-j none -n {folder}/varnishd",
        "127.0.0.1:6081": f"127.0.0.1:{port}",
        "/etc/varnish/standfirst.vcl": f"{folder}/standfirst.vcl",
        "malloc,256m": "malloc,16m",
    }
    started = put((HERE / "varnish.conf").read_text(), places).replace("\\\n", " ").split("ExecStart=")[-1]
    async with _running(folder, shlex.split(started), port):
        yield Front(f"http://127.0.0.1:{port}", None, folder)


@asynccontextmanager
async def caddy(folder: Path, origin: int, change: Change = as_documented) -> AsyncIterator[Front]:
    """Caddy in front of the origin's port."""
    async with _caddy(folder, "Caddyfile", {"127.0.0.1:8000": f"127.0.0.1:{origin}"}, change) as front:
        yield front


@asynccontextmanager
async def caddy_and_varnish(folder: Path, origin: int, change: Change = as_documented) -> AsyncIterator[Front]:
    """Caddy for TLS, Varnish behind it; `change` is made to Varnish's configuration."""
    folder.mkdir()
    async with varnish(folder / "varnish", origin, change) as cache:
        places = {"127.0.0.1:8000": f"127.0.0.1:{origin}", "127.0.0.1:6081": cache.url.removeprefix("http://")}
        async with _caddy(folder / "caddy", "Caddyfile-varnish", places, as_documented) as front:
            yield front


@asynccontextmanager
async def _caddy(folder: Path, name: str, places: dict[str, str], change: Change) -> AsyncIterator[Front]:
    need("caddy")
    folder.mkdir()
    port, authority = free_port(), _certificate(folder)
    places |= {
        "\tservers {": f"\thttp_port {free_port()}\n\tadmin off\n\tservers {{",
        "news.example {": f"https://localhost:{port} {{\n\tbind 127.0.0.1\n\ttls {folder}/news.example.crt "
        f"{folder}/news.example.key",
    }
    (folder / "Caddyfile").write_text(change(put((HERE / name).read_text().split("\n\n", 1)[1], places)))
    words = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    async with _running(folder, words, port):
        yield Front(f"https://localhost:{port}", authority, folder)


def _certificate(folder: Path) -> Path:
    """A certificate for localhost under the names that the configurations use; returns who signed it."""
    signer = trustme.CA()
    signer.cert_pem.write_to_path(folder / "authority.crt")
    made = signer.issue_cert("localhost")
    made.private_key_pem.write_to_path(folder / "localhost.key")
    for name in ("localhost.crt", "news.example.crt"):
        for piece in made.cert_chain_pems:
            piece.write_to_path(folder / name, append=True)
    made.private_key_pem.write_to_path(folder / "news.example.key")
    return folder / "authority.crt"


@asynccontextmanager
async def _running(folder: Path, words: list[str], port: int) -> AsyncIterator[None]:
    """The program, from when it listens to its end. Raises AssertionError with what it said if it ends by itself."""
    env = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*words, stdout=log, stderr=log, env=env, start_new_session=True)
    try:
        await _listens(process, port, folder / "log")
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)  # a session of its own: its children too
            raise


async def _listens(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    for _ in range(STARTING):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            try:
                await asyncio.wait_for(process.wait(), 0.1)
                break
            except TimeoutError:
                continue
        writer.close()
        await writer.wait_closed()
        return
    raise AssertionError(f"{process} does not listen:\n{log.read_text()[-4000:]}")


FRONTS = {"nginx": nginx, "caddy": caddy, "varnish": varnish, "caddy+varnish": caddy_and_varnish}
TLS = ("nginx", "caddy", "caddy+varnish")
