"""Candle files, Parquet or CSV: every row is checked before any is used.

Numbers stay exact: text and decimals are kept as text, a double is its own shortest text.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from adapters.candle_checks import NUMBERS, TIME, Columns, first_fault, text
from domain.candles import Candle, Candles
from domain.timeframes import Timeframe
from domain.times import from_ms

if TYPE_CHECKING:
    import polars

_KINDS = (".csv", ".parquet")
_HEADER = f"{TIME}, {', '.join(NUMBERS)}"


class BadCandleFile(ValueError):
    """A file that cannot be read, has no candles, or has a row that cannot be one."""


@dataclass(frozen=True, slots=True, eq=False)
class FileCandles:
    """Candles out of files, oldest first, no open time twice: as doubles, and as exact text."""

    candles: Candles
    _given: "polars.DataFrame"

    def __len__(self) -> int:
        return len(self.candles)

    def exact(self, start: int, stop: int) -> list[Candle]:
        """Those from place `start` up to `stop`, their numbers exact."""
        times = self.candles.open_time[start:stop].tolist()
        texts = self._given[start:stop].select(map(text, NUMBERS)).iter_rows()
        return [Candle(time, *map(Decimal, row)) for time, row in zip(times, texts, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    path: Path
    columns: Columns

    def place(self, row: int) -> str:
        """Where a row stands, as an editor counts lines or a query counts rows."""
        if self.path.suffix.lower() == ".csv":
            return f"{self.path}, line {row + 2}"
        return f"{self.path}, row {row + 1}"


def read_candles(paths: Sequence[Path], frame: Timeframe, now: int) -> FileCandles:
    """The candles of one series out of all files; equal ones count once.

    Raises BadCandleFile; so does a candle that has not closed at `now` (ms).
    """
    return _joined([_checked(path, frame, now) for path in paths])


def _checked(path: Path, frame: Timeframe, now: int) -> _File:
    file = _File(path, Columns.of(_read(path)))
    fault = first_fault(file.columns, frame, now)
    if fault is not None:
        raise BadCandleFile(f"{file.place(fault.row)}: {fault.words}")
    return file


def _read(path: Path) -> "polars.DataFrame":
    """The six columns of a file as they are."""
    import polars  # noqa: PLC0415  # a third of a second, which other commands never need

    if path.suffix.lower() not in _KINDS:
        raise BadCandleFile(f"{path}: a candle file ends in {' or '.join(_KINDS)}")
    if not path.is_file():
        raise BadCandleFile(f"{path}: there is no such file")
    is_csv = path.suffix.lower() == ".csv"
    try:
        found = _read_csv(path) if is_csv else polars.read_parquet(path, hive_partitioning=False)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        raise BadCandleFile(_unreadable(path, error)) from error
    return _six_columns(path, found.rename(str.strip))


def _read_csv(path: Path) -> "polars.DataFrame":
    """All fields as text; empty lines stay rows, so that rows count lines, but for the last."""
    import polars  # noqa: PLC0415  # see _read

    found = polars.read_csv(path, infer_schema=False, truncate_ragged_lines=False)
    filled = found.select(~polars.all_horizontal(polars.all().is_null())).to_series().arg_true()
    return found.head(filled[-1] + 1 if len(filled) else 0)


def _six_columns(path: Path, found: "polars.DataFrame") -> "polars.DataFrame":
    missing = [name for name in (TIME, *NUMBERS) if name not in found.columns]
    if missing:
        raise BadCandleFile(f"{path}: no column {missing[0]}; a candle file has {_HEADER}")
    for name in (TIME, *NUMBERS):
        kind = found.schema[name]
        if f"{name}_duplicated_0" in found.columns:
            raise BadCandleFile(f"{path}: column {name} stands there twice")
        if not Columns.takes(name, kind):
            wanted = "int64" if name == TIME else "float64, a decimal or text"
            raise BadCandleFile(f"{path}: column {name} is {kind}; it must be {wanted}")
    if found.is_empty():
        raise BadCandleFile(f"{path}: there are no candles in it")
    return found.select(TIME, *NUMBERS)


def _unreadable(path: Path, error: BaseException) -> str:
    """Why a file cannot be read: its first line with too many fields, or in the reader's words."""
    if path.stat().st_size == 0:
        return f"{path}: the file is empty"
    if path.suffix.lower() == ".parquet":
        return f"{path}: this is no Parquet file, or it is damaged ({_first_line(error)})"
    return _overlong_line(path) or f"{path}: this is no CSV file in UTF-8 ({_first_line(error)})"


def _overlong_line(path: Path) -> str | None:
    with path.open(newline="", encoding="utf-8", errors="replace") as lines:
        rows = csv.reader(lines)
        try:
            width = len(next(rows))
            for row in rows:
                if len(row) > width:
                    return f"{path}, line {rows.line_num}: {len(row)} fields, the header {width}"
        except (csv.Error, StopIteration):
            return None
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _joined(files: Sequence[_File]) -> FileCandles:
    """All files in time order; a candle in two of them must be the same in both."""
    if len(files) == 1:  # it is in order, and no time stands there twice
        columns = files[0].columns
        return FileCandles(Candles(columns.times, *columns.numbers), columns.raw)
    times = np.concatenate([file.columns.times for file in files])
    order = np.argsort(times, kind="stable")
    numbers = np.concatenate([file.columns.numbers for file in files], axis=1)[:, order]
    times = times[order]
    again = np.flatnonzero(np.diff(times) == 0) + 1
    differ = again[(numbers[:, again] != numbers[:, again - 1]).any(axis=0)]
    if differ.size:
        raise BadCandleFile(_contradiction(files, times, order, int(differ[0])))
    once = np.delete(np.arange(len(times)), again)
    return FileCandles(Candles(times[once], *numbers[:, once]), _texts(files)[order[once]])


def _texts(files: Sequence[_File]) -> "polars.DataFrame":
    """The numbers of all files, behind each other; as text, since each may hold other types."""
    import polars  # noqa: PLC0415  # see _read

    return polars.concat([file.columns.raw.select(map(text, NUMBERS)) for file in files])


def _contradiction(
    files: Sequence[_File], times: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    order: "np.ndarray[tuple[int], np.dtype[np.intp]]", place: int,
) -> str:  # fmt: skip
    first, second = (_place(files, int(order[each])) for each in (place - 1, place))
    opened = from_ms(int(times[place])).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{second}: another candle for {opened} than {first}"


def _place(files: Sequence[_File], row: int) -> str:
    """Where a row of all files together stands."""
    for file in files:
        if row < len(file.columns.times):
            return file.place(row)
        row -= len(file.columns.times)
    raise IndexError(row)
