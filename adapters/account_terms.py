"""The terms of accounts as settings: fills, exits and guards."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.account.terms import BANDS, ExitPlan, FillModel, Guard, GuardKind

Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=12)]
PositiveShare = Annotated[Decimal, Field(gt=0, le=1, decimal_places=12)]
Rate = Annotated[Decimal, Field(gt=0, le=1_000, decimal_places=12)]
Minutes = Annotated[int, Field(ge=0, le=5_256_000)]

_NEEDS: dict[GuardKind, tuple[str, ...]] = {
    "stop_streak": ("lookback_period", "stop_duration"),
    "low_profit": ("lookback_period", "stop_duration"),
    "cool_down": ("stop_duration",),
    "max_drawdown": ("lookback_period", "stop_duration", "max_allowed_drawdown"),
    "daily_loss": ("max_daily_loss",),
}


class Part(BaseModel):
    """A part of the settings; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FillSettings(Part):
    """A band, and what is different from it."""

    band: Literal["plain", "optimistic", "realistic", "pessimistic"] = "plain"
    slippage_points: Decimal | None = Field(default=None, ge=0, le=10_000, decimal_places=12)
    slippage_range: Share | None = None
    limit_touch: bool | None = None
    volume_share: PositiveShare | None = None

    def model(self) -> FillModel:
        """The fill model that is meant."""
        band = BANDS[self.band]
        given = {
            name: value
            for name in FillModel.__struct_fields__
            if (value := getattr(self, name)) is not None
        }
        usual = {name: getattr(band, name) for name in FillModel.__struct_fields__}
        is_changed = any(usual[name] != value for name, value in given.items())
        named = {"band": f"{self.band}, changed"} if is_changed else {}
        return FillModel(**{**usual, **given, **named})


class ExitSettings(Part):
    """How trades are left where their strategy says nothing: shares of the entry's price."""

    stop_rate: PositiveShare | None = None
    target_rate: Rate | None = None
    trail_rate: PositiveShare | None = None
    break_even_rate: Rate | None = None
    time_stop: int | None = Field(default=None, gt=0, le=100_000)

    def plan(self) -> ExitPlan:
        """The exit plan that is meant."""
        return ExitPlan(**self.model_dump())


class GuardSettings(Part):
    """A risk rule; times in minutes."""

    kind: GuardKind
    lookback_period: Minutes = 0
    stop_duration: Minutes = 0
    trade_limit: int = Field(default=1, ge=1, le=100_000)
    required_profit: Decimal = Field(default=Decimal(0), ge=-1_000, le=1_000, decimal_places=12)
    max_allowed_drawdown: PositiveShare | None = None
    max_daily_loss: PositiveShare | None = None
    only_per_pair: bool = False
    only_per_side: bool = False

    @model_validator(mode="after")
    def _can_act(self) -> "GuardSettings":
        for name in _NEEDS[self.kind]:
            if not getattr(self, name):
                raise ValueError(f"guard {self.kind!r} needs {name}")
        return self

    def guard(self) -> Guard:
        """The guard that is meant."""
        return Guard(**self.model_dump())
