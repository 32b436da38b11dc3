"""The C floor and the C load generator, compiled when they are needed."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
REMEDY = "install one (Debian: apt-get install gcc libc6-dev libssl-dev zlib1g-dev)"


class Missing(Exception):
    """Something that has to be installed first; the message says what."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs. `tls` and `gzip`: whether the headers of OpenSSL and zlib were there."""

    floor: str
    load: str
    tls: bool
    gzip: bool


def build(folder: Path) -> Tools:
    """Compile into `folder`. Raises Missing."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Missing(f"no C compiler (cc, gcc, clang) on this machine: {REMEDY}")
    tls, gzip = _has(compiler, "openssl/ssl.h"), _has(compiler, "zlib.h")
    more = ["-DTLS", "-lssl", "-lcrypto"] if tls else []
    floor = _compile(compiler, folder, "floor", more)
    load = _compile(compiler, folder, "load", more + (["-DGZIP", "-lz"] if gzip else []))
    return Tools(floor, load, tls, gzip)


def _compile(compiler: str, folder: Path, name: str, more: list[str]) -> str:
    """Libraries come after the source that needs them."""
    made = folder / name
    command = [compiler, "-O2", "-Wall", "-o", str(made), str(HERE / f"{name}.c"), *more]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"{name}.c does not compile with {compiler}: {REMEDY}\n{done.stderr}")
    return str(made)


def _has(compiler: str, header: str) -> bool:
    source = f"#include <{header}>\n"
    done = subprocess.run([compiler, "-E", "-x", "c", "-"], input=source, capture_output=True, text=True)
    return done.returncode == 0
