"""Several servers on one port: each worker is a process with a whole newsroom in it, and uvicorn watches over them."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Pipe
from typing import Protocol, runtime_checkable

import structlog
import uvicorn
from django.db import connections
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from standfirst import config as settings
from standfirst.config import Config
from standfirst.site import boot, serve, sharing
from standfirst.site.failure import EXIT_IO_ERROR

PATIENCE_S = 10
"""A worker that does not answer for so long hangs, and is replaced."""
FRESH_S = 1.0
"""A worker answers when its event loop had a turn so lately; the loop ticks ten times a second."""
LOOK_S = 0.05
"""Until then it looks so often whether it had."""
START_S = 120.0
"""The same for one that has not answered yet: on a busy machine it takes long to read the program."""
LEAVING_S = serve.GRACE_S + 5.0
"""Workers that are told to stop and have not by then are killed."""

log = structlog.get_logger("standfirst")


class WorkerRefused(Exception):
    """No worker can start; the message is what the first of them said."""


def run(config: Config) -> None:
    """Prepare the database, then serve with `config.workers` processes. Returns after a graceful stop.

    Raises RecordUnsafe, ConfigError, PortRefused, WorkerRefused.
    """
    with sharing.reserved(config.host, config.port):
        boot.prepare(config)
        connections.close_all()
        options = uvicorn.Config(
            "standfirst",  # never loaded: each worker makes its own
            workers=config.workers,
            log_config=None,
            timeout_worker_healthcheck=PATIENCE_S,
        )
        Supervisor(options).run()


@runtime_checkable
class Ticking(Protocol):
    """A server that says when its event loop had a turn: `edge.server.Server`, which needs Django set up."""

    ticked_at: float
    should_exit: bool


class Worker(Process):
    """One server process. The parent makes this; `target` is what runs in the process."""

    answered = False
    _began = 0.0
    _clock = staticmethod(time.monotonic)
    _rest = staticmethod(time.sleep)

    def __init__(self, config: uvicorn.Config) -> None:
        self._heard, self._said = Pipe(duplex=False)
        super().__init__(config, [])

    def start(self) -> None:
        super().start()
        self.child_conn.close()  # our copies of its ends: without them the pipes end when it does
        self._said.close()
        self._began = self._clock()
        with suppress(OSError):  # it has ended already
            self.parent_conn.send(b"ping")

    def is_alive(self, timeout: float = PATIENCE_S) -> bool:
        """Whether it runs, and answers within `timeout` seconds; while it starts nobody waits for an answer."""
        if self.answered:
            return super().is_alive(timeout)
        try:
            if self.parent_conn.poll():
                self.parent_conn.recv()
                self.answered = True
        except (EOFError, OSError):
            return False
        return self.process.is_alive() and (self.answered or self._clock() - self._began < START_S)

    def hung(self) -> str:
        """Why one that is there still counts as dead, "" if it has ended. In the parent, before it is killed."""
        if not self.process.is_alive():
            return ""
        if self.answered:
            return f"its event loop did not answer for {PATIENCE_S} s"
        return f"it did not start within {START_S:g} s"

    def reason(self) -> str:
        """What the worker said before it ended, "" if nothing. In the parent, when it has ended."""
        with self._heard:
            try:
                return str(self._heard.recv())
            except EOFError:
                return ""

    def target(self, sockets: object = None) -> None:
        """Serve until told to stop. Leaves with STARTUP_FAILURE and its reason if it cannot."""
        threading.Thread(target=self.always_pong, daemon=True).start()
        threading.Thread(target=_leave_with_parent, daemon=True).start()
        try:
            self.serve()
        except Exception as error:  # the outermost handler of this process
            self._said.send(_line(error))
            raise SystemExit(STARTUP_FAILURE) from error

    def serve(self) -> None:
        """A newsroom, with the settings that the parent put into the environment."""
        config = settings.load()
        boot.setup(config)
        with serve.server(config) as self._server:
            self._server.run(sharing.opened(config.host, config.port))

    def pong(self) -> None:
        """Answer the parent: is the server up? It asks before there is one, too. No answer while its loop hangs.

        This runs in a thread of its own, which goes on when the event loop does not.
        """
        self.child_conn.recv()
        while (server := self._server) is not None and server.started and self._hangs(server):
            self._rest(LOOK_S)
        self.child_conn.send(server is not None and server.started)

    def _hangs(self, server: uvicorn.Server) -> bool:
        """One that is told to stop ticks no more, and has time to leave."""
        assert isinstance(server, Ticking)
        return self._clock() - server.ticked_at > (LEAVING_S if server.should_exit else FRESH_S)


def _leave_with_parent() -> None:
    """A worker whose parent was killed stops: nobody would replace it, and it would keep the port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _line(error: Exception) -> str:
    """Our own errors say what to do; another one is named too."""
    first = str(error).strip().split("\n", 1)[0]
    return first if type(error).__module__.startswith("standfirst.") else f"{type(error).__name__}: {first}"


