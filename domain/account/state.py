"""A paper account's state, and what each fact does to it.

Invariant, exact: cash + open trades at cost = capital + gross profit - fees.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderPlaced,
    Purpose,
    Side,
    SignalRaised,
    StrategyDeployed,
    StrategyWithdrawn,
    TradeClosed,
    TradeOpened,
)
from domain.values import ZERO


class Order(msgspec.Struct):
    """An order that waits for its candle."""

    number: int
    trade: int
    pair: str
    strategy: str
    timeframe: str
    side: Side
    purpose: Purpose
    quantity: Decimal
    reserved: Decimal
    placed_at: datetime
    valid_until: datetime | None
    stop: Decimal | None
    target: Decimal | None


class Trade(msgspec.Struct):
    """An open trade."""

    number: int
    pair: str
    strategy: str
    timeframe: str
    side: Side
    quantity: Decimal
    entered_at: datetime
    entry_price: Decimal
    entry_fee: Decimal
    stop: Decimal | None
    target: Decimal | None

    @property
    def cost(self) -> Decimal:
        return self.quantity * self.entry_price


class Deployment(msgspec.Struct):
    """A strategy that trades on an account."""

    strategy: str
    timeframe: str
    parameters: dict[str, Decimal]
    source: str


class Account(msgspec.Struct):
    """Only what decisions need. Orders and trades in order of their number."""

    name: str
    version: int = 0
    exchange: str = ""
    quote: str = ""
    cash: Decimal = ZERO
    timeframe: str = ""
    stake: Decimal = ZERO
    max_open_trades: int = 0
    pairs: list[str] = []
    strategies: dict[str, Deployment] = {}
    orders: dict[int, Order] = {}
    trades: dict[int, Trade] = {}
    next_trade: int = 1
    next_order: int = 1

    @property
    def is_open(self) -> bool:
        return self.version > 0

    @property
    def free_cash(self) -> Decimal:
        """Cash that no waiting order has reserved."""
        return self.cash - sum((order.reserved for order in self.orders.values()), ZERO)


def evolve(account: Account, fact: AccountFact) -> None:
    """Add a fact to the state. It refuses nothing: history must load for ever."""
    account.version += 1
    match fact:
        case AccountOpened():
            account.exchange, account.quote = fact.exchange, fact.quote
            account.cash = fact.capital
        case AccountConfigured():
            account.timeframe, account.stake = fact.timeframe, fact.stake
            account.max_open_trades, account.pairs = fact.max_open_trades, fact.pairs
        case StrategyDeployed():
            account.strategies[fact.strategy] = Deployment(
                fact.strategy, fact.timeframe, fact.parameters, fact.source
            )
        case StrategyWithdrawn():
            account.strategies.pop(fact.strategy, None)
        case SignalRaised():
            account.next_trade = max(account.next_trade, fact.trade + 1)
        case OrderPlaced():
            _place(account, fact)
        case OrderFilled() | OrderCancelled() | OrderExpired():
            account.orders.pop(fact.order)
        case TradeOpened():
            account.cash = fact.cash
            account.trades[fact.trade] = _opened(fact)
        case TradeClosed():
            account.cash = fact.cash
            account.trades.pop(fact.trade)


def _place(account: Account, fact: OrderPlaced) -> None:
    account.next_order = fact.order + 1
    account.orders[fact.order] = Order(
        number=fact.order,
        trade=fact.trade,
        pair=fact.pair,
        strategy=fact.strategy,
        timeframe=fact.timeframe,
        side=fact.side,
        purpose=fact.purpose,
        quantity=fact.quantity,
        reserved=fact.reserved,
        placed_at=fact.at,
        valid_until=fact.valid_until,
        stop=fact.stop,
        target=fact.target,
    )


def _opened(fact: TradeOpened) -> Trade:
    return Trade(
        number=fact.trade,
        pair=fact.pair,
        strategy=fact.strategy,
        timeframe=fact.timeframe,
        side=fact.side,
        quantity=fact.quantity,
        entered_at=fact.at,
        entry_price=fact.entry_price,
        entry_fee=fact.fee,
        stop=fact.stop,
        target=fact.target,
    )
