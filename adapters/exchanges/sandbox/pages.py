"""Pages of candles: rows of a fixed span of time as JSON text, as the faults let them be seen."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from adapters.exchanges.sandbox.faults.candles import CandleFaults, Spell
from adapters.exchanges.sandbox.faults.kinds import FOREVER
from adapters.exchanges.sandbox.sources import Source
from domain.candles import Candle
from domain.timeframes import Timeframe
from domain.values import decimal_text

IN_THE_END = FOREVER - 1
"""A moment (ms) when every spell that ends is over."""
_ROWS = 100  # periods of a page
_KEPT = 4_096  # pages


class Page(NamedTuple):
    """The rows of a fixed span of time, with their open times."""

    times: list[int]
    rows: list[str]
    spells: Sequence[Spell] = ()
    settled_at: int = 0

    def spells_at(self, now: int) -> dict[int, Spell]:
        """The spell that each candle is under now; the stronger one where there are two."""
        under = [spell for spell in self.spells if spell.since <= now < spell.until]
        return {spell.place: spell for spell in sorted(under, key=_strength)}

    def under(self, spells: dict[int, Spell], frame: Timeframe) -> "Page":
        """What is seen of the page under these spells."""
        looks = list(self.rows)
        hidden = set()
        for place, spell in spells.items():
            if spell.candle is None:
                hidden.add(place)
            else:
                looks[place] = row_text(spell.candle, frame)
        shown = [place for place in range(len(looks)) if place not in hidden]
        return Page([self.times[place] for place in shown], [looks[place] for place in shown])


def _strength(spell: Spell) -> int:
    """What hides a candle goes before all others, and an outage before a restatement."""
    return 2 if spell.candle is None else int(spell.kind == "outage")


class Pages:
    """All pages of a source's candles; `spelled` counts the candles that looked otherwise."""

    def __init__(self, source: Source, faults: CandleFaults | None = None) -> None:
        self.spelled: Counter[str] = Counter()
        self._counted: set[tuple[str, str, str, int]] = set()
        self._source = source
        self._faults = faults
        self._true = lru_cache(maxsize=_KEPT)(self._written)
        self._settled = lru_cache(maxsize=_KEPT)(self._written_settled)

    def seen(self, pair: str, frame: Timeframe, number: int, now: int) -> Page:
        """The page as it looks now, what opens later included."""
        page = self._true(pair, frame, number)
        if not page.spells:
            return page
        if now >= page.settled_at:
            return self._settled(pair, frame, number, in_the_end=now == IN_THE_END)
        spells = page.spells_at(now)
        self._count(pair, frame, page, spells, now)
        return page.under(spells, frame)

    def spell(self, pair: str, frame: Timeframe, open_time: int, now: int) -> Spell | None:
        """What the candle of that open time is under now."""
        page = self._true(pair, frame, number_at(frame, open_time))
        if not page.spells:
            return None
        return page.spells_at(now).get(bisect_left(page.times, open_time))

    def _written(self, pair: str, frame: Timeframe, number: int) -> Page:
        start = frame.anchor + number * _ROWS * frame.ms
        candles = self._source.candles(pair, frame, start, start + _ROWS * frame.ms)
        columns = (
            candles.open.tolist(),
            candles.high.tolist(),
            candles.low.tolist(),
            candles.close.tolist(),
            candles.volume.tolist(),
        )
        times = candles.open_time.tolist()
        rows = [_row(frame.ms, *values) for values in zip(times, *columns, strict=True)]
        spells = self._faults.spells(pair, frame, candles) if self._faults else []
        ends = [spell.until for spell in spells if spell.until < FOREVER]
        return Page(times, rows, spells, max(start + _ROWS * frame.ms, *ends, 0))

    def _written_settled(
        self, pair: str, frame: Timeframe, number: int, *, in_the_end: bool
    ) -> Page:
        page = self._true(pair, frame, number)
        spells = page.spells_at(IN_THE_END)
        if not in_the_end:
            self._count(pair, frame, page, spells, IN_THE_END)
        return page.under(spells, frame)

    def _count(
        self, pair: str, frame: Timeframe, page: Page, spells: dict[int, Spell], now: int
    ) -> None:
        for spell in spells.values():
            key = (spell.kind, pair, frame.name, page.times[spell.place])
            if page.times[spell.place] <= now and key not in self._counted:
                self._counted.add(key)
                self.spelled[spell.kind] += 1


def float_text(number: float) -> str:
    """The shortest text of a double, without an exponent."""
    text = repr(number)
    return text if "e" not in text else format(Decimal(text), "f")


def row_text(candle: Candle, frame: Timeframe) -> str:
    """One exact candle as a row of twelve columns."""
    opened, high, low, close, volume = map(decimal_text, candle[1:])
    tail = _tail(candle.open_time, float(candle.close), float(candle.volume), frame.ms)
    return f'[{candle.open_time},"{opened}","{high}","{low}","{close}","{volume}",{tail}]'


def _row(
    length: int, time: int, opened: float, high: float, low: float, close: float, volume: float
) -> str:
    return (
        f'[{time},"{float_text(opened)}","{float_text(high)}","{float_text(low)}",'
        f'"{float_text(close)}","{float_text(volume)}",{_tail(time, close, volume, length)}]'
    )


def _tail(time: int, close: float, volume: float, length: int) -> str:
    """Close time, turnover, number of trades, what takers bought and paid, and a zero."""
    turnover = volume * close
    trades = int(turnover / 500) + (volume > 0)
    return (
        f'{time + length - 1},"{turnover:.8f}",{trades},"{volume / 2:.8f}","{turnover / 2:.8f}","0"'
    )


def numbers(frame: Timeframe, start: int, stop: int) -> range:
    """Numbers of the pages from the one that holds `start` to the one that holds `stop` (ms)."""
    return range(number_at(frame, start), number_at(frame, stop) + 1) if start <= stop else range(0)


def number_at(frame: Timeframe, moment: int) -> int:
    """The number of the page that holds a moment (ms)."""
    return (moment - frame.anchor) // (_ROWS * frame.ms)
