"""The running log: one JSON event a line in distro.log, the same for people where there is a terminal. Not the record.

What happened is in the ledger; this is for whoever keeps the machine. It never holds message bodies, addresses or
secrets: fields of such names are blacked out on the way, and addresses wherever they stand, also in what an error says.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, TextIO

FILE = "distro.log"
_FORBIDDEN = ("password", "secret", "token", "address", "recipient", "rcpt", "email", "body", "slots", "copy")
_BLACK = "[…]"
_ADDRESS = re.compile(r"[^\s@<>()\[\]\"'`,;:]+@[^\s@<>()\[\]\"'`,;:]+")
_STANDARD_QUIET = ("apscheduler", "uvicorn.error", "asyncio", "alembic")


class Log(Protocol):
    """What code writes to: an event's name and its fields. `log().info("wave.launched", wave=12, count=250)`."""

    def debug(self, event: str, **fields: object) -> object: ...
    def info(self, event: str, **fields: object) -> object: ...
    def warning(self, event: str, **fields: object) -> object: ...
    def error(self, event: str, **fields: object) -> object: ...
    def exception(self, event: str, **fields: object) -> object: ...


def log() -> Log:
    """The log. Until `start` was called: warnings and worse, on standard error (standard output belongs to answers)."""
    import structlog

    if not structlog.is_configured():
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.format_exc_info,
                black_out,
                structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
            logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        )
    logger: Log = structlog.get_logger()
    return logger


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Every event within names these: `with about(release="clinic", wave=12): …`. Follows async tasks."""
    import structlog

    with structlog.contextvars.bound_contextvars(**ids):
        yield


def start(data_dir: Path, *, stderr: TextIO | None = None, board: bool = False) -> Callable[[], None]:
    """Write events to distro.log in the data folder and to standard error: readable there on a terminal, else as JSON.

    `board`: something draws itself on standard error, so that only errors are shown there, by whatever stands in for it at
    that moment. The file is opened for appending, mode 0600. Returns what closes it.
    """
    import structlog

    screen = stderr if stderr is not None else sys.stderr
    handle = (data_dir / FILE).open("a", encoding="utf-8", buffering=1)
    (data_dir / FILE).chmod(0o600)
    as_json = structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True)
    for_screen = (
        structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)
        if screen.isatty()
        else as_json
    )

    lost: list[str] = []
    """Why each event since the last one that was written is missing in the file."""

    def write(logger: object, method: str, event: MutableMapping[str, object]) -> str:
        """The last processor: one line to the file, and what the screen shows as its result."""
        plain = dict(event)
        if "exc_info" in plain:
            plain = dict(black_out(logger, method, structlog.processors.format_exc_info(logger, method, plain)))
        try:
            if lost:
                handle.write(_gap(lost) + "\n")
                lost.clear()
            handle.write(str(as_json(logger, method, plain)) + "\n")
        except OSError as wrong:  # a full disk: what may go on without a log decides the store, not we
            lost.append(wrong.strerror or str(wrong))
            event["not_in_the_file"] = plain["not_in_the_file"] = lost[-1]
            if len(lost) == 1:
                method = "error"  # the first one is shown, whatever it tells
        if board and method in ("debug", "info", "warning"):
            raise structlog.DropEvent
        return str(for_screen(logger, method, plain if for_screen is as_json else dict(event)))

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            black_out,
            write,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Screen(sys.stderr if board else screen),
        cache_logger_on_first_use=False,
    )
    for name in _STANDARD_QUIET:
        logging.getLogger(name).handlers = [_Forward()]
        logging.getLogger(name).propagate = False

    def stop() -> None:
        structlog.reset_defaults()
        with suppress(OSError):  # what is left in the buffer of a full disk was shown
            handle.close()

    return stop


class _Screen:
    """What structlog writes to, under any level's name. A screen that takes nothing (a full disk behind it) is let be."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError):
            print(line, file=self._stream, flush=True)

    debug = info = warning = error = critical = msg


def _gap(lost: list[str]) -> str:
    return json.dumps({"event": "log.gap", "events": len(lost), "level": "error", "reason": lost[0]})


def black_out(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Blacken what must not stand in a log, at any depth, by the name of its field."""
    return {key: _blackened(key, value) for key, value in event.items()}


def _blackened(key: str, value: object) -> object:
    if key != "event" and any(word in key.lower() for word in _FORBIDDEN):
        return _BLACK
    if isinstance(value, Mapping):
        return {str(k): _blackened(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_blackened("", item) for item in value]
    if isinstance(value, bytes):
        return _BLACK
    return _ADDRESS.sub(_BLACK, value) if isinstance(value, str) and "@" in value else value


class _Forward(logging.Handler):
    """Takes what libraries say through `logging`: warnings and worse, as events of their own name."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Forward one record. Its exception goes along, its arguments only within its own text."""
        fields: dict[str, object] = {"event": f"library.{record.name}", "said": record.getMessage()}
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        event = str(fields.pop("event"))
        (log().error if record.levelno >= logging.ERROR else log().warning)(event, **fields)
