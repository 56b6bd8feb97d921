"""The facts of a paper account, in the order of a trade's life.

`trade` is the number that an enter signal gets; everything that follows from it carries it.
Fields with a default came with a later version of the fact: older payloads lack them.
"""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal

from domain.account.terms import ExitPlan, Side, Terms, TimeInForce
from domain.facts import Fact
from domain.values import ZERO

Purpose = Literal["enter", "exit"]
OrderType = Literal["market", "limit", "stop", "stop_limit"]
StopKind = Literal["stop", "break_even", "trailing_stop", "backing"]
ExitReason = Literal[
    "stop", "break_even", "trailing_stop", "target", "signal", "time", "backing", "withdrawn",
    "operator", "delisted", "reset",
]  # fmt: skip


class AccountFact(Fact, frozen=True, gc=False):
    """A fact of one account. Primitives hold no fact: it is never part of a cycle."""

    account: str


class OperatorFact(AccountFact, frozen=True):
    """Something that was decided outside: when (the market position handled), by whom and why."""

    market_position: int
    by: str
    why: str


class AccountOpened(AccountFact, frozen=True):
    """Paper money was given to an account. `market_position`: the market tape it starts from."""

    exchange: str
    quote: str
    capital: Decimal
    market_position: int
    by: str
    why: str


class AccountConfigured(AccountFact, frozen=True):
    """The account's rules from now on. `stake` means what `terms.sizing` says."""

    version: ClassVar[int] = 2

    timeframe: str
    stake: Decimal
    max_open_trades: int
    pairs: list[str]
    market_position: int
    by: str
    why: str
    terms: Terms = Terms()


class CashAdjusted(OperatorFact, frozen=True):
    """Paper money was paid in, or taken out (below zero). `cash` is the account's after it."""

    amount: Decimal
    cash: Decimal


class AccountReset(OperatorFact, frozen=True):
    """The account begins anew with `capital`; what was before stays on the tape."""

    epoch: int
    capital: Decimal


class AccountPaused(OperatorFact, frozen=True):
    """No entry until it is resumed; open trades go on."""


class AccountResumed(OperatorFact, frozen=True):
    """Entries are allowed again."""


class EquityMarked(AccountFact, frozen=True):
    """What the account was worth when a UTC day began, for the guard of daily losses."""

    day: datetime
    equity: Decimal


class StrategyDeployed(AccountFact, frozen=True):
    """A strategy trades from now on; `source` is the SHA-256 of its code.

    `warm_up` candles must lie before one that may signal; None where it was not recorded.
    """

    version: ClassVar[int] = 2

    strategy: str
    timeframe: str
    parameters: dict[str, Decimal]
    source: str
    market_position: int
    by: str
    why: str
    warm_up: int | None = None


class StrategyWithdrawn(AccountFact, frozen=True):
    """A strategy raises no signal any more; its open trades keep their stops and targets."""

    strategy: str
    market_position: int
    by: str
    why: str


class StrategyFailed(AccountFact, frozen=True):
    """A strategy's own code failed at a market's candle, for the first time since it was deployed.

    It has no opinion there, then and whenever it fails again; stops, targets, other markets and
    strategies go on.
    """

    strategy: str
    pair: str
    timeframe: str
    error: str


class RuledFact(AccountFact, frozen=True):
    """What a guard or an operator decided; `market_position` is None where a guard did."""

    by: str
    why: str
    market_position: int | None
    side: Side | None


class MarketLocked(RuledFact, frozen=True):
    """No entry in a market, on one side or both, up to `until` or, if None, until unlocked."""

    pair: str
    until: datetime | None
    numbers: dict[str, Decimal]


class MarketUnlocked(RuledFact, frozen=True):
    """A market's lock is over."""

    pair: str


class TradingHalted(RuledFact, frozen=True):
    """No entry anywhere, on one side or both, up to `until`."""

    until: datetime | None
    numbers: dict[str, Decimal]


class TradingResumed(RuledFact, frozen=True):
    """A halt is over."""


class TradeFact(AccountFact, frozen=True):
    """A fact in the life of one trade."""

    trade: int
    pair: str


class SignalRaised(TradeFact, frozen=True):
    """A strategy's opinion at a candle's close, with the indicator values it saw.

    `strength` ranks it among others; `volatility` is the market's move in a period, as a share.
    """

    version: ClassVar[int] = 2

    strategy: str
    timeframe: str
    side: Side
    purpose: Purpose
    close: Decimal
    stop: Decimal | None
    target: Decimal | None
    indicators: dict[str, Decimal]
    limit: Decimal | None = None
    trigger: Decimal | None = None
    exits: ExitPlan = ExitPlan()
    strength: Decimal | None = None
    volatility: Decimal | None = None


class SignalDeclined(TradeFact, frozen=True):
    """Why a signal led to no order, with the numbers behind it."""

    purpose: Purpose
    reason: str
    numbers: dict[str, Decimal]


