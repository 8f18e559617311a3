"""Commands in processes of their own that are forked from one in which everything is imported: importing takes longer than most
commands do. Whoever tests how the program starts, or kills it, starts it anew.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from tests import several

DISTRO = (sys.executable, "-c", "from distro.cli import main; main()")


def run(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, seconds: float
) -> subprocess.CompletedProcess[bytes]:
    """`distro ARGUMENTS` there, with this environment and no other. Raises TimeoutExpired."""
    if "LD_PRELOAD" in environment:  # a clock that is moved, which a process has from its start
        return subprocess.run(
            [*DISTRO, *arguments], env=environment, cwd=folder, capture_output=True, timeout=seconds, check=False
        )
    return _run(_command, list(arguments), environment, folder, seconds)


def run_as_text(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """The same, and what it wrote as text."""
    done = run(arguments, environment, folder, seconds)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def run_several(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str], folder: Path, seconds: float
) -> subprocess.CompletedProcess[bytes]:
    """Commands one after the other in one process, see tests.several."""
    if "LD_PRELOAD" in environment:
        lines = "\n".join(map(json.dumps, commands)).encode()
        return subprocess.run(
            [sys.executable, several.__file__], env=environment, cwd=folder, input=lines, capture_output=True,
            timeout=seconds, check=False,
        )  # fmt: skip
    return _run(_several, [list(command) for command in commands], environment, folder, seconds)


def _run(
    what: Callable[[Any], object], said: Any, environment: Mapping[str, str], folder: Path, seconds: float
) -> subprocess.CompletedProcess[bytes]:
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        process = _server().Process(target=_become, args=[what, said, dict(environment), str(folder), out.name, err.name])
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(said, seconds)
        return subprocess.CompletedProcess(said, process.exitcode, out.read(), err.read())


@cache
def _server() -> ForkServerContext:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.acceptance.everything"])
    return server


def _become(what: Callable[[Any], object], said: Any, environment: dict[str, str], folder: str, out: str, err: str) -> None:
    for name, number in ((out, 1), (err, 2)):
        opened = os.open(name, os.O_WRONLY | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    status = _status(what, said)
    for engine in [one for one in gc.get_objects() if isinstance(one, Engine)]:
        engine.dispose()  # the store is closed, as by the end of a process
    os._exit(status)  # multiprocessing would first wait for whoever this process has forked


def _status(what: Callable[[Any], object], said: Any) -> int:
    try:
        what(said)
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _command(arguments: list[str]) -> None:
    from distro.cli import main

    sys.argv = ["distro", *arguments]
    main()


def _several(commands: list[list[str]]) -> None:
    sys.exit(several.run_all(commands))
