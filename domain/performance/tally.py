"""What closed trades add up to."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import groupby

import msgspec

from domain.account.facts import TradeClosed
from domain.values import MONEY, ZERO, ratio


class TradeProfit(msgspec.Struct, frozen=True):
    """One trade, by its number and market, when it ended, and its profit in quote."""

    trade: int
    pair: str
    exited_at: datetime
    profit: Decimal


class Tally(msgspec.Struct, frozen=True):
    """Sums (exact) and averages (12 digits) of closed trades; amounts are in quote.

    A trade wins if its profit, fees taken off, is above zero, and loses if it is below.

    - `net_profit` is the sum of profits, `gross_profit` that before `fees`; `slippage` is in both.
    - `won` and `lost` are what winning trades earned and losing ones lost, both above zero.
    - `profit_factor` is won / lost; None where nothing was lost.
    - `win_rate` is the share of wins in all trades.
    - `expectancy` is net profit / trades, `expectancy_r` the mean `r_multiple` of those
      that have one.
    - `average_loss` and the `worst_trade` are negative; `average_duration` is in seconds.
    - `longest_losing_streak` counts losses in a row, in the order in which trades were closed.
    - `ambiguous_*` is of trades of which candles could not tell all; `ambiguous_share` is their
      part in what was won and lost together, neither with its sign.
    """

    trades: int
    wins: int
    losses: int
    net_profit: Decimal
    gross_profit: Decimal
    won: Decimal
    lost: Decimal
    fees: Decimal
    slippage: Decimal
    profit_factor: float | None
    win_rate: float | None
    expectancy: Decimal | None
    expectancy_r: float | None
    average_win: Decimal | None
    average_loss: Decimal | None
    best_trade: TradeProfit | None
    worst_trade: TradeProfit | None
    longest_losing_streak: int
    average_duration: float | None
    ambiguous_trades: int
    ambiguous_profit: Decimal
    ambiguous_share: float | None


def tally_of(trades: Sequence[TradeClosed]) -> Tally:
    """The tally of closed trades, given in the order in which they were closed."""
    with localcontext(MONEY):
        return _tally(trades)


def _tally(trades: Sequence[TradeClosed]) -> Tally:
    profits = [trade.profit for trade in trades]
    wins = [profit for profit in profits if profit > ZERO]
    losses = [profit for profit in profits if profit < ZERO]
    net, won, lost = sum(profits, ZERO), sum(wins, ZERO), -sum(losses, ZERO)
    fees = sum((trade.fees for trade in trades), ZERO)
    doubtful = [trade.profit for trade in trades if trade.ambiguous]
    multiples = [trade.r_multiple for trade in trades if trade.r_multiple is not None]
    seconds = sum(seconds_open(trade) for trade in trades)
    return Tally(
        trades=len(trades),
        wins=len(wins),
        losses=len(losses),
        net_profit=net,
        gross_profit=net + fees,
        won=won,
        lost=lost,
        fees=fees,
        slippage=sum((trade.slippage for trade in trades), ZERO),
        profit_factor=float(won / lost) if lost else None,
        win_rate=len(wins) / len(trades) if trades else None,
        expectancy=_average(net, len(trades)),
        expectancy_r=float(sum(multiples, ZERO) / len(multiples)) if multiples else None,
        average_win=_average(won, len(wins)),
        average_loss=_average(-lost, len(losses)),
        best_trade=_named(max(trades, key=_profit, default=None)),
        worst_trade=_named(min(trades, key=_profit, default=None)),
        longest_losing_streak=_longest_losing_streak(profits),
        average_duration=seconds / len(trades) if trades else None,
        ambiguous_trades=len(doubtful),
        ambiguous_profit=sum(doubtful, ZERO),
        ambiguous_share=_share(doubtful, won + lost),
    )


def seconds_open(trade: TradeClosed) -> int:
    """How long a trade was open, in whole seconds; facts of the first version do not say it."""
    if trade.duration is not None:
        return trade.duration
    return int((trade.at - trade.entered_at).total_seconds())


def _average(total: Decimal, count: int) -> Decimal | None:
    return ratio(total, Decimal(count)) if count else None


def _share(profits: Sequence[Decimal], whole: Decimal) -> float | None:
    """The part that profits, without their signs, have in a whole."""
    return float(sum(map(abs, profits), ZERO) / whole) if whole else None


def _profit(trade: TradeClosed) -> Decimal:
    return trade.profit


def _named(trade: TradeClosed | None) -> TradeProfit | None:
    if trade is None:
        return None
    return TradeProfit(trade.trade, trade.pair, trade.at, trade.profit)


def _longest_losing_streak(profits: Sequence[Decimal]) -> int:
    streaks = groupby(profits, lambda profit: profit < ZERO)
    return max((sum(1 for _ in streak) for is_lost, streak in streaks if is_lost), default=0)
