"""What a row of a candle file must be; all rows are checked at once, by column."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from domain.candles import Floats, Times
from domain.timeframes import Timeframe
from domain.values import exact

if TYPE_CHECKING:
    import polars

TIME = "open_time_ms"
PRICES = ("open", "high", "low", "close")
NUMBERS = (*PRICES, "volume")
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$"
_TINY, _HUGE = 1e-99, 1e100  # exponents have two digits
_WHOLE = "^[0-9]{1,18}$"
_SURELY_EXACT = 15  # digits that every double holds
_LATEST = 253_402_300_799_999  # 9999-12-31


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row, counted from 0, that cannot be a candle, and why."""

    row: int
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A file's columns: as they are, and as numbers (-1 and NaN for what is none)."""

    raw: "polars.DataFrame"
    times: Times
    numbers: Floats
    """Five rows of doubles: open, high, low, close, volume."""

    @staticmethod
    def takes(name: str, kind: "polars.DataType") -> bool:
        """Whether a column may have this type; float32 would lose digits."""
        import polars  # noqa: PLC0415  # slow to import, which other commands never need

        if kind == polars.String or kind.is_integer():
            return True
        return name != TIME and (kind == polars.Float64 or kind.is_decimal())

    @classmethod
    def of(cls, raw: "polars.DataFrame") -> "Columns":
        """The columns of a file whose types are right."""
        numbers = raw.select(_double(name, raw.schema[name]) for name in NUMBERS).to_numpy()
        return cls(raw, raw.select(_time(raw.schema[TIME])).to_series().to_numpy(), numbers.T)


def text(name: str) -> "polars.Expr":
    """A column as exact text; of a double, its shortest."""
    import polars  # noqa: PLC0415  # see Columns.takes

    return polars.col(name).cast(polars.String).str.strip_chars()


def _time(kind: "polars.DataType") -> "polars.Expr":
    import polars  # noqa: PLC0415  # see Columns.takes

    if kind == polars.Int64:
        return polars.col(TIME).fill_null(-1).clip(-1)
    is_whole = text(TIME).str.contains(_WHOLE)
    return polars.when(is_whole).then(text(TIME)).cast(polars.Int64).fill_null(-1)


def _double(name: str, kind: "polars.DataType") -> "polars.Expr":
    """Doubles are taken as they are, if their shortest text would be a number to us, too."""
    import polars  # noqa: PLC0415  # see Columns.takes

    if kind == polars.Float64:
        size, number = polars.col(name).abs(), polars.col(name)
        return polars.when((size < _HUGE) & ((size >= _TINY) | (size == 0))).then(number)
    is_number = text(name).str.contains(_NUMBER)
    return polars.when(is_number).then(text(name)).cast(polars.Float64).alias(name)


def first_fault(columns: Columns, frame: Timeframe, now: int) -> Fault | None:
    """The first row that cannot be a candle closed at `now` (ms), by the first rule it breaks."""
    rules = _rules(columns, frame, now)
    broken = [(int(mask.argmax()), words) for words, mask in rules if mask.any()]
    if not broken:
        return None
    row, words = min(broken, key=lambda each: each[0])
    return Fault(row, words.format(**_shown(columns.raw.row(row, named=True))))


def _shown(row: dict[str, Any]) -> dict[str, str]:
    return {name: "empty" if value is None else f"{value!s:.40}" for name, value in row.items()}


def _rules(columns: Columns, frame: Timeframe, now: int) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Each rule in words, with the rows that break it."""
    times, (opens, highs, lows, closes, volumes) = columns.times, columns.numbers
    steps = np.diff(times, prepend=times[0] - 1)
    yield f"{TIME} is {{{TIME}}}, not a time in ms since 1970", _is_no_time(times, frame)
    for name, numbers in zip(NUMBERS, columns.numbers, strict=True):
        yield f"{name} is {{{name}}}, not a number", ~np.isfinite(numbers)
    yield (
        f"{TIME} {{{TIME}}} is not the open of a {frame} period",
        ((times - frame.anchor) % frame.ms != 0),
    )
    yield (
        f"{TIME} {{{TIME}}} is of the future: that {frame} period has not closed yet",
        times > now - frame.ms,
    )
    yield f"{TIME} {{{TIME}}} stands there twice", steps == 0
    yield f"{TIME} {{{TIME}}} comes behind a later one; sort by time", steps < 0
    for name, numbers in zip(PRICES, columns.numbers, strict=False):
        yield f"{name} {{{name}}} is not above zero", numbers <= 0
    yield "volume {volume} is below zero", volumes < 0
    yield "high {high} is below open {open} or close {close}", highs < np.maximum(opens, closes)
    yield "low {low} is above open {open} or close {close}", lows > np.minimum(opens, closes)
    for name in PRICES:
        yield f"{name} {{{name}}} has more digits than a double holds", _is_inexact(columns, name)


def _is_no_time(times: Times, frame: Timeframe) -> NDArray[np.bool_]:
    return (times < 0) | (times > _LATEST - frame.ms)


def _is_inexact(columns: Columns, name: str) -> NDArray[np.bool_]:
    """Rows whose price is not the shortest text of a double; only long texts can be such."""
    import polars  # noqa: PLC0415  # see Columns.takes

    wrong = np.zeros(len(columns.times), dtype=np.bool_)
    if columns.raw.schema[name] == polars.Float64:
        return wrong
    texts = columns.raw.select(text(name)).to_series()
    digits = (
        texts.str.replace("[eE].*$", "").str.replace_all("[^0-9]", "").str.strip_chars_start("0")
    )
    for row in (digits.str.len_bytes() > _SURELY_EXACT).arg_true():
        number = Decimal(texts[row])
        wrong[row] = exact(float(number)) != number
    return wrong
