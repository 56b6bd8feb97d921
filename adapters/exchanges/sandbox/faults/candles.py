"""Candles that are late, restated, absent or of an outage: functions of the candle alone."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.exchanges.sandbox.faults.kinds import (
    FOREVER,
    Absent,
    CandleFault,
    Halted,
    Late,
    Outage,
    Restated,
)
from adapters.exchanges.sandbox.noise import chance, stream, uniforms
from adapters.exchanges.sandbox.sources import SandboxMarket, Source
from domain.candles import Candle, Candles
from domain.timeframes import Timeframe
from domain.values import exact, round_down

_FAR = 1_000  # candles, to look back for the last one before an outage


class Spell(NamedTuple):
    """From `since` up to `until` (ms) the candle at a place of some looks like this.

    None: it cannot be seen.
    """

    place: int
    since: int
    until: int
    candle: Candle | None
    kind: str


class CandleFaults:
    """The spells of any candles of a source."""

    def __init__(self, faults: Iterable[tuple[int, object]], source: Source, seed: int) -> None:
        kinds = CandleFault | Outage | Halted
        self._faults = [(number, fault) for number, fault in faults if isinstance(fault, kinds)]
        self._source = source
        self._seed = seed
        self._last_close = lru_cache(maxsize=None)(self._read_last_close)

    def spells(self, pair: str, frame: Timeframe, candles: Candles) -> list[Spell]:
        """How these candles look at other times than usual, in no order."""
        found: list[Spell] = []
        for number, fault in self._faults:
            match fault:
                case Outage() if fault.concerns(pair, frame.name):
                    found += self._of_outage(fault, pair, frame, candles)
                case Halted() if fault.pair == pair:
                    found += _hidden(_within(fault, frame, candles), candles, FOREVER, "halted")
                case CandleFault() if fault.concerns(pair, frame.name):
                    struck = self._struck(number, fault, pair, frame, candles)
                    found += self._of_candles(fault, pair, frame, candles, struck)
        return found

    def _struck(
        self, number: int, fault: CandleFault, pair: str, frame: Timeframe, candles: Candles
    ) -> NDArray[np.intp]:
        key = stream(self._seed, "candle", number, pair, frame.name)
        inside = (candles.open_time >= fault.begin) & (candles.open_time < fault.end)
        drawn = uniforms(key, candles.open_time // frame.ms) < fault.chance
        return np.flatnonzero(inside & drawn)

    def _of_candles(
        self,
        fault: CandleFault,
        pair: str,
        frame: Timeframe,
        candles: Candles,
        struck: NDArray[np.intp],
    ) -> Iterator[Spell]:
        if isinstance(fault, Absent):
            yield from _hidden(struck, candles, FOREVER, fault.kind)
            return
        assert isinstance(fault, Late | Restated)
        market = self._source.market(pair)
        for index in map(int, struck):
            close = int(candles.open_time[index]) + frame.ms
            until = close + round(fault.seconds * 1000)
            shown = None
            if isinstance(fault, Restated):
                key = (self._seed, "restated", pair, frame.name)
                shown = other_numbers(candles.candle(index), market, *key)
            yield Spell(index, close, until, shown, fault.kind)

    def _of_outage(
        self, outage: Outage, pair: str, frame: Timeframe, candles: Candles
    ) -> Iterator[Spell]:
        """A candle wholly within it never traded; one partly within stands still meanwhile."""
        within = _within(outage, frame, candles)
        if outage.mode != "flat":
            yield from _hidden(within, candles, outage.appears, outage.kind)
        elif len(within):
            first = outage.begin + (frame.anchor - outage.begin) % frame.ms
            close = self._last_close(pair, frame, first)
            for index in map(int, within):
                opened = int(candles.open_time[index])
                price = close or exact(candles.open[index])
                flat = Candle(opened, price, price, price, price, Decimal(0))
                yield Spell(index, opened, outage.appears, flat, outage.kind)
        if outage.mode == "silent":
            for index in np.setdiff1d(_touching(outage, frame, candles), within).tolist():
                since = max(outage.begin, int(candles.open_time[index]))
                yield Spell(index, since, outage.end, None, outage.kind)

    def _read_last_close(self, pair: str, frame: Timeframe, moment: int) -> Decimal | None:
        """The close of the newest candle that opened before a moment."""
        before = self._source.candles(pair, frame, moment - _FAR * frame.ms, moment)
        return exact(before.close[-1]) if len(before) else None


def _within(fault: Outage | Halted, frame: Timeframe, candles: Candles) -> NDArray[np.intp]:
    times = candles.open_time
    return np.flatnonzero((times >= fault.begin) & (times + frame.ms <= fault.end))


def _touching(fault: Outage, frame: Timeframe, candles: Candles) -> NDArray[np.intp]:
    times = candles.open_time
    return np.flatnonzero((times < fault.end) & (times + frame.ms > fault.begin))


def _hidden(indices: NDArray[np.intp], candles: Candles, until: int, kind: str) -> Iterator[Spell]:
    for index in map(int, indices):
        yield Spell(index, int(candles.open_time[index]), until, None, kind)


def other_numbers(final: Candle, market: SandboxMarket, *key: object) -> Candle:
    """A candle that could be: its close some ticks elsewhere, and its volume a little less."""

    def drawn(name: str) -> float:
        return chance(*key, final.open_time, name)

    ticks = 1 + int(drawn("ticks") * 5)
    way = -1 if drawn("way") < 0.5 and final.close > ticks * market.tick else 1
    close = final.close + way * ticks * market.tick
    volume = round_down(final.volume * exact(0.9 + drawn("volume") * 0.09), market.lot)
    return Candle(
        final.open_time,
        final.open,
        max(final.high, close),
        min(final.low, close),
        close,
        volume,
    )
