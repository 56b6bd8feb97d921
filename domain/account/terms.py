"""The terms on which an account trades: sizing and limits, fills, exits, guards."""

from decimal import Decimal
from typing import Literal

import msgspec

from domain.values import ZERO

Side = Literal["long", "short"]
Sizing = Literal["quote", "quantity", "equity", "risk", "volatility"]
TimeInForce = Literal["gtc", "gtd", "ioc", "fok"]
GuardKind = Literal["stop_streak", "low_profit", "cool_down", "max_drawdown", "daily_loss"]


class FillModel(msgspec.Struct, frozen=True):
    """How much of the doubt about fills is taken in; `band` names it.

    `slippage_points` are basis points of the price, `slippage_range` a share of the candle's range.
    `limit_touch`: a limit fills when it is touched. `volume_share`: the most that a fill takes of
    its candle's volume.
    """

    band: str = "plain"
    slippage_points: Decimal = ZERO
    slippage_range: Decimal = ZERO
    limit_touch: bool = False
    volume_share: Decimal | None = None


BANDS = {
    "plain": FillModel(),
    "optimistic": FillModel("optimistic", limit_touch=True),
    "realistic": FillModel("realistic", Decimal(5), ZERO, volume_share=Decimal("0.1")),
    "pessimistic": FillModel(
        "pessimistic", Decimal(10), Decimal("0.1"), volume_share=Decimal("0.02")
    ),
}
"""The fill models that come with Papertape."""


class ExitPlan(msgspec.Struct, frozen=True):
    """How a trade is left, relative to its fill: distances in the quote currency, or rates.

    `trail_*`: the stop follows the best price. `break_even_*`: when the best price has come that
    far, the stop moves to the entry. `time_stop`: so many periods of the strategy are enough.
    """

    stop_distance: Decimal | None = None
    stop_rate: Decimal | None = None
    target_distance: Decimal | None = None
    target_rate: Decimal | None = None
    trail_distance: Decimal | None = None
    trail_rate: Decimal | None = None
    break_even_distance: Decimal | None = None
    break_even_rate: Decimal | None = None
    time_stop: int | None = None

    @property
    def trails(self) -> bool:
        return self.trail_distance is not None or self.trail_rate is not None

    @property
    def moves_stops(self) -> bool:
        """Whether a candle may move the stop."""
        breaks_even = self.break_even_distance is not None or self.break_even_rate is not None
        return breaks_even or self.trails


class Guard(msgspec.Struct, frozen=True):
    """A risk rule. Times in minutes; profits and losses as shares of stake or balance."""

    kind: GuardKind
    lookback_period: int = 0
    stop_duration: int = 0
    trade_limit: int = 1
    required_profit: Decimal = ZERO
    max_allowed_drawdown: Decimal | None = None
    max_daily_loss: Decimal | None = None
    only_per_pair: bool = False
    only_per_side: bool = False


class Terms(msgspec.Struct, frozen=True):
    """How an account trades, beside its stake and places.

    `reserve` and the exposures are shares of equity, `valid_for` periods of the strategy.
    """

    sizing: Sizing = "quote"
    shorts: bool = False
    valid_for: int = 1
    time_in_force: TimeInForce = "gtd"
    prefer: Literal["name", "strength"] = "name"
    when_withdrawn: Literal["keep", "exit"] = "keep"
    reserve: Decimal = ZERO
    max_market_exposure: Decimal | None = None
    max_base_exposure: Decimal | None = None
    max_exposure: Decimal | None = None
    fills: FillModel = FillModel()
    exits: ExitPlan = ExitPlan()
    guards: tuple[Guard, ...] = ()


USUAL_TERMS = Terms()
"""Those of an account that says nothing of them."""
