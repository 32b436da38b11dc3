"""Posts the updates whose way is to be timed: through the HTTP API, evenly over the time there is."""

import threading
import time
import uuid

import httpx

from standfirst.load.target import BenchRefused, Target

TRIES = 5
"""How often one update is posted with the same key while the server is busy."""


class Publisher:
    """Posts from a thread. `sent` has when each was sent, in monotonic seconds, by the number of its entry."""

    def __init__(self, target: Target, token: str, updates: int, seconds: float) -> None:
        self._target = target
        self._headers = {"Authorization": f"Bearer {token}"}
        self._updates = updates
        self._pause = seconds / max(1, updates)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher")
        self.sent: dict[int, float] = {}
        self.error: BenchRefused | None = None

    def start(self) -> None:
        """Begin with the first one."""
        self._thread.start()

    @property
    def done(self) -> bool:
        """All were posted, or one was refused."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Post no more."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        began = time.monotonic()
        try:
            for number in range(self._updates):
                if self._stop.wait(max(0.0, began + number * self._pause - time.monotonic())):
                    return
                self._post(number)
        except httpx.HTTPError as error:
            self.error = BenchRefused(f"an update could not be posted ({error}): see the server's log")
        except BenchRefused as error:
            self.error = error

    def _post(self, number: int) -> None:
        headers = {**self._headers, "Idempotency-Key": f"bench-{uuid.uuid4()}"}
        body = {"headline": f"Load test {number + 1} of {self._updates}", "text": "Posted by standfirst bench."}
        path = f"/api/v1/stories/{self._target.page.slug}/updates"
        for _ in range(TRIES):
            sent = time.monotonic()
            answer = self._target.request("POST", path, json=body, headers=headers)
            if answer.status_code == 201:
                self.sent[int(answer.json()["seq"])] = sent
                return
            if answer.status_code not in (429, 503) or self._stop.wait(_patience(answer)):
                break
        raise BenchRefused(f"the server refused an update with {answer.status_code}: {_detail(answer)}")


def _patience(answer: httpx.Response) -> float:
    said = answer.headers.get("retry-after", "1")
    return min(10.0, float(said)) if said.isdigit() else 1.0


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
