"""The origin of `benchmarks.collapse`: the fan-out's own server, which counts what it is asked.

    python -m benchmarks.counted PORT

GET /api/asked says how often each address was asked for.
"""

import json
import sys
from collections import Counter as Tally

from benchmarks.fanout.peers.ours import EDITION, Desk, Memory, Printer, Sheet
from standfirst import config as settings
from standfirst.edge.counter import Counter
from standfirst.edge.ports import Machine, Press
from standfirst.edge.routes import App, Edge, Message, Receive, Send
from standfirst.edge.server import Server
from standfirst.site.serve import options


class Counted:
    """Counts the requests that reach `app`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._asked: Tally[str] = Tally()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == "/api/asked":
            body = json.dumps(self._asked).encode()
            length = (b"content-length", str(len(body)).encode())
            await send({"type": "http.response.start", "status": 200, "headers": [length]})
            await send({"type": "http.response.body", "body": body, "more_body": False})
        else:
            self._asked[scope["path"]] += 1
            await self._app(scope, receive, send)


def main(port: int) -> None:
    """Serve until SIGTERM."""
    config, machine, source = settings.load(port=port), Machine(), Memory()
    desk = Desk(source)
    press = Press(edition=EDITION, printer=Printer, index=lambda stories: Sheet(), missing=Sheet)
    desk.edge = Edge(desk, Counter(source, press, config, machine), config, machine)
    Server(options(Counted(desk.edge), config), desk.edge, config).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
