"""The sandbox exchange in a process of its own, which ends with the one that started it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class SandboxFailed(Exception):
    """The sandbox exchange did not start; what it said stands here."""


@contextmanager
def sandbox_process(arguments: Sequence[str]) -> Iterator[str]:
    """Run `papertape sandbox` with these arguments; yields its URL."""
    command = [sys.executable, "-m", "jobs.cli", "sandbox", "--json", "--with-parent", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        ready = process.stdout.readline()
        if not ready:
            raise SandboxFailed(process.stderr.read().strip() or SandboxFailed.__doc__)
        try:
            yield json.loads(ready)["url"]
        finally:
            process.terminate()
            process.communicate()
