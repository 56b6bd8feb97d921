"""What double bottom and double top have in common: their parameters and indicators."""

from typing import Annotated

from msgspec import Meta

from domain.strategies.at_pivots import After, Before
from domain.strategies.strategy import Indicator, Strategy

Life = Annotated[int, Meta(ge=10, le=500, description="candles from the first pivot to the break")]
Apart = Annotated[int, Meta(ge=2, le=250, description="candles between the pivots, at least")]
Tolerance = Annotated[
    float, Meta(ge=0, le=1, description="how far the pivots may differ, a share of the height")
]
Height = Annotated[
    float, Meta(gt=0, le=1, description="from the pivots to the neckline, at least: a share")
]
Behind = Annotated[
    float, Meta(ge=0, le=2, description="how far behind the pivots the stop is, in heights")
]
Beyond = Annotated[
    float, Meta(gt=0, le=10, description="how far beyond the neckline the target is, in heights")
]


class Doubles(Strategy, frozen=True):
    """Both patterns with the same parameters: one is the entry, the other one the exit."""

    left: Before = 5
    right: After = 3
    within: Life = 100
    apart: Apart = 10
    tolerance: Tolerance = 0.15
    height: Height = 0.02
    stop: Behind = 0.1
    target: Beyond = 1.0

    def __post_init__(self) -> None:
        if self.apart + self.right > self.within:
            raise ValueError(
                f"apart = {self.apart} and right = {self.right} leave no time "
                f"within = {self.within} candles"
            )

    def pattern(self, kind: str, line: str, *, sparse: bool = False) -> Indicator:
        """A line of `DoubleBottom` or `DoubleTop` with these parameters."""
        return Indicator(
            kind,
            line=line,
            sparse=sparse,
            left=self.left,
            right=self.right,
            within=self.within,
            apart=self.apart,
            tolerance=self.tolerance,
            height=self.height,
        )

    def both(self, told: str) -> dict[str, Indicator]:
        """Where bottoms and tops are found, and the prices of the kind that is told."""
        return {
            "bottom": self.pattern("DoubleBottom", "found"),
            "top": self.pattern("DoubleTop", "found"),
            "neckline": self.pattern(told, "neckline", sparse=True),
            "level": self.pattern(told, "level", sparse=True),
        }
