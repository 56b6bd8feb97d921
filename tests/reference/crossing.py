"""Our own strategy of two averages that cross, over recorded candles through the paper account."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from adapters.indicators.engine import compute, warm_up
from domain.account.period import Opinion
from domain.blocks import windows
from domain.candles import Candles, Floats
from domain.strategies import evaluate
from domain.strategies.crossing import crosses_above, crosses_below
from domain.strategies.strategy import Indicator, Rules, Strategy
from domain.timeframes import timeframe
from tests.reference.driving import Desk, drive
from tests.reference.inputs import Candle, Entry, Exit, Market, Trade
from tests.reference.inputs import Rules as AccountRules

FAST, SLOW, ATR = 8, 21, 14
STOP, TARGET = 1.0, 1.5  # near, so that candles reach both


class Crossing(Strategy, frozen=True):
    """Long from a crossing to the next, at market; with `bracket` a stop and a target.

    Its entries wait so many periods for a candle.
    """

    name: ClassVar[str] = "crossing"

    bracket: int = 0
    waits: int = 1

    def indicators(self) -> dict[str, Indicator]:
        return {
            "fast": Indicator("EMA", period=FAST),
            "slow": Indicator("EMA", period=SLOW),
            "atr": Indicator("ATR", period=ATR),
        }

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        away = values["atr"]
        return Rules(
            enter_long=crosses_above(values["fast"], values["slow"]),
            exit_long=crosses_below(values["fast"], values["slow"]),
            stop=candles.close - STOP * away if self.bracket else None,
            target=candles.close + TARGET * away if self.bracket else None,
            valid_for=self.waits,
        )


class Heard(NamedTuple):
    """What the strategy said of a market, and the open times at which it might have spoken."""

    opinions: list[tuple[int, Opinion]]
    awake: set[int]


def hear(strategy: Strategy, pair: str, candles: Candles, frame: str) -> Heard:
    """All opinions, block by block as the bot has them."""
    span = timeframe(frame)
    opinions, awake = [], set()
    for window in windows(candles, span, strategy.warm_up(span, warm_up)):
        opinions += evaluate.opinions_of_block(strategy, pair, window, compute)
        awake |= set(window.candles.open_time[window.first_row_that_may_signal :].tolist())
    return Heard(opinions, awake)


def trades(
    frame: str,
    markets: Sequence[Market],
    candles: Mapping[str, Candles],
    heard: Mapping[str, Heard],
    stake: float,
) -> list[Trade]:
    """The closed trades of the paper account that hears these opinions."""
    entries, exits = [], []
    for pair, each in candles.items():
        for open_time, said in heard[pair].opinions:
            index = int(np.searchsorted(each.open_time, open_time))
            if said.exit is not None:
                exits.append(Exit(pair, index, said.exit))
            if said.enter is not None:
                entries.append(_entry(pair, index, said))
    rows = {pair: rows_of(each) for pair, each in candles.items()}
    rules = AccountRules(timeframe_ms=timeframe(frame).ms, stake=stake)
    desk = Desk("binance", frame, frame, rules, markets, rows, entries, exits)
    return [outcome.trade for outcome in drive(desk)]


def _entry(pair: str, index: int, said: Opinion) -> Entry:
    return Entry(
        pair, index, "long",
        stop=None if said.stop is None else float(said.stop),
        target=None if said.target is None else float(said.target),
        valid_for=said.valid_for or 1,
    )  # fmt: skip


def rows_of(candles: Candles) -> list[Candle]:
    """Candles as the reference account takes them."""
    columns = (getattr(candles, name).tolist() for name in Candles.__slots__)
    return list(zip(*columns, strict=True))
