"""Watches a sender from outside: copies by the server's own count, the sender's CPU by the kernel's clock of its process.

All participants are measured over the same stretch, from the first copy that the server took to the last: starting an
interpreter, importing, freezing an audience and filling a template for the first time are no part of it. What the process took
from its start to its end is kept beside it.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.process import children_of, cpu_of

LOOK_EVERY = 0.004
"""Seconds between two looks at the server's count: well under 1 % of the shortest run."""


@dataclass(frozen=True)
class Run:
    """One run. `seconds` and `cpu` (user and system, with all threads and children) belong to `copies`: those after the first
    that was seen."""

    copies: int
    seconds: float
    cpu: float
    whole_seconds: float
    whole_cpu: float
    peak: float = 0.0

    @property
    def rate(self) -> float:
        """Copies a second."""
        return self.copies / self.seconds

    @property
    def cpu_per_1000(self) -> float:
        """Seconds of the sender's CPU for 1,000 copies."""
        return self.cpu / self.copies * 1000


class Broken(Exception):
    """A participant did not do what it was asked; the sentence says what happened."""


def watch(start: Callable[[], list[subprocess.Popen[bytes]]], taken: Callable[[], int], messages: int, patience: float) -> Run:
    """Start a sender (of one process or several), and look on until it ends. Raises Broken."""
    before = taken()
    begun = time.perf_counter()
    processes = start()
    first = last = (0.0, 0.0, before)
    ended: dict[int, float] = {}
    try:
        while len(ended) < len(processes):
            count = taken()
            if count != last[2]:
                # their clocks are read for the first copy and for the last: a look at each of a dozen threads takes the
                # machine's time from whom it looks at
                ends = first[2] == before or count - before >= messages
                last = (time.perf_counter(), _cpu(processes, ended) if ends else 0.0, count)
                if first[2] == before:
                    first = last
            _reap(processes, ended)
            if time.perf_counter() - begun > patience:
                raise Broken(f"it was not done after {patience:.0f} s, with {taken() - before} of {messages} copies sent")
            time.sleep(LOOK_EVERY)
    finally:
        for process in processes:
            if process.pid not in ended:
                process.kill()
                process.wait()
    whole = time.perf_counter() - begun
    if any(process.returncode for process in processes):
        raise Broken(f"it ended with {[process.returncode for process in processes]}")
    if (came := taken() - before) != messages:
        raise Broken(f"{came} of {messages} copies came")
    if last[2] == first[2]:
        raise Broken("it was over between two looks; give it more messages")
    if last[2] - before < messages:  # the last ones came, and the sender ended, since the last look
        last = (begun + whole, sum(ended.values()), before + messages)
    return Run(last[2] - first[2], last[0] - first[0], last[1] - first[1], whole, sum(ended.values()))


def _reap(processes: list[subprocess.Popen[bytes]], ended: dict[int, float]) -> None:
    """Note the CPU time of those that have ended."""
    for process in processes:
        if process.pid in ended:
            continue
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            ended[pid] = usage.ru_utime + usage.ru_stime


def _cpu(processes: list[subprocess.Popen[bytes]], ended: dict[int, float]) -> float:
    return sum(ended[p.pid] if p.pid in ended else _cpu_with_children(p.pid) for p in processes)


def _cpu_with_children(pid: int) -> float:
    used = 0.0
    for one in (pid, *children_of(pid)):
        with suppress(OSError):  # it has just ended; then the count that comes is the last anyhow
            used += cpu_of(one)
    return used


def memory_of(pid: int, line: str) -> float:
    """MB (10^6 octets) of a process and its children by a line of /proc/PID/status: VmRSS (now) or VmHWM (the most so far).
    0 for one that has ended. What they share is counted for each; between two readings that makes no difference."""
    return own_memory_of(pid, line) + sum(own_memory_of(child, line) for child in children_of(pid))


def own_memory_of(pid: int, line: str) -> float:
    """The same without its children."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(one.split()[1]) * 1024 / 1e6 for one in status.splitlines() if one.startswith(f"{line}:")), 0.0)
