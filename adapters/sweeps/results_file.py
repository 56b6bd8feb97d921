"""Results of a sweep in a file: a line of JSON that says of which, then one for each candidate."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from application.sweeping.tried import Tried


class BadResultsFile(ValueError):
    """The file cannot be written, or holds something else than results of this sweep."""


class _Head(msgspec.Struct, frozen=True):
    sweep: str


class ResultsFile:
    """The results of the sweep with that identity; a file that is there is gone on with.

    Raises BadResultsFile.
    """

    def __init__(self, path: Path, sweep: str) -> None:
        try:
            self._file = path.open("a+b")
        except OSError as error:
            raise BadResultsFile(f"{path}: it cannot be written ({error.strerror})") from error
        try:
            self._kept = self._read(path, sweep)
        except BadResultsFile:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._file.close()

    def kept(self) -> Sequence[Tried]:
        """What was in the file when it was opened."""
        return self._kept

    def keep(self, tried: Sequence[Tried]) -> None:
        """Write lines."""
        self._write(*tried)

    def _read(self, path: Path, sweep: str) -> list[Tried]:
        """What is there; a last line that was cut off is taken away."""
        self._file.seek(0)
        whole, end, cut = self._file.read().rpartition(b"\n")
        if not end and _line(_Head(sweep)).startswith(cut):
            self._file.truncate(0)
            self._write(_Head(sweep))
            return []
        head, *lines = whole.split(b"\n")
        try:
            found = msgspec.json.decode(head, type=_Head)
            kept = [msgspec.json.decode(line, type=Tried) for line in lines]
        except msgspec.DecodeError as error:
            raise BadResultsFile(f"{path}: these are no results of a sweep ({error})") from error
        if found.sweep != sweep:
            raise BadResultsFile(f"{path} has the results of another sweep; name another file")
        self._file.truncate(len(whole) + 1)
        return kept

    def _write(self, *lines: msgspec.Struct) -> None:
        self._file.write(b"".join(map(_line, lines)))
        self._file.flush()


def _line(of: msgspec.Struct) -> bytes:
    return msgspec.json.encode(of) + b"\n"
