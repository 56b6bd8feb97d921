"""`TapeData`: a data feed for Backtrader's Cerebro over candles from the tape."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from adapters.backtrader.bars import Bars, bars, in_its_words
from adapters.backtrader.sources import GivenCandles, RecordedCandles, Source
from adapters.backtrader.span import Span
from adapters.candle_files import read_candles
from adapters.indicators.library import backtrader
from domain.candles import Candles, Series
from domain.timeframes import Timeframe, timeframe

Files = str | Path | Sequence[str | Path]


class TapeData(backtrader().feed.DataBase):  # type: ignore[misc]  # Backtrader has no types
    """A series on the tape as a data feed: `TapeData(exchange=, pair=, timeframe=)`.

    `since` and `until` bound the open times of its candles: a datetime, a text as
    `2024-03-03T12:00Z`, or ms; naive ones are UTC. `url` is the database's, by default that of the
    settings; `as_of` a position on the market tape, by default the newest one now. A bar is dated
    by its candle's close, as Backtrader's own are, or with `stamped="open"` by its open. With
    `quiet=False` candles in which nothing was traded are left out.

    Other parameters are those of Backtrader's feeds. Raises NoSuchCandles, NoTape,
    UnknownTimeframe, ValueError; TypeError without a series or for a parameter that is none.
    """

    params = (
        ("exchange", ""),
        ("pair", ""),
        ("since", None),
        ("until", None),
        ("url", None),
        ("as_of", None),
        ("stamped", "close"),
        ("quiet", True),
        ("candles", None),
    )

    def __init__(self, **unknown: Any) -> None:
        given = self.p
        if unknown:
            known = ", ".join(given._getkeys())
            raise TypeError(f"TapeData has no parameter {min(unknown)!r}. It has: {known}.")
        self.frame = _frame(given.timeframe)
        if given.stamped not in ("close", "open"):
            raise ValueError(f"stamped = {given.stamped!r} must be 'close' or 'open'")
        self._source: Source = _source(given, self.frame)
        self._rows: Iterator[tuple[float, ...]] | None = None
        given.timeframe, given.compression = in_its_words(self.frame)
        given.name = given.name or f"{given.exchange} {given.pair} {self.frame}".strip()

    @classmethod
    def of(cls, candles: Candles | Files, timeframe: str, **given: Any) -> "TapeData":
        """A feed of candles in memory, or of candle files; it needs no database.

        Raises BadCandleFile.
        """
        if not isinstance(candles, Candles):
            candles = _read(candles, _frame(timeframe))
        return cls(candles=candles, timeframe=timeframe, **given)

    def start(self) -> None:
        """Begin anew."""
        super().start()
        self._rows = None

    def preload(self) -> None:
        """All bars at once, unless each has to pass a filter or another time zone."""
        if self._filters or self._tzinput:
            super().preload()
            return
        for block in self._blocks():
            self._take(block)
        self._rows = iter(())
        self.home()

    def _load(self) -> bool:
        """The next bar, for runs without preloading."""
        if self._rows is None:
            self._rows = self._each()
        row = next(self._rows, None)
        if row is None:
            self._rows = iter(())
            return False
        for line, value in zip(self.lines, row, strict=True):
            line[0] = value
        return True

    def _take(self, block: Bars) -> None:
        """Put a block's bars behind those that are held, before what Cerebro looks ahead into."""
        dates = np.frombuffer(block["datetime"])
        first = int(np.searchsorted(dates, self.fromdate))
        end = int(np.searchsorted(dates, self.todate, side="right"))
        for name, line in zip(self.getlinealiases(), self.lines, strict=True):
            place = line.buflen()
            line.array[place:place] = block[name][first:end]

    def _each(self) -> Iterator[tuple[float, ...]]:
        for block in self._blocks():
            yield from zip(*(block[name] for name in self.getlinealiases()), strict=True)

    def _blocks(self) -> Iterator[Bars]:
        for candles in self._source.blocks():
            yield bars(candles if self.p.quiet else candles.traded(), self.frame, self.p.stamped)


def _frame(name: Any) -> Timeframe:
    """The timeframe of that name; Backtrader's own words for them are numbers."""
    if not isinstance(name, str):
        raise TypeError("TapeData wants a timeframe by its name, such as timeframe='1h'")
    return timeframe(name)


def _source(given: Any, frame: Timeframe) -> Source:
    span = Span.of(given.since, given.until)
    if given.candles is not None:
        return GivenCandles.of(given.candles, span)
    if not given.exchange or not given.pair:
        raise TypeError(
            "TapeData wants exchange, pair and timeframe, or candles: TapeData.of(candles, '1h')"
        )
    return RecordedCandles.of(
        given.url, Series(given.exchange, given.pair, frame.name), span, given.as_of
    )


def _read(files: Files, frame: Timeframe) -> Candles:
    paths = [files] if isinstance(files, str | Path) else files
    now = time.time_ns() // 1_000_000
    return read_candles([Path(path) for path in paths], frame, now).candles
