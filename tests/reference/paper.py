"""The reference paper account: markets one by one, candle by candle, in plain floats.

The capital is taken to be large, so that markets do not touch each other.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from math import inf
from operator import attrgetter

from tests.reference.fills import (
    Fill,
    Leave,
    Order,
    Position,
    Reach,
    entry_fill,
    leave_at_open,
    leave_within,
    reach_after,
)
from tests.reference.inputs import Candle, Entry, Exit, Market, Rules, Side, Trade
from tests.reference.prices import (
    EPSILON,
    affordable,
    away,
    fee,
    mirrored,
    rounded_down,
    rounded_up,
    sold,
)

__all__ = ["Candle", "Entry", "Exit", "Market", "Rules", "Side", "Trade", "simulate"]


def simulate(
    rules: Rules,
    markets: Iterable[Market],
    candles: Mapping[str, Sequence[Candle]],
    entries: Iterable[Entry],
    exits: Iterable[Exit] = (),
) -> list[Trade]:
    """The closed trades of all markets, by the time of their exit, then by pair."""
    entries, exits = list(entries), list(exits)
    trades: list[Trade] = []
    for market in markets:
        desk = _Desk(rules, market, candles[market.pair])
        trades += desk.trade(
            [entry for entry in entries if entry.pair == market.pair],
            {leave.index: leave for leave in exits if leave.pair == market.pair},
        )
    return sorted(trades, key=attrgetter("exited_at", "pair"))


class _Desk:
    """One market: its waiting entry or its open trade, never both."""

    def __init__(self, rules: Rules, market: Market, candles: Sequence[Candle]) -> None:
        self.rules, self.market, self.candles = rules, market, candles
        self.hair = EPSILON * market.tick
        self.order: Order | None = None
        self.position: Position | None = None
        self.exit_ordered: str | None = None
        self.trades: list[Trade] = []

    def trade(self, entries: list[Entry], exits: dict[int, Exit]) -> list[Trade]:
        """Walk the candles; where nothing is open or waiting, leap to the next entry signal."""
        by_index = attrgetter("index")
        signals = {
            index: list(same) for index, same in groupby(sorted(entries, key=by_index), by_index)
        }
        indices, index = list(signals), 0
        while index < len(self.candles):
            if self.order is None and self.position is None:
                following = bisect_left(indices, index)
                if following == len(indices):
                    break
                index = indices[following]
            self._period(self.candles[index])
            self._signals(self.candles[index], signals.get(index, ()), exits.get(index))
            index += 1
        return self.trades

    def _period(self, candle: Candle) -> None:
        """Orders, then stops and targets, then the moves of stops."""
        close_time = candle[0] + self.rules.timeframe_ms
        self._expire(candle[0])
        self._order_time_exit(candle[0])
        if not _is_quiet(candle):
            if self.position is not None:
                self._hold(self.position, _seen(candle, self.position.sign))
            elif self.order is not None:
                self._enter(self.order, _seen(candle, self.order.sign))
        self._expire(close_time)
        self._order_time_exit(close_time)

    def _signals(self, candle: Candle, entries: Iterable[Entry], leave: Exit | None) -> None:
        if self.position is not None and self.exit_ordered is None and leave is not None:
            is_meant = leave.side in (None, self.position.entry.side)
            self.exit_ordered = "signal" if is_meant else None
        for entry in entries:
            if self.order is None and self.position is None:
                self.order = self._answer(entry, candle)

    def _expire(self, now: int) -> None:
        if self.order is not None and now >= self.order.valid_until:
            self.order = None

    def _order_time_exit(self, now: int) -> None:
        position = self.position
        if position is not None and self.exit_ordered is None and now >= position.time_is_up:
            self.exit_ordered = "time"

    def _answer(self, entry: Entry, candle: Candle) -> Order | None:
        """The order for a signal, or nothing where its numbers make no sense."""
        sign = 1 if entry.side == "long" else -1
        limit = rounded_down(sign * (entry.limit or 0.0), self.market.tick)
        trigger = rounded_up(sign * (entry.trigger or 0.0), self.market.tick)
        prices = {
            "market": [sign * candle[4]],
            "limit": [limit],
            "stop": [trigger],
            "stop_limit": [limit, trigger],
        }[entry.order_type]
        if not all(sign * price > 0 and self._is_sound(entry, sign, price) for price in prices):
            return None
        quantity = affordable(self.rules.stake, abs(prices[0]), self.market.lot)
        if quantity <= 0:
            return None
        close_time = candle[0] + self.rules.timeframe_ms
        valid_until = close_time + entry.valid_for * self.rules.strategy_ms
        return Order(entry, sign, quantity, limit, trigger, valid_until)

    def _is_sound(self, entry: Entry, sign: int, price: float) -> bool:
        """Whether stop and target are above zero and on their sides of the price."""
        stop, target, _ = self._bracket(entry, sign, price)
        above_zero = stop == -inf or sign * stop > 0, target == inf or sign * target > 0
        return all(above_zero) and stop < price < target

    def _bracket(self, entry: Entry, sign: int, price: float) -> tuple[float, float, str]:
        """Stop, target and the stop's reason, of a trade that was entered at the price."""
        stop, target, reason = -inf, inf, "stop"
        below = away(price, entry.stop_distance, entry.stop_rate)
        if entry.stop is not None:
            stop = rounded_down(sign * entry.stop, self.market.tick)
        elif below is not None:
            stop = rounded_down(price - below, self.market.tick)
        trailed = self._trailed(entry, price)
        if trailed > stop:
            stop, reason = trailed, "trailing_stop"
        above = away(price, entry.target_distance, entry.target_rate)
        if entry.target is not None:
            target = rounded_up(sign * entry.target, self.market.tick)
        elif above is not None:
            target = rounded_up(price + above, self.market.tick)
        return stop, target, reason

    def _trailed(self, entry: Entry, best: float) -> float:
        """Where a stop belongs that trails behind the best price."""
        behind = away(best, entry.trail_distance, entry.trail_rate)
        return -inf if behind is None else rounded_down(best - behind, self.market.tick)

    def _enter(self, order: Order, candle: Candle) -> None:
        fill = entry_fill(order, candle, self.market, self.rules)
        if fill is None:
            return
        self.order = None
        self.position = position = self._opened(order, fill, candle)
        if fill.way == "at_open" and self._left_at_open(position, candle):
            return
        self._survive(position, reach_after(fill, candle), candle)

    def _opened(self, order: Order, fill: Fill, candle: Candle) -> Position:
        entry = order.entry
        rate = self.market.taker if fill.taker else self.market.maker
        entered_at = self._dated(candle, at_open=fill.way == "at_open")
        stop, target, reason = self._bracket(entry, order.sign, fill.price)
        lasts = inf if entry.time_stop is None else entry.time_stop * self.rules.strategy_ms
        return Position(
            entry=entry,
            sign=order.sign,
            quantity=order.quantity,
            entered_at=entered_at,
            price=fill.price,
            fee=fee(fill.price, order.quantity, rate),
            stop=stop,
            stop_reason=reason,
            target=target,
            time_is_up=entered_at + lasts,
        )

    def _hold(self, position: Position, candle: Candle) -> None:
        _, open_, high, low, _, _ = candle
        if self.exit_ordered is not None:
            price = sold(open_, candle, self.market, self.rules, gapped=False)
            self._close(position, Leave(price, self.exit_ordered, at_open=True), candle)
        elif not self._left_at_open(position, candle):
            self._survive(position, Reach(low, low, high, high), candle)

    def _left_at_open(self, position: Position, candle: Candle) -> bool:
        leave = leave_at_open(position, candle, self.market, self.rules)
        if leave is not None:
            self._close(position, leave, candle)
        return leave is not None

    def _survive(self, position: Position, reach: Reach, candle: Candle) -> None:
        """End the trade within the candle, or let its stop take the candle in."""
        leave = leave_within(position, reach, candle, self.market, self.rules)
        if leave is not None:
            self._close(position, leave, candle)
        else:
            self._move_stop(position, reach)

    def _move_stop(self, position: Position, reach: Reach) -> None:
        """The tighter of what trails and break-even; a candle beyond it cannot tell the order."""
        entry, best = position.entry, reach.best_certain
        stop, reason = self._trailed(entry, best), "trailing_stop"
        enough = away(position.price, entry.break_even_distance, entry.break_even_rate)
        came_far = enough is not None and best - position.price >= enough - self.hair
        even = rounded_down(position.price, self.market.tick)
        if came_far and even > stop:
            stop, reason = even, "break_even"
        if stop > position.stop:
            position.stop, position.stop_reason = stop, reason
            position.ambiguous = position.ambiguous or reach.worst_possible <= stop

    def _close(self, position: Position, leave: Leave, candle: Candle) -> None:
        rate = self.market.taker if leave.taker else self.market.maker
        fees = position.fee + fee(leave.price, position.quantity, rate)
        trade = Trade(
            pair=self.market.pair,
            side=position.entry.side,
            quantity=position.quantity,
            entered_at=position.entered_at,
            entry_price=abs(position.price),
            exited_at=self._dated(candle, at_open=leave.at_open),
            exit_price=abs(leave.price),
            exit_reason=leave.reason,
            profit=(leave.price - position.price) * position.quantity - fees,
            fees=fees,
            ambiguous=position.ambiguous,
        )
        self.trades.append(trade)
        self.position = self.exit_ordered = None

    def _dated(self, candle: Candle, *, at_open: bool) -> int:
        return candle[0] if at_open else candle[0] + self.rules.timeframe_ms


def _is_quiet(candle: Candle) -> bool:
    _, open_, high, low, close, volume = candle
    return volume == 0 and open_ == high == low == close


def _seen(candle: Candle, sign: int) -> Candle:
    return candle if sign > 0 else mirrored(candle)
