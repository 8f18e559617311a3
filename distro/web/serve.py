"""Serves the application with uvicorn within another program's event loop. Owns the socket; signals are the bot's."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from distro.errors import Failed
from distro.log import log

GRACE = 5
"""Seconds that open requests have at the end."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none: whoever runs us decides when to stop."""
        yield


@dataclass(frozen=True)
class Serving:
    """A running server. `port` is the real one, also where 0 was asked for."""

    host: str
    port: int
    _server: _Server
    _task: asyncio.Task[None]

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def stop(self) -> None:
        """Finish what is being answered, within GRACE, and close the socket. Can be called again."""
        self._server.should_exit = True
        await asyncio.wait({self._task}, timeout=GRACE + 5)


async def serve(address: tuple[str, int], app: ASGIApp) -> Serving:
    """Serve on this host and port (0: any free one); returns when it takes connections. Raises Failed."""
    host, port = address
    listening = _listen(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # an address holds a token
        lifespan="off",
        ws="none",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=200,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=16_384,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]), name="web")
    while not server.started:
        if task.done():
            listening.close()
            raise Failed(f"The web server on {host}:{port} did not start: {task.exception() or 'it stopped at once'}.")
        await asyncio.sleep(0.01)
    serving = Serving(host, int(listening.getsockname()[1]), server, task)
    log().info("web.listening", host=host, port=serving.port)
    return serving


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.create_server((str(where[0]), int(where[1])), family=family, backlog=128)
    except OSError as wrong:
        said = f"[web] listen {host}:{port} cannot be used: {wrong.strerror or wrong}"
        raise Failed(f"{said}. Set another port (0 for any free one), or off.") from wrong
    listening.setblocking(False)
    return listening
