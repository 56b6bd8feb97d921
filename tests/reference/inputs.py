"""What the reference account is given, and the trades that it hands back."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Candle: TypeAlias = tuple[int, float, float, float, float, float]
"""Open time in milliseconds, open, high, low, close, volume."""

Side = Literal["long", "short"]
OrderType = Literal["market", "limit", "stop", "stop_limit"]


@dataclass(frozen=True, slots=True)
class Market:
    """A market's steps of price and quantity, and its fees as rates of what is traded."""

    pair: str
    tick: float = 0.01
    lot: float = 0.0001
    maker: float = 0.0
    taker: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for the whole account; the stake is in the quote currency."""

    timeframe_ms: int = 60_000
    stake: float = 1_000.0
    slippage_points: float = 0.0
    slippage_range: float = 0.0
    limit_touch: bool = False
    strategy_timeframe_ms: int | None = None

    @property
    def strategy_ms(self) -> int:
        """The period that `valid_for` and `time_stop` count: the candles' own, if not given."""
        return self.strategy_timeframe_ms or self.timeframe_ms


@dataclass(frozen=True, slots=True)
class Entry:
    """A signal at the close of the candle with this index.

    A price wins over a distance, a distance over a rate.
    """

    pair: str
    index: int
    side: Side = "long"
    order_type: OrderType = "market"
    limit: float | None = None
    trigger: float | None = None
    stop: float | None = None
    stop_distance: float | None = None
    stop_rate: float | None = None
    target: float | None = None
    target_distance: float | None = None
    target_rate: float | None = None
    trail_distance: float | None = None
    trail_rate: float | None = None
    break_even_distance: float | None = None
    break_even_rate: float | None = None
    time_stop: int | None = None
    valid_for: int = 1


@dataclass(frozen=True, slots=True)
class Exit:
    """A signal to leave, at the close of the candle with this index; one side only, if given."""

    pair: str
    index: int
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Trade:
    """A closed trade; the profit is net of the fees."""

    pair: str
    side: Side
    quantity: float
    entered_at: int
    entry_price: float
    exited_at: int
    exit_price: float
    exit_reason: str
    profit: float
    fees: float
    ambiguous: bool
