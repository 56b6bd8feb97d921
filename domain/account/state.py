"""A paper account's state: only what its decisions need.

Invariant, exact: cash + open trades at cost = deposits + gross profit - fees.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from domain.account.facts import ExitReason, OrderType, Purpose, StopKind
from domain.account.terms import ExitPlan, Side, Terms, TimeInForce
from domain.times import EPOCH
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
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    reserved: Decimal
    notional: Decimal
    placed_at: datetime
    seen_at: datetime
    valid_until: datetime | None
    limit: Decimal | None
    trigger: Decimal | None
    stop: Decimal | None
    target: Decimal | None
    exits: ExitPlan
    reason: ExitReason
    triggered: bool = False
    is_unwanted: bool = False
    filled_at: datetime | None = None


class Stop(msgspec.Struct, frozen=True):
    """A stop that holds for candles that open from `since` on."""

    since: datetime
    price: Decimal | None
    kind: StopKind


class Trade(msgspec.Struct):
    """An open trade. `left` of `quantity` is still open; `gross`, `value`, `fees` are of the rest.

    `stops` are those in force since the entry, newest last; `ambiguous`, what its end will say;
    `part_prices`, the lowest and the highest at which parts were left. `is_hit`: stop or target
    was reached, and what volume did not let through waits.
    """

    number: int
    pair: str
    strategy: str
    timeframe: str
    side: Side
    quantity: Decimal
    left: Decimal
    entered_at: datetime
    entry_price: Decimal
    entry_fee: Decimal
    stops: list[Stop]
    first_stop: Decimal | None
    target: Decimal | None
    exits: ExitPlan
    ambiguous: bool
    slippage: Decimal
    fees: Decimal = ZERO
    gross: Decimal = ZERO
    value: Decimal = ZERO
    part_prices: tuple[Decimal, ...] = ()
    is_hit: bool = False
    frozen: bool = False

    @property
    def cost(self) -> Decimal:
        """What is still open, at the entry's price."""
        return self.left * self.entry_price

    @property
    def stop(self) -> Decimal | None:
        """The stop in force."""
        return self.stops[-1].price


Numbered = TypeVar("Numbered", bound=Order | Trade)


class Deployment(msgspec.Struct):
    """A strategy that trades on an account."""

    strategy: str
    timeframe: str
    parameters: dict[str, Decimal]
    source: str
    warm_up: int | None = None


class Closed(msgspec.Struct, frozen=True):
    """A closed trade as guards see it: `rate` is profit by cost, `balance` the account's after.

    `version` is the account's when it closed.
    """

    version: int
    at: datetime
    pair: str
    side: Side
    reason: ExitReason
    profit: Decimal
    rate: Decimal
    balance: Decimal


class Account(msgspec.Struct):
    """Only what decisions need. Orders and trades in order of their number.

    `locks` by pair and side, `halts` by side (`any` is both), each with its end. `day_equity` is
    what it was worth when the UTC day `day` began, where a guard wants to know. `failing` are the
    markets in which a strategy's code has failed since it was deployed.
    """

    name: str
    version: int = 0
    epoch: int = 1
    exchange: str = ""
    quote: str = ""
    capital: Decimal = ZERO
    cash: Decimal = ZERO
    timeframe: str = ""
    stake: Decimal = ZERO
    max_open_trades: int = 0
    pairs: list[str] = []
    terms: Terms = Terms()
    strategies: dict[str, Deployment] = {}
    failing: dict[str, list[str]] = {}
    orders: dict[int, Order] = {}
    trades: dict[int, Trade] = {}
    next_trade: int = 1
    next_order: int = 1
    paused: bool = False
    locks: dict[str, datetime | None] = {}
    halts: dict[str, datetime | None] = {}
    closed: list[Closed] = []
    day: datetime = EPOCH
    day_equity: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        return self.version > 0

    @property
    def free_cash(self) -> Decimal:
        """Cash that no waiting order has reserved."""
        if not self.orders:
            return self.cash
        return self.cash - sum((order.reserved for order in self.orders.values()), ZERO)

    def free_cash_for(self, order: Order) -> Decimal:
        """Cash that no other waiting order has reserved."""
        free = self.cash
        for other in self.orders.values():
            if other is not order:
                free -= other.reserved
        return free

    @property
    def balance(self) -> Decimal:
        """Cash and open trades at cost."""
        return self.cash + sum((trade.cost for trade in self.trades.values()), ZERO)


def by_market(them: Iterable[Numbered]) -> list[Numbered]:
    """Orders or trades by market, oldest first."""
    listed: list[Numbered] = [*them]
    if len(listed) > 1:
        listed.sort(key=lambda each: (each.pair, each.number))
    return listed


class Lock(msgspec.Struct, frozen=True):
    """How long a lock or halt lasts; None: until it is ended."""

    until: datetime | None

    def lasts(self, until: datetime | None) -> bool:
        """Whether it lasts at least as long as that."""
        return self.until is None or (until is not None and self.until >= until)


def lock_of(locks: Mapping[str, datetime | None], key: str) -> Lock | None:
    """The lock that stands at a key."""
    return Lock(locks[key]) if key in locks else None


def side_of(text: str) -> Side | None:
    """The side that a key of locks or halts means; None is both."""
    return "long" if text == "long" else "short" if text == "short" else None


def lock_key(pair: str, side: Side | None) -> str:
    """Where a lock of a market stands in `Account.locks`."""
    return f"{pair} {side or 'any'}"
