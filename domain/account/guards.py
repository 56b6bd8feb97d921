"""Guards: risk rules that look at closed trades and at equity, and lock markets or halt trading."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from domain.account.equity import equity
from domain.account.facts import (
    AccountFact,
    EquityMarked,
    MarketLocked,
    MarketUnlocked,
    TradingHalted,
    TradingResumed,
)
from domain.account.period import Period
from domain.account.state import Account, Closed, lock_key, lock_of, side_of
from domain.account.terms import Guard, Side
from domain.values import ZERO, ratio

STOPS = {"stop", "break_even", "trailing_stop", "backing"}
_DAY, _INSTANT = timedelta(days=1), timedelta(microseconds=1)


class Verdict(NamedTuple):
    """What a guard wants stopped; without a pair, the account. `side` None: both."""

    guard: Guard
    until: datetime
    numbers: dict[str, Decimal]
    pair: str | None = None
    side: Side | None = None


def end_stops(account: Account, period: Period) -> Iterator[AccountFact]:
    """Locks and halts whose time is over."""
    at, name = period.closed_at, account.name
    for key in _over(account.locks, at):
        pair, _, side = key.partition(" ")
        yield MarketUnlocked(at, name, "clock", "its time is over", None, side_of(side), pair)
    for key in _over(account.halts, at):
        yield TradingResumed(at, name, "clock", "its time is over", None, side_of(key))


def begin_day(account: Account, period: Period) -> Iterator[EquityMarked]:
    """Before money moves: mark the equity with which the period's day began, once."""
    if any(guard.kind == "daily_loss" for guard in account.terms.guards):
        yield from _mark(account, period, _day_of(period.closed_at - _INSTANT))


def end_day(account: Account, period: Period) -> Iterator[EquityMarked]:
    """At midnight, when all is judged: mark the equity with which the next day begins."""
    if any(guard.kind == "daily_loss" for guard in account.terms.guards):
        yield from _mark(account, period, _day_of(period.closed_at))


def judge(account: Account, period: Period, since: int) -> Iterator[AccountFact]:
    """What the guards stop, after the trades that closed since a version of the account."""
    closed = [each for each in account.closed if each.version > since]
    if not closed and not account.trades:
        return
    for guard in account.terms.guards:
        for verdict in _verdicts(account, period, guard, closed):
            yield from _carry_out(account, period, verdict)


def _verdicts(
    account: Account, period: Period, guard: Guard, closed: Sequence[Closed]
) -> Iterator[Verdict]:
    match guard.kind:
        case "stop_streak":
            yield from _stop_streaks(account, period, guard, closed)
        case "low_profit":
            yield from _low_profits(account, period, guard, closed)
        case "cool_down":
            for pair in _pairs(closed):
                yield Verdict(guard, _end(guard, period), {}, pair)
        case "max_drawdown":
            yield from _drawdown(account, period, guard)
        case "daily_loss":
            yield from _daily_loss(account, period, guard)


def _stop_streaks(
    account: Account, period: Period, guard: Guard, closed: Sequence[Closed]
) -> Iterator[Verdict]:
    concerned = {
        (each.pair if guard.only_per_pair else None, each.side if guard.only_per_side else None)
        for each in closed
    }
    for pair, side in sorted(concerned, key=str):
        stopped = [
            each
            for each in _looked_back(account, guard, period)
            if each.reason in STOPS
            and each.rate < guard.required_profit
            and pair in {None, each.pair}
            and side in {None, each.side}
        ]
        if len(stopped) >= guard.trade_limit:
            numbers = {"stops": Decimal(len(stopped)), "trade_limit": Decimal(guard.trade_limit)}
            yield Verdict(guard, _end(guard, period), numbers, pair, side)


def _low_profits(
    account: Account, period: Period, guard: Guard, closed: Sequence[Closed]
) -> Iterator[Verdict]:
    concerned = {(each.pair, each.side if guard.only_per_side else None) for each in closed}
    for pair, side in sorted(concerned, key=str):
        found = [
            each
            for each in _looked_back(account, guard, period)
            if each.pair == pair and side in {None, each.side}
        ]
        profit = sum((each.rate for each in found), ZERO)
        if len(found) >= guard.trade_limit and profit < guard.required_profit:
            numbers = {"profit": profit, "required_profit": guard.required_profit}
            yield Verdict(guard, _end(guard, period), numbers, pair, side)


def _drawdown(account: Account, period: Period, guard: Guard) -> Iterator[Verdict]:
    """Equity against the highest balance: before the first trade looked back to, or after one."""
    found = _looked_back(account, guard, period)
    most = guard.max_allowed_drawdown
    if most is None or "any" in account.halts or len(found) < guard.trade_limit or not found:
        return
    peak = max(found[0].balance - found[0].profit, *(each.balance for each in found))
    if peak <= ZERO:
        return
    now = equity(account, period)
    drawdown = ratio(peak - now, peak)
    if drawdown > most:
        numbers = {"drawdown": drawdown, "max_allowed_drawdown": most, "equity": now, "peak": peak}
        yield Verdict(guard, _end(guard, period), numbers)


def _daily_loss(account: Account, period: Period, guard: Guard) -> Iterator[Verdict]:
    most, began = guard.max_daily_loss, account.day_equity
    if most is None or "any" in account.halts or began <= ZERO:
        return
    now = equity(account, period)
    loss = ratio(began - now, began)
    if loss > most:
        numbers = {"loss": loss, "max_daily_loss": most, "equity": now, "day_equity": began}
        yield Verdict(guard, account.day + _DAY, numbers)


def _carry_out(account: Account, period: Period, verdict: Verdict) -> Iterator[AccountFact]:
    """Stop what a guard wants stopped, unless it is stopped as long already."""
    at, name, by, kind = period.closed_at, account.name, "guard", verdict.guard.kind
    until, pair, side, numbers = verdict.until, verdict.pair, verdict.side, verdict.numbers
    stops = account.halts if pair is None else account.locks
    key = (side or "any") if pair is None else lock_key(pair, side)
    held = lock_of(stops, key)
    if until <= at or (held is not None and held.lasts(until)):
        return
    if pair is None:
        yield TradingHalted(at, name, by, kind, None, side, until, numbers)
    else:
        yield MarketLocked(at, name, by, kind, None, side, pair, until, numbers)


def _mark(account: Account, period: Period, day: datetime) -> Iterator[EquityMarked]:
    if day > account.day:
        yield EquityMarked(period.closed_at, account.name, day, equity(account, period))


def _day_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _over(stops: Mapping[str, datetime | None], now: datetime) -> list[str]:
    return [key for key, until in stops.items() if until is not None and until <= now]


def _pairs(closed: Sequence[Closed]) -> list[str]:
    return sorted({each.pair for each in closed})


def _end(guard: Guard, period: Period) -> datetime:
    return period.closed_at + timedelta(minutes=guard.stop_duration)


def _looked_back(account: Account, guard: Guard, period: Period) -> list[Closed]:
    since = period.closed_at - timedelta(minutes=guard.lookback_period)
    return [each for each in account.closed if each.at >= since]
