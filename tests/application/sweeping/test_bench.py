"""A combination that is tried makes what a backtest with its parameters makes."""

import numpy as np
import pytest

from adapters.indicators.engine import compute
from application.backtest import Recorded, Span, backtest
from application.sweeping.tried import Candidate
from domain.account.facts import TradeClosed
from domain.candles import Candles
from domain.performance.marking import curve_of, last_closes
from domain.performance.metrics import measure
from domain.performance.summary import summary
from domain.times import from_ms
from tests.adapters.indicators.series import HOUR
from tests.application.sweeping.benches import CANDLES, RULES, SINCE, UNTIL, bench, configured


def measured(since: int, until: int, **parameters: str) -> dict[str, object]:
    """What is measured of a backtest."""
    plan = configured(parameters).plan
    recorded = Recorded("bench", RULES, [Span({"1h": CANDLES}, since, until)])
    (outcome,) = backtest(recorded, [plan], compute, lambda *_: plan.strategies[0].strategy)
    times = np.arange(since + HOUR, until + 1, HOUR)
    closes = {
        pair: last_closes(each.open_time + HOUR, each.close, times)
        for pair, each in CANDLES.items()
    }
    told = [(each.close, each.facts) for each in outcome.chapters]
    trades = [fact for _, facts in told for fact in facts if isinstance(fact, TradeClosed)]
    curve = curve_of(told, closes, times, plan.capital)
    first, last, open_trades = from_ms(since), from_ms(until), list(outcome.account.trades.values())
    return summary(
        measure(
            trades, curve, capital=plan.capital, first=first, last=last, open_trades=open_trades
        )
    )  # fmt: skip


@pytest.mark.parametrize("fast", ["3", "5"])
def test_its_figures_are_those_of_a_single_backtest(fast: str) -> None:
    tried = bench().tried(Candidate(0, SINCE, UNTIL, {"fast": fast, "slow": "12"}))
    single = measured(SINCE, UNTIL, fast=fast, slow="12")
    assert tried.figures["trades"] != 0
    assert tried.figures.items() <= single.items()
    assert {"sharpe", "net_profit", "max_drawdown", "final_equity"} <= tried.figures.keys()


def test_what_its_strategy_refuses_is_told_and_has_no_figures() -> None:
    tried = bench().tried(Candidate(3, SINCE, UNTIL, {"fast": "12", "slow": "12"}))
    assert tried.refused is not None
    assert "must be shorter" in tried.refused
    assert tried.figures == {}


def test_nothing_is_known_of_candles_that_close_later() -> None:
    middle = (SINCE + UNTIL) // 2 // HOUR * HOUR
    candidate = Candidate(0, SINCE, middle, {"fast": "3"})
    others = {pair: _turned_over_behind(each, middle) for pair, each in CANDLES.items()}
    assert bench(others).tried(candidate) == bench().tried(candidate)


def _turned_over_behind(candles: Candles, moment: int) -> Candles:
    factor = np.where(candles.open_time + HOUR > moment, 2.0, 1.0)
    prices = (candles.open, candles.high, candles.low, candles.close)
    open_, high, low, close = (column * factor for column in prices)
    return Candles(candles.open_time, open_, high, low, close, candles.volume)
