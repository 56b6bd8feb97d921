"""Scanned candle by candle, in one pass, restarted, begun elsewhere: the same signals, bit for bit.

`MARKETS=20 CANDLES=8760` takes a year of so many recorded markets for each built-in strategy.
"""

import os
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pytest

from adapters.indicators.engine import compute
from domain.account.period import Opinion
from domain.blocks import Window, needed, windows
from domain.candles import Candles, Floats
from domain.strategies import STRATEGIES
from domain.strategies.evaluate import opinion, opinions_of_block
from domain.strategies.strategy import Indicator, Rules, Strategy
from domain.timeframes import timeframe
from papertape import crosses_above, crosses_below
from tests.adapters.indicators.series import HOURLY, random_candles, recorded
from tests.strategies import candles_of_warm_up

HOUR = timeframe("1h")
MARKETS = int(os.environ.get("MARKETS", "1"))
CANDLES = int(os.environ.get("CANDLES", "1500"))
RESTARTS = 50
LATER_STARTS = (0.1, 0.35)
YEAR = [path for path in HOURLY if path.name == "1h.parquet"]


class WithTheTrend(Strategy, frozen=True):
    """Crossings on the hour, in the direction of four hours."""

    name: ClassVar[str] = "with_the_trend"

    def indicators(self) -> dict[str, Indicator]:
        return {
            "fast": Indicator("EMA", period=5),
            "slow": Indicator("EMA", period=13),
            "trend": Indicator("EMA", period=10, timeframe="4h"),
        }

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        rises = candles.close > values["trend"]
        return Rules(
            enter_long=crosses_above(values["fast"], values["slow"]) & rises,
            exit_long=crosses_below(values["fast"], values["slow"]),
        )


STRATEGIES_HERE = [*(kind() for kind in STRATEGIES.values()), WithTheTrend()]
Said = list[tuple[int, Opinion, bytes]]


class Bits:
    """The engine, and the bits of all that it computed since they were last taken."""

    def __init__(self) -> None:
        self.computed: list[Floats] = []

    def __call__(self, indicator: Indicator, candles: Candles) -> Floats:
        values = compute(indicator, candles)
        if indicator.timeframe is None:
            self.computed.append(values)
        return values

    def taken(self, row: int) -> bytes:
        return b"".join(array[row].tobytes() for array in self.computed)


def in_one_pass(strategy: Strategy, candles: Candles) -> Said:
    said: Said = []
    for window in windows(candles, HOUR, candles_of_warm_up(strategy)):
        bits = Bits()
        for time, each in opinions_of_block(strategy, "BTC/USDT", window, bits):
            row = int(np.searchsorted(window.candles.open_time, time))
            said.append((time, each, bits.taken(row)))
    return said


def candle_by_candle(strategy: Strategy, candles: Candles, restarts: frozenset[int]) -> Said:
    """As a scan does; at some rows the window is read anew, as after a restart."""
    warm_up = candles_of_warm_up(strategy)
    window, said = Window(HOUR, warm_up), Said()
    for row in range(len(candles)):
        if row in restarts:
            since, count = needed(int(candles.open_time[row]), HOUR, warm_up)
            traded = candles[: row + 1].traded()
            window = Window(HOUR, warm_up)
            window.reload(traded.where(traded.open_time >= since)[-count:])
        else:
            window.extend(candles[row : row + 1])
        if not len(window.candles) or window.candles.open_time[-1] != candles.open_time[row]:
            continue
        bits = Bits()
        each = opinion(strategy, "BTC/USDT", window, bits)
        if each is not None:
            said.append((int(candles.open_time[row]), each, bits.taken(-1)))
    return said


def a_market(number: int) -> Candles:
    """A recorded year, or as much of a random market with quiet periods and outages."""
    if number < len(YEAR):
        return recorded(YEAR[number])[-CANDLES:]
    return random_candles(CANDLES, seed=number, quiet=0.05, outages=1)


def markets() -> list[int]:
    return [*range(min(MARKETS, len(YEAR))), 1_000]


@pytest.mark.parametrize("number", markets())
@pytest.mark.parametrize("strategy", STRATEGIES_HERE, ids=lambda each: each.name)
def test_a_scan_says_what_one_pass_says(strategy: Strategy, number: int) -> None:
    candles = a_market(number)
    chance = np.random.default_rng(number)
    restarts = frozenset(chance.choice(len(candles), RESTARTS, replace=False).tolist())
    whole = in_one_pass(strategy, candles)
    assert candle_by_candle(strategy, candles, restarts) == whole
    if CANDLES > 8_000:
        assert whole, "nothing said in a year"


@pytest.mark.parametrize("number", markets())
@pytest.mark.parametrize("strategy", STRATEGIES_HERE, ids=lambda each: each.name)
def test_where_the_history_begins_changes_no_signal(strategy: Strategy, number: int) -> None:
    candles = a_market(number)
    whole = {time: (each, bits) for time, each, bits in in_one_pass(strategy, candles)}
    for share in LATER_STARTS:
        later = candles[int(len(candles) * share) :]
        said = in_one_pass(strategy, later)
        assert all(whole[time] == (each, bits) for time, each, bits in said)
        first_sure = _first_that_may_signal(strategy, later)
        expected = {time for time in whole if time >= first_sure}
        assert {time for time, _, _ in said if time >= first_sure} == expected


def _first_that_may_signal(strategy: Strategy, candles: Candles) -> int:
    """From there on every window of the shorter history is sure."""
    last = 0
    for window in windows(candles, HOUR, candles_of_warm_up(strategy)):
        if not window.begins_surely:
            last = int(window.candles.open_time[-1]) + 1
    return last
