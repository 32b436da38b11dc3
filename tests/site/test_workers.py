"""The supervisor without a newsroom: what it does about workers that cannot start, die, hang, or lose their parent."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn

from standfirst.site import sharing
from standfirst.site.failure import EXIT_IO_ERROR
from standfirst.site.workers import FRESH_S, LEAVING_S, START_S, Brake, Supervisor, Worker, WorkerRefused

SCRIPT = """
import os, pathlib, signal, sys
import uvicorn
from standfirst.site.workers import Supervisor, Worker, WorkerRefused

class Simple(Worker):
    def serve(self):
        with open({log!r}, "a") as log:
            print(os.getpid(), file=log)
        {serve}

if __name__ == "__main__":
    try:
        Supervisor(uvicorn.Config("nothing", workers=2, log_config=None), Simple).run()
    except WorkerRefused as refused:
        print(refused)
        sys.exit(2)
"""


def script(folder: Path, serve: str) -> list[str]:
    """A command that supervises two workers, which write their ids to `log` and then do this."""
    path = folder / "supervise.py"
    path.write_text(SCRIPT.format(log=str(folder / "log"), serve=serve))
    return [sys.executable, str(path)]


def test_workers_that_cannot_start_are_tried_once_and_the_reason_is_said_once(tmp_path: Path) -> None:
    command = script(tmp_path, "raise RuntimeError('no lamp')")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (2, "no worker can start: RuntimeError: no lamp\n", "")
    assert len((tmp_path / "log").read_text().splitlines()) <= 2


def test_workers_whose_parent_was_killed_leave(tmp_path: Path) -> None:
    """Their ends of a pipe close, which is how they are seen to be gone."""
    reading, writing = os.pipe()
    with (
        subprocess.Popen(
            script(tmp_path, "print('up', flush=True); signal.pause()"),
            stdout=writing,
        ) as parent,
        os.fdopen(reading) as said,
    ):
        os.close(writing)
        assert [said.readline(), said.readline()] == ["up\n", "up\n"]
        parent.kill()
        assert said.read() == ""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Fake(Worker):
    """A worker without a process."""

    made: list["Fake"] = []
    answered = True

    def __init__(self, config: uvicorn.Config) -> None:
        self.status: int | None = None
        self.ready = True
        self.said = ""
        self.hangs = ""
        self.killed = False

    def start(self) -> None:
        self.made.append(self)

    def is_alive(self, timeout: float = 5) -> bool:
        return self.status is None and not self.hangs

    def hung(self) -> str:
        return self.hangs

    def is_ready(self, timeout: float = 5) -> bool:
        return self.ready

    def kill(self) -> None:
        self.killed = True

    def terminate(self) -> None:
        pass

    def join(self) -> None:
        pass

    def reason(self) -> str:
        return self.said

    @property
    def exitcode(self) -> int | None:
        return self.status

    @property
    def pid(self) -> int | None:
        return 7


@pytest.fixture
def supervised() -> Iterator[tuple[Supervisor, Clock, list[Fake]]]:
    numbers = [n for n in signal.valid_signals() if n not in (signal.SIGKILL, signal.SIGSTOP)]
    before = {n: signal.getsignal(n) for n in numbers}
    clock = Clock()
    Fake.made = []
    made = Supervisor(uvicorn.Config("nothing", workers=2, log_config=None), Fake, clock)
    made.init_processes()
    yield made, clock, Fake.made
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def test_a_worker_that_lived_is_replaced_at_once(supervised: tuple[Supervisor, Clock, list[Fake]]) -> None:
    supervisor, clock, made = supervised
    supervisor.keep_subprocess_alive()
    clock.now += 3600
    made[0].status = -9
    supervisor.keep_subprocess_alive()
    assert len(made) == 3
    assert made[0].killed
    assert supervisor.processes == [made[2], made[1]]


def test_why_a_worker_that_hung_was_replaced_is_said_each_time(
    supervised: tuple[Supervisor, Clock, list[Fake]], caplog: pytest.LogCaptureFixture
) -> None:
    supervisor, clock, made = supervised
    supervisor.keep_subprocess_alive()
    for _ in range(2):
        clock.now += 3600
        made[-1].hangs, made[-1].status = "its event loop did not answer for 10 s", -9
        supervisor.keep_subprocess_alive()
    clock.now += 3600
    made[-1].status = -9  # control: killed by somebody else
    supervisor.keep_subprocess_alive()
    died = [line for line in caplog.messages if "worker died" in line]
    assert [("its event loop did not answer for 10 s" in line) for line in died] == [True, True, False]


def test_a_worker_says_why_it_counts_as_dead_while_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(uvicorn.Config("nothing", log_config=None))
    process = SimpleNamespace(is_alive=lambda: True)
    monkeypatch.setattr(worker, "process", process)
    assert worker.hung() == "it did not start within 120 s"
    worker.answered = True
    assert worker.hung() == "its event loop did not answer for 10 s"
    process.is_alive = lambda: False
    assert worker.hung() == ""


def test_one_that_dies_again_and_again_waits_longer_each_time(
    supervised: tuple[Supervisor, Clock, list[Fake]], caplog: pytest.LogCaptureFixture
) -> None:
    supervisor, clock, made = supervised
    supervisor.keep_subprocess_alive()
    made[0].status = -9
    began = clock.now
    while clock.now < began + 600:
        supervisor.keep_subprocess_alive()
        if len(made) > 2:
            made[-1].status, made[-1].said = EXIT_IO_ERROR, "disk I/O error"
        clock.now += 0.5
    assert 20 < len(made) < 40, "not 1200"
    assert not supervisor.should_exit.is_set()
    assert sum("disk I/O error" in line for line in caplog.messages) == 1
    assert supervisor.processes[1] is made[1]


def test_control_where_one_has_served_no_failure_to_start_ends_all(
    supervised: tuple[Supervisor, Clock, list[Fake]],
) -> None:
    supervisor, _, made = supervised
    supervisor.keep_subprocess_alive()
    made[0].status, made[0].said = 3, "no lamp"
    supervisor.keep_subprocess_alive()
    assert not supervisor.should_exit.is_set()


def test_where_none_has_served_it_does(supervised: tuple[Supervisor, Clock, list[Fake]]) -> None:
    supervisor, _, made = supervised
    made[0].status, made[0].said = 3, "no lamp"
    supervisor.keep_subprocess_alive()
    assert supervisor.should_exit.is_set()
    supervisor.init_processes = supervisor.join_all = lambda: None
    with pytest.raises(WorkerRefused, match="no worker can start: no lamp"):
        supervisor.run()


def test_a_worker_that_starts_slowly_is_waited_for_and_one_that_never_answers_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = Worker(uvicorn.Config("nothing", log_config=None))
    monkeypatch.setattr(worker, "process", SimpleNamespace(is_alive=lambda: True))
    clock = Clock()
    monkeypatch.setattr(worker, "_clock", clock)
    worker._began = clock()
    clock.now += START_S - 1
    assert worker.is_alive(0)
    clock.now += 1
    assert not worker.is_alive(0)
    worker.child_conn.send(False)
    assert worker.is_alive(0)
    assert worker.answered
    assert not worker.is_alive(0), "from now on it has to answer in time"


@pytest.mark.parametrize(("stopping", "patience"), [(False, FRESH_S), (True, LEAVING_S)])
def test_a_worker_whose_event_loop_hangs_does_not_answer_until_it_had_a_turn(
    monkeypatch: pytest.MonkeyPatch, stopping: bool, patience: float
) -> None:
    worker = Worker(uvicorn.Config("nothing", log_config=None))
    clock, looks = Clock(), []
    server = SimpleNamespace(started=True, should_exit=stopping, ticked_at=clock())
    monkeypatch.setattr(worker, "_clock", clock)
    monkeypatch.setattr(worker, "_server", server)

    def rest(seconds: float) -> None:
        assert not worker.parent_conn.poll(), "it hangs: no answer"
        looks.append(seconds)
        if len(looks) == 3:
            server.ticked_at = clock()

    monkeypatch.setattr(worker, "_rest", rest)

    def answers() -> bool:
        worker.parent_conn.send(b"ping")
        worker.pong()
        return worker.parent_conn.poll() and worker.parent_conn.recv() is True

    clock.now += patience - 0.1
    assert answers()
    assert looks == []
    clock.now += 0.2
    assert answers()
    assert len(looks) == 3


def test_the_brake_lets_go_after_a_long_life() -> None:
    brake = Brake()
    assert [brake.wait(1) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert brake.wait(3600) == 0
    assert brake.wait(1) == 0.5


def test_a_reserved_port_is_shared_with_those_who_ask_for_it_and_with_nobody_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with sharing.reserved("127.0.0.1", port):
        ours = [one for _ in range(2) for one in sharing.opened("127.0.0.1", port)]
        with pytest.raises(OSError, match="in use"), socket.create_server(("127.0.0.1", port)):
            pass
        with pytest.raises(sharing.PortRefused, match=f"port {port} of 127.0.0.1 is taken"):
            sharing.reserved("127.0.0.1", port).__enter__()
        for one in ours:
            one.close()
    with sharing.reserved("127.0.0.1", port):
        pass


def test_a_host_that_is_not_this_machines_is_refused_by_name() -> None:
    with pytest.raises(sharing.PortRefused, match=r"cannot listen on 192\.0\.2\.1:80"):
        sharing.opened("192.0.2.1", 80)
