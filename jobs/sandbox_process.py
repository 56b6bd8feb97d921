"""The sandbox exchange in a process of its own, which ends with the one that started it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event


class SandboxFailed(Exception):
    """The sandbox exchange did not start; what it said stands here."""


class SandboxDied(Exception):
    """The sandbox exchange has ended before its time. Start again: the demo goes on."""


@dataclass(frozen=True, slots=True)
class SandboxProcess:
    """The sandbox exchange at `url`."""

    url: str
    process: subprocess.Popen[str]

    def watch(self, stop: Event) -> None:
        """Raise SandboxDied if it ends before we stop: it never comes back."""
        while not stop.wait(0.5):
            if self.process.poll() is not None:
                raise SandboxDied(SandboxDied.__doc__)


@contextmanager
def sandbox_process(arguments: Sequence[str]) -> Iterator[SandboxProcess]:
    """Run `papertape sandbox` with these arguments.

    It is out of reach of Ctrl-C: as long as a scan is under way, it answers.
    """
    command = [sys.executable, "-m", "jobs.cli", "sandbox", "--json", "--with-parent", *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        ready = process.stdout.readline()
        if not ready:
            raise SandboxFailed(process.stderr.read().strip() or SandboxFailed.__doc__)
        try:
            yield SandboxProcess(json.loads(ready)["url"], process)
        finally:
            process.terminate()
            process.communicate()