class Brake:
    """How long to wait before a worker that died is replaced: not at all, unless it lived shortly again and again."""

    LIFE_S = 10.0
    MOST_S = 30.0

    def __init__(self) -> None:
        self._short = 0

    def wait(self, lived: float) -> float:
        """Seconds to wait after a worker that lived `lived` seconds."""
        self._short = self._short + 1 if lived < self.LIFE_S else 0
        return min(self.MOST_S, 0.25 * 2**self._short) if self._short else 0.0


@dataclass(slots=True)
class Place:
    """Where one worker stands after the other."""

    worker: Worker
    brake: Brake
    since: float
    due: float | None = None
    """When the next one starts; None: one is there."""


class Supervisor(Multiprocess):
    """uvicorn's, with our workers, a brake, and an end where none of them can start.

    SIGTERM, SIGINT and SIGHUP stop it: each worker ends its readers' streams and its requests, then leaves.
    """

    def __init__(
        self, config: uvicorn.Config, worker: type[Worker] = Worker, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(config, [])
        self._worker = worker
        self._clock = clock
        self._places: list[Place] = []
        self._served = False
        self._refused: str | None = None
        self._last_reason = ""

    def run(self) -> None:
        """Returns when all workers have left after a signal. Raises WorkerRefused."""
        super().run()
        if self._refused is not None:
            raise WorkerRefused(self._refused)

    def init_processes(self) -> None:
        for _ in range(self.processes_num):
            self._places.append(Place(self._started(), Brake(), self._clock()))
        self._tell_uvicorn()

    def keep_subprocess_alive(self) -> None:
        """Called twice a second."""
        for place in self._places:
            if self.should_exit.is_set():
                return
            if place.due is not None:
                self._refill(place)
            elif not place.worker.is_alive(self.config.timeout_worker_healthcheck):
                self._bury(place)
            elif not self._served and place.worker.answered:
                self._served = place.worker.is_ready(self.config.timeout_worker_healthcheck)

    def _refill(self, place: Place) -> None:
        if place.due is not None and self._clock() >= place.due:
            place.worker, place.since, place.due = self._started(), self._clock(), None
            self._tell_uvicorn()

    def _bury(self, place: Place) -> None:
        worker = place.worker
        hung = worker.hung()
        worker.kill()
        worker.join()
        status, reason = worker.exitcode or 0, hung or worker.reason()
        if not self._served and status > 0 and status != EXIT_IO_ERROR:
            self._refused = f"no worker can start: {reason or f'exit status {status}, see the log'}"
            self.should_exit.set()
            return
        wait = place.brake.wait(self._clock() - place.since)
        place.due = self._clock() + wait
        news = reason if hung or reason != self._last_reason else ""
        self._last_reason = reason
        log.error("worker died", pid=worker.pid, status=status, again_in_s=wait, **({"reason": news} if news else {}))
        self._refill(place)

    def _started(self) -> Worker:
        """A new one. It ignores Ctrl-C until it serves: the terminal tells every process, and we tell it to stop."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            worker = self._worker(self.config)
            worker.start()
        finally:
            signal.signal(signal.SIGINT, before)
        return worker

    def _tell_uvicorn(self) -> None:
        self.processes = [place.worker for place in self._places]

    def join_all(self) -> None:
        """Wait for those told to stop, as long as a worker may take."""
        until = self._clock() + LEAVING_S
        for worker in self.processes:
            worker.process.join(max(0.0, until - self._clock()))
            if worker.process.is_alive():
                worker.kill()
                worker.join()

    def handle_hup(self) -> None:
        self.handle_term()

    def handle_ttin(self) -> None:
        """Nothing, as for TTOU: the number of workers is a setting."""

    def handle_ttou(self) -> None:
        """Nothing."""
