"""Running a command by itself: its time, its memory, what it said."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from time import perf_counter

from benchmarks.peers.answer import peak_mb

PROJECT = Path(__file__).parents[2]


class Failed(Exception):
    """A command that ended with an error, or was ended because it took too long."""


@dataclass(frozen=True)
class Measured:
    """The whole process: seconds from start to end and of processors, most memory in MB, output."""

    seconds: float
    cpu_seconds: float
    memory_mb: float
    said: str


def measured(command: list[str], limit: float) -> Measured:
    """Run a command to its end; raises Failed, also after `limit` seconds.

    Byte code is kept, as it is where people work. The memory of a forked process begins with that
    of its parent: whoever calls this must be small.
    """
    own = os.environ | {"TZ": "UTC"}
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    with TemporaryFile() as output, TemporaryFile() as errors:
        began = perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, env=own, cwd=PROJECT)
        ending = Timer(limit, process.kill)
        ending.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - began
        ending.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            late = f"ended after {limit:.0f} s" if seconds >= limit else ""
            raise Failed(late or _last_line(errors.read()))
        output.seek(0)
        cpu_seconds = usage.ru_utime + usage.ru_stime
        return Measured(seconds, cpu_seconds, peak_mb(usage), output.read().decode())


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
