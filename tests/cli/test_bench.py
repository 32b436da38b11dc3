"""`standfirst bench` against a real server, and its refusals."""

import json
import signal
import subprocess
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from standfirst.cli import main
from tests.contracts.killing import SLUG, Server
from tests.homes import COMMAND
from tests.load.scripted import Scripted, event, hello, ops, stream


def run(*args: str, typed: str = "", **environ: str) -> Result:
    return CliRunner().invoke(main, ["bench", *args], input=typed, env={"STANDFIRST_TOKEN": None, **environ})


def refused(*args: str, **environ: str) -> str:
    result = run(*args, **environ)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    return result.stderr.splitlines()[-1].removeprefix("standfirst: ")


@pytest.fixture
def server(own_database: dict[str, str]) -> Iterator[Server]:
    made = Server(own_database)
    made.start()
    yield made
    made.kill()


def test_updates_reach_every_reader_of_a_real_server(server: Server) -> None:
    token = server.command("token", "create", "--scope", "publish").strip()
    address = f"http://127.0.0.1:{server.port}/{SLUG}"
    given = ("--readers", "40", "--rate", "1000", "--seconds", "1", "--updates", "5", "--yes", "--json")
    result = run(address, *given, STANDFIRST_TOKEN=token)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["opened"], found["deliveries"], found["sound"]) == (40, 200, True)
    assert [(entry["readers"], entry["posted"]) for entry in found["entries"]] == [(40, True)] * 5
    assert found["publish"]["count"] == sum(bucket["count"] for bucket in found["histogram"]) == 200
    assert len(json.loads(server.command("update", "list", SLUG, "--json"))) == 5

    shown = run(address, "--readers", "3", "--seconds", "1", "--updates", "1", typed="y\n", STANDFIRST_TOKEN=token)
    assert shown.exit_code == 0, shown.output
    assert "from sending an update to having it: p50" in shown.stdout
    assert "0 missing, 0 twice, 0 unreadable, 0 late" in shown.stdout
    assert "█" in shown.stdout
    assert "of a processor" in shown.stderr

    assert "refused an update with 401" in refused(
        address, "--updates", "1", "--yes", "--seconds", "1", STANDFIRST_TOKEN="sf_x"
    )


def test_a_fault_is_status_1() -> None:
    script = Scripted()
    script.streams = [stream(hello(), ops(5))]
    with script.serving():
        result = run(script.address, "--readers", "1", "--seconds", "1")
    assert result.exit_code == 1, result.output
    assert "1 missing, 0 twice" in result.stdout
    assert "Not sound: 1 entries missing" in result.stdout


def test_the_summary_says_what_became_of_the_streams_and_no_times_when_nothing_came() -> None:
    script = Scripted()
    script.streams = [stream(hello(), event("reload", {"retry": 1})), stream(hello())]
    with script.serving():
        result = run(script.address, "--readers", "1", "--seconds", "1")
    assert result.exit_code == 0, result.output
    assert "0 streams broke off, 1 were resumed, 0 have none at the end" in result.stdout
    assert "Not sound" not in result.stdout
    assert "of a processor" not in result.stderr


def test_readers_told_to_poll_are_status_1_with_the_reason() -> None:
    script = Scripted()
    script.streams = [stream(event("bye", {"retry": 1})), stream(hello())]
    with script.serving():
        result = run(script.address, "--readers", "2", "--seconds", "1")
    assert result.exit_code == 1, result.output
    assert "STANDFIRST_MAX_READERS" in result.stdout.splitlines()[-1]


def test_an_interrupt_writes_the_figures_so_far_and_is_status_130() -> None:
    script = Scripted()
    script.streams = [stream(hello())]
    with script.serving():
        words = [COMMAND, "bench", script.address, "--readers", "1", "--seconds", "3600"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as bench:
            try:
                assert script.live.wait(60), "no stream was asked for"
                bench.send_signal(signal.SIGINT)
                stdout, stderr = bench.communicate(timeout=60)
            finally:
                bench.kill()
    assert (bench.returncode, stderr) == (130, ""), stdout
    assert "of 1 streams open for" in stdout
    assert stdout.splitlines()[-1] == "Not sound: it was interrupted"


def test_nothing_is_posted_without_a_yes_and_a_token() -> None:
    script = Scripted()
    script.streams = [stream(hello())]
    with script.serving():
        assert "token create" in refused(script.address, "--updates", "1")
        assert "nothing was posted" in refused(script.address, "--updates", "1", "--token", "sf_x")
    assert script.requests == []


def test_another_machine_is_refused_by_name_before_anything_is_sent() -> None:
    assert "192.0.2.7 is not this machine" in refused("http://192.0.2.7/flood")
    given = ("--allow-remote", "--updates", "1", "--token", "sf_x", "--yes")
    assert "in the clear" in refused("http://192.0.2.7/flood", *given)


@pytest.mark.parametrize(("option", "value"), [("--readers", "50001"), ("--rate", "0"), ("--seconds", "4000")])
def test_bounds_are_named(option: str, value: str) -> None:
    line = refused("http://127.0.0.1:1/flood", option, value)
    assert option in line
    assert value in line
