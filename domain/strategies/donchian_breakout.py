"""Donchian breakout: with a market that closes where it has not been for long, as the Turtles did.

A new high after weeks says that everybody who bought there has been wrong to sell; many small
losses are taken for the few breakouts that become a long trend.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.candles import Candles, Floats
from domain.strategies.crossing import crosses_above, crosses_below
from domain.strategies.protective import Ranges, Stop, protected, stops
from domain.strategies.strategy import Indicator, Rules, Strategy

Entry = Annotated[int, Meta(ge=2, le=500, description="candles of the channel to break out of")]
Exit = Annotated[int, Meta(ge=1, le=500, description="candles of the channel that ends a trade")]


class DonchianBreakout(Strategy, frozen=True):
    """Enters long at a close above the highest price of `entry` candles, short below the lowest.

    Only the first of several such closes in a row is an entry. A long exits at a close below the
    lowest price of `exit` candles, a short above the highest one. The stop is `stop` average true
    ranges away from the close.
    """

    name: ClassVar[str] = "donchian_breakout"

    entry: Entry = 20
    exit: Exit = 10
    atr: Ranges = 20
    stop: Stop = 2.0

    def __post_init__(self) -> None:
        if self.exit > self.entry:
            raise ValueError(f"exit = {self.exit} must not be longer than entry = {self.entry}")

    def indicators(self) -> dict[str, Indicator]:
        return {
            "upper": Indicator("Donchian", line="upper", period=self.entry),
            "lower": Indicator("Donchian", line="lower", period=self.entry),
            "exit_upper": Indicator("Donchian", line="upper", period=self.exit),
            "exit_lower": Indicator("Donchian", line="lower", period=self.exit),
            "atr": Indicator("ATR", period=self.atr),
        }

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        close = candles.close
        above = crosses_above(close, values["upper"])
        below = crosses_below(close, values["lower"])
        stop = stops(close, self.stop * values["atr"], short=below)
        long, short = protected(close, above, below, stop)
        return Rules(
            enter_long=long,
            exit_long=crosses_below(close, values["exit_lower"]),
            enter_short=short,
            exit_short=crosses_above(close, values["exit_upper"]),
            stop=stop,
        )
