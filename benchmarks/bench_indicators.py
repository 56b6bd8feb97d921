"""Six indicators over 100,000 candles: a run of Cerebro against the engine, its parts and blocks.

`DATA=file.parquet` takes the first candles of a recorded file; else a seeded walk of minutes.
"""

import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import polars

from adapters.indicators.backtrader_code import interpreted
from adapters.indicators.compiled import twin_of
from adapters.indicators.engine import compute, warm_up
from adapters.indicators.formula import Formula
from adapters.indicators.library import backtrader
from domain.blocks import windows
from domain.candles import Candles
from domain.strategies.strategy import Indicator
from domain.timeframes import timeframe

COUNT = 100_000
ROUNDS = 5
MINUTE = 60_000
INDICATORS = [
    Indicator(name) for name in ("SMA", "EMA", "RSI", "MACD", "BollingerBands", "ATR")
]  # fmt: skip


def main() -> None:
    """Print the times, the best of some rounds; Cerebro's of one."""
    file = os.environ.get("DATA")
    candles = recorded(file) if file else made_up()
    twins = [twin for each in INDICATORS if (twin := twin_of(each)) is not None]
    assert len(twins) == len(INDICATORS)
    own = [interpreted(each) for each in INDICATORS]
    rows = len(candles)
    print(f"{len(INDICATORS)} indicators over {rows:,} candles of {file or 'a seeded walk'}")
    loop = _timed(lambda: _cerebro(candles, stdstats=True))
    bare = _timed(lambda: _cerebro(candles, stdstats=False))
    _say("cerebro.run", loop, loop, rows)
    _say("cerebro.run, no observers", bare, loop, rows)
    _say("Backtrader's code alone", _best(lambda: _all(own, candles), 2), loop, rows, goal=5)
    _say("compiled", _best(lambda: _all(twins, candles)), loop, rows, goal=1_000)
    _say("engine, by blocks", _best(lambda: _by_blocks(candles)), loop, rows)


def _say(what: str, seconds: float, loop: float, rows: int, goal: int | None = None) -> None:
    aim = f"  (goal: {goal:,})" if goal else ""
    print(
        f"{what:<26} {seconds * 1e3:>10,.1f} ms {rows / seconds:>14,.0f} candles a second"
        f" {loop / seconds:>8,.1f} times{aim}"
    )


def _all(formulas: list[Formula], candles: Candles) -> None:
    for formula in formulas:
        formula.values(candles)


def _by_blocks(candles: Candles) -> None:
    """As a backtest computes: each block of 256 periods from the longest warm-up before it."""
    longest = max(warm_up(each) for each in INDICATORS)
    for window in windows(candles, timeframe("1m"), longest):
        for each in INDICATORS:
            compute(each, window.candles)


def _cerebro(candles: Candles, *, stdstats: bool) -> None:
    bt = backtrader()

    class Feed(bt.feed.DataBase):  # type: ignore[misc, name-defined]
        def start(self) -> None:
            super().start()
            self.rows = iter(_rows(candles))

        def _load(self) -> bool:
            row = next(self.rows, None)
            if row is None:
                return False
            lines: Any = self.lines
            lines.datetime[0], lines.open[0], lines.high[0], lines.low[0] = row[:4]
            lines.close[0], lines.volume[0] = row[4:]
            return True

    class Watching(bt.Strategy):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            kinds = bt.indicators
            self.watched = [getattr(kinds, each.name)(self.data) for each in INDICATORS]

    cerebro = bt.Cerebro(stdstats=stdstats)
    cerebro.adddata(Feed())
    cerebro.addstrategy(Watching)
    cerebro.run()


def _rows(candles: Candles) -> list[tuple[float, ...]]:
    days = candles.open_time / 86_400_000 + 719_163
    columns = (days, candles.open, candles.high, candles.low, candles.close, candles.volume)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    return min(_timed(work) for _ in range(rounds))


def _timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def recorded(file: str) -> Candles:
    """The first candles of a Parquet file."""
    frame = polars.read_parquet(file)[:COUNT]
    return Candles(
        frame["open_time_ms"].to_numpy(),
        *(frame[name].to_numpy() for name in ("open", "high", "low", "close", "volume")),
    )


def made_up() -> Candles:
    """A walk of prices with two decimals."""
    chance = np.random.default_rng(7)
    close = np.round(30_000 * np.exp(np.cumsum(chance.normal(0, 5e-4, COUNT))), 2)
    before = np.concatenate(([30_000.0], close[:-1]))
    wick = np.round(chance.exponential(8.0, (2, COUNT)), 2)
    return Candles(
        np.arange(COUNT, dtype=np.int64) * MINUTE,
        before,
        np.maximum(before, close) + wick[0],
        np.minimum(before, close) - wick[1],
        close,
        np.round(chance.exponential(5.0, COUNT), 3),
    )


if __name__ == "__main__":
    main()
