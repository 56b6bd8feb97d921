"""The facts of a paper account, in the order of a trade's life.

`trade` is the number that an enter signal gets; everything that follows from it carries it.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from domain.facts import Fact

Side = Literal["long", "short"]
Purpose = Literal["enter", "exit"]
ExitReason = Literal["stop", "target", "signal"]


class AccountFact(Fact, frozen=True):
    """A fact of one account."""

    account: str


class AccountOpened(AccountFact, frozen=True):
    """Paper money was given to an account. `market_position`: the market tape it starts from."""

    exchange: str
    quote: str
    capital: Decimal
    market_position: int
    by: str
    why: str


class AccountConfigured(AccountFact, frozen=True):
    """The account's rules from now on."""

    timeframe: str
    stake: Decimal
    max_open_trades: int
    pairs: list[str]
    market_position: int
    by: str
    why: str


class StrategyDeployed(AccountFact, frozen=True):
    """A strategy trades from now on; `source` is the SHA-256 of its code."""

    strategy: str
    timeframe: str
    parameters: dict[str, Decimal]
    source: str
    market_position: int
    by: str
    why: str


class StrategyWithdrawn(AccountFact, frozen=True):
    """A strategy raises no signal any more; its open trades keep their stops and targets."""

    strategy: str
    market_position: int
    by: str
    why: str


class TradeFact(AccountFact, frozen=True):
    """A fact in the life of one trade."""

    trade: int
    pair: str


class SignalRaised(TradeFact, frozen=True):
    """A strategy's opinion at a candle's close, with the indicator values it saw."""

    strategy: str
    timeframe: str
    side: Side
    purpose: Purpose
    close: Decimal
    stop: Decimal | None
    target: Decimal | None
    indicators: dict[str, Decimal]


class SignalDeclined(TradeFact, frozen=True):
    """Why a signal led to no order, with the numbers behind it."""

    purpose: Purpose
    reason: str
    numbers: dict[str, Decimal]


class OrderPlaced(TradeFact, frozen=True):
    """An instruction to the paper market. Without `valid_until` it waits until it fills."""

    order: int
    strategy: str
    timeframe: str
    side: Side
    purpose: Purpose
    type: Literal["market"]
    quantity: Decimal
    reserved: Decimal
    valid_until: datetime | None
    stop: Decimal | None
    target: Decimal | None


class OrderFilled(TradeFact, frozen=True):
    """What the market did with an order."""

    order: int
    side: Side
    purpose: Purpose
    quantity: Decimal
    price: Decimal
    fee: Decimal


class OrderCancelled(TradeFact, frozen=True):
    """An order was taken back."""

    order: int
    purpose: Purpose
    reason: str


class OrderExpired(TradeFact, frozen=True):
    """An order's time was over before it filled."""

    order: int
    purpose: Purpose


class TradeOpened(TradeFact, frozen=True):
    """A round trip began. `cash` is the account's after it."""

    strategy: str
    timeframe: str
    side: Side
    quantity: Decimal
    entry_price: Decimal
    fee: Decimal
    stop: Decimal | None
    target: Decimal | None
    cash: Decimal


class StopHit(TradeFact, frozen=True):
    """The stop was reached; `price` is the honest one: the open where the candle gapped."""

    side: Side
    quantity: Decimal
    stop: Decimal
    price: Decimal
    fee: Decimal
    ambiguous: bool


class TargetHit(TradeFact, frozen=True):
    """The target was reached."""

    side: Side
    quantity: Decimal
    target: Decimal
    price: Decimal
    fee: Decimal


class TradeClosed(TradeFact, frozen=True):
    """A round trip is over. `fees` are of entry and exit; `profit` is gross profit less fees.

    `best` and `worst` are the most and the least favourable price between entry and exit.
    `caught_up`: settled after the fact, from a candle that came when its period had closed.
    """

    strategy: str
    side: Side
    quantity: Decimal
    entered_at: datetime
    entry_price: Decimal
    exit_price: Decimal
    exit_reason: ExitReason
    fees: Decimal
    profit: Decimal
    best: Decimal
    worst: Decimal
    ambiguous: bool
    caught_up: bool
    cash: Decimal


class EngineChanged(Fact, frozen=True):
    """Another version of the trading rules, or of a library that computes, from now on."""

    engine: int
    libraries: dict[str, str]
    market_position: int
