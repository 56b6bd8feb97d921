"""What one should know before one believes a result."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import msgspec

from domain.performance.metrics import Metrics
from domain.performance.tally import Tally
from domain.values import decimal_text

Code = Literal[
    "few_trades", "one_trade", "many_parameters", "short_period", "ambiguous", "open_trades"
]

ENOUGH_TRADES = 30
TRADES_A_PARAMETER = 10
MUCH_AMBIGUOUS = 0.1


class ResultWarning(msgspec.Struct, frozen=True):
    """A reason for doubt: its code, the numbers behind it, and a sentence with them."""

    code: Code
    numbers: dict[str, int | float | Decimal]
    says: str


def warnings_of(
    metrics: Metrics, *, parameters: int = 0, warm_up: int = 0, candles: int | None = None
) -> list[ResultWarning]:
    """The warnings that apply.

    `parameters` is how many parameters were free to be chosen, `warm_up` how many candles must lie
    before one that may signal, `candles` how many there were in the longest series, those before
    the period included; None if that does not matter.
    """
    return [
        *_few_trades(metrics.tally),
        *_one_trade(metrics.tally),
        *_many_parameters(metrics.tally, parameters),
        *_short_period(warm_up, candles),
        *_ambiguous(metrics.tally),
        *_open_trades(metrics.open_trades),
    ]


def _few_trades(tally: Tally) -> Iterator[ResultWarning]:
    """Fewer than 30 closed trades."""
    if tally.trades < ENOUGH_TRADES:
        yield ResultWarning(
            "few_trades",
            {"trades": tally.trades, "enough": ENOUGH_TRADES},
            f"{_count(tally.trades, 'trade')} closed; with fewer than {ENOUGH_TRADES}, chance "
            "decides most of the result.",
        )


def _one_trade(tally: Tally) -> Iterator[ResultWarning]:
    """The largest win is at least half of the net profit."""
    best = tally.best_trade
    if best is None or tally.net_profit <= 0 or 2 * best.profit < tally.net_profit:
        return
    yield ResultWarning(
        "one_trade",
        {"trade": best.trade, "profit": best.profit, "net_profit": tally.net_profit},
        f"One trade, number {best.trade} in {best.pair}, made {decimal_text(best.profit)}, where "
        f"the net profit is {decimal_text(tally.net_profit)}.",
    )


def _many_parameters(tally: Tally, parameters: int) -> Iterator[ResultWarning]:
    """Fewer than 10 closed trades for each free parameter."""
    if tally.trades < TRADES_A_PARAMETER * parameters:
        yield ResultWarning(
            "many_parameters",
            {"parameters": parameters, "trades": tally.trades, "enough": TRADES_A_PARAMETER},
            f"{_count(tally.trades, 'trade')} for {_count(parameters, 'parameter')}; with fewer "
            f"than {TRADES_A_PARAMETER} each, parameters fit chance.",
        )


def _short_period(warm_up: int, candles: int | None) -> Iterator[ResultWarning]:
    """No candle lies behind the warm-up."""
    if candles is not None and 0 < warm_up >= candles:
        yield ResultWarning(
            "short_period",
            {"candles": candles, "warm_up": warm_up},
            f"There were {_count(candles, 'candle')}, and {warm_up} of warm-up must lie before the "
            "first that may signal.",
        )


def _ambiguous(tally: Tally) -> Iterator[ResultWarning]:
    """At least a tenth of what was won and lost hangs on ambiguous candles."""
    share = tally.ambiguous_share
    if share is not None and share >= MUCH_AMBIGUOUS:
        yield ResultWarning(
            "ambiguous",
            {"share": share, "trades": tally.ambiguous_trades, "profit": tally.ambiguous_profit},
            f"{share:.0%} of what was won and lost hangs on candles that do not tell what came "
            "first; a shorter execution timeframe tells more.",
        )


def _open_trades(count: int) -> Iterator[ResultWarning]:
    if count:
        yield ResultWarning(
            "open_trades",
            {"open_trades": count},
            f"{_count(count, 'trade')} still open at the end, counted in the equity but not in "
            "the figures of trades.",
        )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
