"""Metrics as figures that are read: what matters most first, then all of them in groups."""

from decimal import Decimal
from typing import NamedTuple

from adapters.reports.words import (
    NOTHING,
    count,
    counted,
    day,
    direction,
    money,
    percent,
    places_for,
    ratio,
    span,
)
from domain.performance.drawdown import Drawdown
from domain.performance.metrics import Metrics


class Figure(NamedTuple):
    """A name, what it is, and what helps to read it; `direction` is `up`, `down` or nothing."""

    name: str
    text: str
    note: str = ""
    direction: str = ""


class Group(NamedTuple):
    """Figures that belong together, in a fixed order."""

    name: str
    figures: list[Figure]


def headline(metrics: Metrics, quote: str) -> list[Figure]:
    """The six figures that matter first."""
    returns, tally, places = metrics.returns, metrics.tally, places_for(metrics.capital)
    final, profit = (
        money(returns.final_equity, places),
        money(tally.net_profit, places, signed=True),
    )
    total = percent(returns.total_return, 2, signed=True)
    still_open = f"{count(metrics.open_trades)} still open" if metrics.open_trades else "all closed"
    factor = f"profit factor {ratio(tally.profit_factor)}"
    return [
        Figure("Net profit", f"{profit} {quote}", f"equity {final}", direction(tally.net_profit)),
        _share("Annual return", returns.annual_return, f"{total} in all"),
        Figure("Max drawdown", percent(returns.max_drawdown), _fall(returns.drawdown)),
        Figure("Sharpe", ratio(returns.sharpe), f"Sortino {ratio(returns.sortino)}"),
        Figure("Win rate", percent(tally.win_rate), factor),
        Figure("Trades", count(tally.trades), still_open if tally.trades else ""),
    ]


def groups(metrics: Metrics) -> list[Group]:
    """All figures; every account has the same ones in the same order."""
    return [
        Group("Returns", _returns(metrics)),
        Group("Risk", _risk(metrics)),
        Group("Trades", _trades(metrics)),
        Group("Costs and exposure", _costs(metrics)),
    ]


def _returns(metrics: Metrics) -> list[Figure]:
    returns, tally, places = metrics.returns, metrics.tally, places_for(metrics.capital)
    return [
        _profit("Net profit", tally.net_profit, places),
        _profit("Gross profit", tally.gross_profit, places),
        Figure("Final equity", money(returns.final_equity, places)),
        _share("Total return", returns.total_return),
        _share("Annual return", returns.annual_return),
    ]


def _risk(metrics: Metrics) -> list[Figure]:
    returns, fall = metrics.returns, metrics.returns.drawdown
    return [
        Figure("Max drawdown", percent(returns.max_drawdown)),
        Figure("Drawdown from", day(fall.peak_at if fall else None)),
        Figure("Drawdown to", day(fall.trough_at if fall else None)),
        Figure("Recovered", _recovered(fall)),
        Figure("Sharpe", ratio(returns.sharpe)),
        Figure("Sortino", ratio(returns.sortino)),
        Figure("Calmar", ratio(returns.calmar)),
        Figure("Losses in a row", count(metrics.tally.longest_losing_streak)),
    ]


def _trades(metrics: Metrics) -> list[Figure]:
    tally, places = metrics.tally, places_for(metrics.capital)
    best, worst = tally.best_trade, tally.worst_trade
    return [
        Figure("Closed", count(tally.trades)),
        Figure("Still open", count(metrics.open_trades)),
        Figure("Win rate", percent(tally.win_rate)),
        Figure("Profit factor", ratio(tally.profit_factor)),
        _profit("Expectancy", tally.expectancy, places),
        Figure("Expectancy in R", ratio(tally.expectancy_r)),
        _profit("Average win", tally.average_win, places),
        _profit("Average loss", tally.average_loss, places),
        _profit("Best", best.profit if best else None, places),
        _profit("Worst", worst.profit if worst else None, places),
        Figure("Average time open", span(tally.average_duration)),
    ]


def _costs(metrics: Metrics) -> list[Figure]:
    tally, exposure, places = metrics.tally, metrics.exposure, places_for(metrics.capital)
    return [
        Figure("Fees", money(tally.fees, places)),
        Figure("Slippage", money(tally.slippage, places)),
        Figure("Time with open trades", percent(exposure.exposed_time)),
        Figure("Equity in trades", percent(exposure.exposure)),
        Figure("Ambiguous trades", count(tally.ambiguous_trades)),
        _profit("Profit on these", tally.ambiguous_profit, places),
        Figure("Ambiguous share", percent(tally.ambiguous_share)),
    ]


def _profit(name: str, amount: Decimal | None, places: int) -> Figure:
    if amount is None:
        return Figure(name, NOTHING)
    return Figure(name, money(amount, places, signed=True), direction=direction(amount))


def _share(name: str, share: float | None, note: str = "") -> Figure:
    return Figure(name, percent(share, 2, signed=True), note, direction(share))


def _fall(fall: Drawdown | None) -> str:
    """How long the deepest fall took."""
    if fall is None:
        return "equity never fell"
    days = counted(round(fall.days), "day")
    return f"{'under a day' if fall.days < 0.5 else days} to {day(fall.trough_at)}"


def _recovered(fall: Drawdown | None) -> str:
    if fall is None:
        return NOTHING
    return "never" if fall.recovered_at is None else day(fall.recovered_at)
