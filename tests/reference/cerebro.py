"""Backtrader strategies in Cerebro, and the trades that its broker makes of them."""

from collections.abc import Callable
from datetime import UTC
from typing import Any, NamedTuple

from adapters.indicators.library import backtrader
from domain.times import to_ms
from tests.reference.crossing import ATR, FAST, SLOW, STOP, TARGET
from tests.reference.inputs import Trade

bt: Any = backtrader()
CASH = 1e12


class Bracket(NamedTuple):
    """Exits that are placed with an entry: its stop first, or its target."""

    target_first: bool = False


class Trading(bt.Strategy):  # type: ignore[misc]  # Backtrader has no types
    """Notes each trade as its orders are done. `size` says how much is bought at a close."""

    params: Any = (("size", lambda _: 1.0), ("bracket", None), ("pair", ""), ("frame_ms", 0))

    def __init__(self) -> None:
        self.exits: dict[str, Any] = {}
        self.entry: Any = None
        self.trades: list[Trade] = []

    def enter(self, stop: float, target: float) -> None:
        """Enter at the next open; the levels are for a bracket."""
        size = self.p.size(self.data.close[0])
        if self.p.bracket is None:
            self.buy(size=size)
            return
        entry = self.buy(size=size, transmit=False)
        orders = [
            ("stop", {"exectype": bt.Order.Stop, "price": stop}),
            ("target", {"exectype": bt.Order.Limit, "price": target}),
        ]
        (first, one), (last, other) = orders[::-1] if self.p.bracket.target_first else orders
        self.exits[first] = self.sell(size=size, parent=entry, transmit=False, **one)
        self.exits[last] = self.sell(size=size, parent=entry, **other)

    def leave(self) -> None:
        """Leave at the next open; one order of a bracket takes the other with it."""
        if self.exits:
            self.cancel(self.exits.pop("stop"))
        self.exits = {"signal": self.close()}

    def notify_order(self, order: Any) -> None:
        """Hear what became of an order."""
        if order.status != bt.Order.Completed:
            return
        if order.isbuy():
            self.entry = _fill(order)
            return
        (reason,) = (name for name, each in self.exits.items() if each.ref == order.ref)
        self.exits = {}
        self.trades.append(self._trade(_fill(order), reason))

    def _trade(self, leave: Any, reason: str) -> Trade:
        """A fill at a bar's open happened there, any other by its close."""
        entry, opened = self.entry, _opened(leave)
        at_open = leave.price == self.data.open[0]
        fees = entry.openedcomm + leave.closedcomm
        return Trade(
            pair=self.p.pair,
            side="long",
            quantity=entry.size,
            entered_at=_opened(entry),
            entry_price=entry.price,
            exited_at=opened if at_open else opened + self.p.frame_ms,
            exit_price=leave.price,
            exit_reason=reason,
            profit=(leave.price - entry.price) * entry.size - fees,
            fees=fees,
            ambiguous=False,
        )


class Crossing(Trading):
    """Long from a crossing of two averages to the next, as our own strategy in `crossing`."""

    def __init__(self) -> None:
        super().__init__()
        self.fast = bt.indicators.EMA(period=FAST)
        self.slow = bt.indicators.EMA(period=SLOW)
        self.atr = bt.indicators.ATR(period=ATR)

    def next(self) -> None:
        """Enter or leave at the next open."""
        if self.position:
            if _crosses(self.slow, self.fast):
                self.leave()
        elif _crosses(self.fast, self.slow):
            close, away = self.data.close[0], self.atr[0]
            self.enter(close - STOP * away, close + TARGET * away)


class AtOnce(Trading):
    """One entry, at the close of the first candle."""

    params: Any = (("stop", 0.0), ("target", 0.0))

    def next(self) -> None:
        """Enter at the second open."""
        if len(self) == 1:
            self.enter(self.p.stop, self.p.target)


def run(
    strategy: type[Trading],
    feed: Any,
    fee: float = 0.0,
    size: Callable[[float], float] = lambda _: 1.0,
    **parameters: Any,
) -> list[Trade]:
    """The closed trades of the strategy over a feed whose bars are dated by their opens."""
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker.set_cash(CASH)
    cerebro.broker.setcommission(commission=fee)
    cerebro.adddata(feed)
    cerebro.addstrategy(strategy, size=size, pair=feed.p.pair, frame_ms=feed.frame.ms, **parameters)
    (ran,) = cerebro.run()
    trades: list[Trade] = ran.trades
    return trades


def _crosses(line: Any, other: Any) -> bool:
    return bool(line[0] > other[0] and line[-1] <= other[-1])


def _fill(order: Any) -> Any:
    """The one fill of an order; the order's own price is an average, off by a hair."""
    (fill,) = order.executed.exbits
    return fill


def _opened(fill: Any) -> int:
    return to_ms(bt.num2date(fill.dt).replace(tzinfo=UTC))