class ExitRequested(TradeFact, frozen=True):
    """The operator wants a trade ended: at the market, or at `price` where there is none."""

    price: Decimal | None
    market_position: int
    by: str
    why: str


class CancellationRequested(TradeFact, frozen=True):
    """The operator wants an order taken back."""

    order: int
    market_position: int
    by: str
    why: str


class OrderPlaced(TradeFact, frozen=True):
    """An instruction to the paper market. Without `valid_until` it waits until it fills.

    `notional` is what an entry was for, `reserved` that and its fee. An exit's `reason` becomes
    the trade's. `seen_at` is the exchange's clock when it was decided.
    """

    version: ClassVar[int] = 2

    order: int
    strategy: str
    timeframe: str
    side: Side
    purpose: Purpose
    type: OrderType
    quantity: Decimal
    reserved: Decimal
    valid_until: datetime | None
    stop: Decimal | None
    target: Decimal | None
    limit: Decimal | None = None
    trigger: Decimal | None = None
    time_in_force: TimeInForce = "gtd"
    exits: ExitPlan = ExitPlan()
    reason: ExitReason = "signal"
    seen_at: datetime | None = None
    notional: Decimal | None = None


class OrderTriggered(TradeFact, frozen=True):
    """A stop-limit order's trigger was reached: it is a limit order from now on."""

    order: int
    trigger: Decimal


class OrderFilled(TradeFact, frozen=True):
    """What the market did with an order, or with the last part of it.

    `slippage` is what it cost, in the quote currency; it is in the price already.
    """

    version: ClassVar[int] = 2

    order: int
    side: Side
    purpose: Purpose
    quantity: Decimal
    price: Decimal
    fee: Decimal
    slippage: Decimal = ZERO


class OrderPartlyFilled(TradeFact, frozen=True):
    """A part of an exit order filled; `left` still waits."""

    order: int
    side: Side
    purpose: Purpose
    quantity: Decimal
    price: Decimal
    fee: Decimal
    slippage: Decimal
    left: Decimal


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
    """A round trip began. `cash` is the account's after it.

    `ambiguous`: the entry's candle may have reached the target, before or after the fill.
    """

    version: ClassVar[int] = 2

    strategy: str
    timeframe: str
    side: Side
    quantity: Decimal
    entry_price: Decimal
    fee: Decimal
    stop: Decimal | None
    target: Decimal | None
    cash: Decimal
    stop_kind: StopKind = "stop"
    exits: ExitPlan = ExitPlan()
    slippage: Decimal = ZERO
    ambiguous: bool = False
    caught_up: bool = False


class StopMoved(TradeFact, frozen=True):
    """A trade's stop moved in its favour; it is valid for candles that open from `at` on.

    `ambiguous`: the candle that moved it also crossed it, before or after.
    """

    stop: Decimal
    kind: StopKind
    ambiguous: bool


class StopHit(TradeFact, frozen=True):
    """The stop was reached; `price` is the honest one: the open where the candle gapped.

    `stop` is the level that was reached, `quantity` what of the trade was filled at once.
    """

    version: ClassVar[int] = 2

    side: Side
    quantity: Decimal
    stop: Decimal
    price: Decimal
    fee: Decimal
    ambiguous: bool
    kind: StopKind = "stop"
    slippage: Decimal = ZERO


class TargetHit(TradeFact, frozen=True):
    """The target was reached."""

    side: Side
    quantity: Decimal
    target: Decimal
    price: Decimal
    fee: Decimal


class TradeFrozen(TradeFact, frozen=True):
    """The market of an open trade is gone; the trade stays at its last price."""

    price: Decimal


class TradeThawed(TradeFact, frozen=True):
    """The market of a frozen trade is back."""


class TradeReduced(TradeFact, frozen=True):
    """A part of a trade was left at a price; `left` of it is still open."""

    quantity: Decimal
    left: Decimal
    entry_price: Decimal
    price: Decimal
    fee: Decimal
    cash: Decimal
    shortfall: Decimal


class TradeClosed(TradeFact, frozen=True):
    """A round trip is over. `fees` are of entry and exit; `profit` is gross profit less fees.

    `best` and `worst` are the most and the least favourable price between entry and exit.
    `caught_up`: settled after the fact, from a candle that came when its period had closed.
    `part` is what was left last, at `part_price`, all where None; `exit_price` is the average over
    all parts. `shortfall` is of the last part.
    `slippage` is in the quote currency, `risk` the way from entry to first stop times quantity,
    `duration` in seconds.
    """

    version: ClassVar[int] = 2

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
    part: Decimal | None = None
    part_price: Decimal | None = None
    slippage: Decimal = ZERO
    risk: Decimal | None = None
    r_multiple: Decimal | None = None
    duration: int | None = None
    shortfall: Decimal = ZERO


class EngineChanged(Fact, frozen=True):
    """Another version of the trading rules, or of a library that computes, from now on."""

    engine: int
    libraries: dict[str, str]
    market_position: int
