"""`serve` with a certificate, as a process."""

import re
import signal
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import trustme

from standfirst.cli import running
from tests.cli.test_process import COMMAND, environment, run


def test_a_certificate_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    port = str(running.next_free("127.0.0.1", 20000))
    (tmp_path / "empty.pem").touch()
    for given, named in [
        (
            ["--tls-cert", "a.pem"],
            "--tls-cert='a.pem' (STANDFIRST_TLS_CERT) is given without --tls-key (STANDFIRST_TLS_KEY)",
        ),
        (
            ["--tls-key", "a.pem"],
            "--tls-key='a.pem' (STANDFIRST_TLS_KEY) is given without --tls-cert (STANDFIRST_TLS_CERT)",
        ),
        (
            ["--tls-cert", "a.pem", "--tls-key", "a.pem"],
            "--tls-cert='a.pem' (STANDFIRST_TLS_CERT) cannot be read (No such file or directory)",
        ),
        (
            ["--tls-cert", "empty.pem", "--tls-key", "empty.pem"],
            "empty.pem' (STANDFIRST_TLS_CERT) has no certificate in PEM",
        ),
    ]:
        result = run("serve", "--port", port, *given, at=tmp_path)
        assert result.returncode == 2, result
        (line,) = result.stderr.splitlines()
        assert named in line
    assert not (tmp_path / "standfirst-data").exists()


def test_pages_are_served_over_https_and_links_say_so(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "pair.pem")
    pair = str(tmp_path / "pair.pem")
    port = running.next_free("127.0.0.1", 21000)
    assert run("story", "open", "ferry", "--headline", "Ferry", at=tmp_path).returncode == 0
    with subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port), "--tls-cert", pair, "--tls-key", pair],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        said = process.stdout.readline()
        assert re.search(rf" is at https://127\.0\.0\.1:{port}/", said)
        believer = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
        page = _ask(f"https://127.0.0.1:{port}/ferry", believer, process)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"https://127.0.0.1:{port}/ferry" in page


def _ask(address: str, believer: ssl.SSLContext, process: "subprocess.Popen[str]") -> str:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=10, context=believer) as answer:
                return str(answer.read().decode())
        except ConnectionError:
            continue
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
    raise AssertionError(process.stdout.read() if process.stdout else "it ended")
