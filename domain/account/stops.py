"""How the stops of open trades move: they take in a candle, and hold from the next one on."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from domain.account.exits import exit_order, is_leaving
from domain.account.facts import ExitReason, OrderPlaced, StopKind, StopMoved
from domain.account.fills import Reach, extremes, not_short_of
from domain.account.levels import ahead, behind, stop_price
from domain.account.period import Opinion, Period
from domain.account.state import Account, Trade
from domain.candles import Candle
from domain.timeframes import span_of


def move_stop(
    account: Account, period: Period, trade: Trade, candle: Candle, reach: Reach | None = None
) -> Iterator[StopMoved]:
    """Trail the best price of the candle, or break even, if that improves the stop."""
    if is_leaving(account, trade):
        return
    best = extremes(trade.side, candle)[0] if reach is None else reach.certain_best
    worst = extremes(trade.side, candle)[1]
    rules = period.rules[trade.pair]
    trailed = stop_price(trade.side, _trailed(trade, best), rules)
    entry = stop_price(trade.side, trade.entry_price, rules)
    if _breaks_even(trade, best) and _improves(trade.side, entry, trailed):
        yield from _moved(account, period, trade, entry, "break_even", worst)
    else:
        yield from _moved(account, period, trade, trailed, "trailing_stop", worst)


def follow_strategy(account: Account, period: Period) -> Iterator[StopMoved]:
    """Move stops to where the strategies of this close say that they belong."""
    said: dict[tuple[str, str], Opinion] = {
        (opinion.pair, opinion.strategy): opinion
        for opinion in period.opinions
        if opinion.trail_long is not None or opinion.trail_short is not None
    }
    for trade in account.trades.values():
        opinion = said.get((trade.pair, trade.strategy))
        if opinion is None or is_leaving(account, trade):
            continue
        if period.traded(trade.pair) is not None:
            wanted = opinion.trail_long if trade.side == "long" else opinion.trail_short
            yield from _moved(account, period, trade, wanted, "trailing_stop", None)


def end_in_time(account: Account, period: Period, trade: Trade) -> Iterable[OrderPlaced]:
    """Order the exit of a trade whose time is over, or whose strategy is gone, where that ends it.

    It is a time stop or, by the account's terms, the withdrawal of the strategy.
    """
    reason: ExitReason | None = None
    if _is_over(trade, period):
        reason = "time"
    elif account.terms.when_withdrawn == "exit" and trade.strategy not in account.strategies:
        reason = "withdrawn"
    if reason is None or is_leaving(account, trade):
        return ()
    return (exit_order(account, period, trade, trade.left, reason, period.closed_at),)


def _is_over(trade: Trade, period: Period) -> bool:
    periods = trade.exits.time_stop
    if periods is None:
        return False
    return period.closed_at - trade.entered_at >= span_of(trade.timeframe, periods)


def _trailed(trade: Trade, best: Decimal) -> Decimal | None:
    return behind(trade.side, best, trade.exits.trail_distance, trade.exits.trail_rate)


def _breaks_even(trade: Trade, best: Decimal) -> bool:
    plan = trade.exits
    due = ahead(
        trade.side, trade.entry_price, plan.break_even_distance, plan.break_even_rate
    )  # fmt: skip
    return due is not None and not_short_of(trade.side, best, due)


def _moved(
    account: Account,
    period: Period,
    trade: Trade,
    wanted: Decimal | None,
    kind: StopKind,
    worst: Decimal | None,
) -> Iterator[StopMoved]:
    """The move, if it improves the stop; doubtful where the candle has been there as well."""
    stop = stop_price(trade.side, wanted, period.rules[trade.pair])
    if stop is not None and stop > 0 and _improves(trade.side, stop, trade.stop):
        is_crossed = worst is not None and not_short_of(trade.side, stop, worst)
        yield StopMoved(
            period.closed_at, account.name, trade.number, trade.pair, stop, kind, is_crossed
        )


def _improves(side: str, stop: Decimal | None, than: Decimal | None) -> bool:
    """Whether a stop protects more than another; any does more than none."""
    if stop is None or than is None:
        return stop is not None
    return stop > than if side == "long" else stop < than
