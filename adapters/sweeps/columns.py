"""Candles in a folder, a file a column, which any number of processes map into memory at once."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.candles import Candles

_INDEX = "series.json"

ByFrame = Mapping[str, Mapping[str, Candles]]
"""Candles by timeframe and pair."""


def write(folder: Path, pieces: Iterable[ByFrame]) -> None:
    """Write candles that come in pieces, oldest first; what a piece has again is left out."""
    newest: dict[tuple[str, str], int] = {}
    numbers: dict[tuple[str, str], int] = {}
    for series, candles in _series(pieces):
        known = np.searchsorted(candles.open_time, newest.get(series, -1), side="right")
        later = candles[int(known) :]
        if len(later):
            newest[series] = int(later.open_time[-1])
            _append(folder, numbers.setdefault(series, len(numbers)), later)
    (folder / _INDEX).write_text(json.dumps(list(numbers)))


def read(folder: Path) -> dict[str, dict[str, Candles]]:
    """The candles of a folder, mapped: read-only, in memory once for all processes."""
    candles: dict[str, dict[str, Candles]] = {}
    for number, (frame, pair) in enumerate(json.loads((folder / _INDEX).read_text())):
        columns = (_mapped(_file(folder, number, name), name) for name in Candles.__slots__)
        candles.setdefault(frame, {})[pair] = Candles(*columns)
    return candles


def _series(pieces: Iterable[ByFrame]) -> Iterator[tuple[tuple[str, str], Candles]]:
    """The candles of each piece by timeframe and pair."""
    for piece in pieces:
        for frame, by_pair in piece.items():
            for pair, candles in by_pair.items():
                yield (frame, pair), candles


def _append(folder: Path, number: int, candles: Candles) -> None:
    for name in Candles.__slots__:
        with _file(folder, number, name).open("ab") as file:
            getattr(candles, name).tofile(file)


def _file(folder: Path, number: int, column: str) -> Path:
    return folder / f"{number}.{column}"


def _mapped(file: Path, column: str) -> NDArray[Any]:
    kind = np.int64 if column == "open_time" else np.float64
    return np.memmap(file, kind, "r").view(np.ndarray)
