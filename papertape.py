"""Papertape for authors of strategies: `from papertape import Indicator, Rules, Strategy`.

`TapeData` is for those who run a strategy of Backtrader's over the tape. `Meta` says what a
parameter may be: `Annotated[int, Meta(ge=2, description="candles of the average")]`.
"""

from typing import TYPE_CHECKING, Any

from msgspec import Meta

from domain.candles import Candles, Floats
from domain.strategies.crossing import crosses_above, crosses_below
from domain.strategies.strategy import BadParameter, Flags, Indicator, Rules, Strategy

if TYPE_CHECKING:
    from adapters.backtrader import TapeData

__all__ = [
    "BadParameter",
    "Candles",
    "Flags",
    "Floats",
    "Indicator",
    "Meta",
    "Rules",
    "Strategy",
    "TapeData",
    "crosses_above",
    "crosses_below",
]


def __getattr__(name: str) -> Any:
    """What is imported only when it is asked for: Backtrader takes its time."""
    if name != "TapeData":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from adapters.backtrader import TapeData  # noqa: PLC0415

    return TapeData
