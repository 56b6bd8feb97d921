"""Double bottom: long where a market that fell to the same price twice closes above what held it.

The two lows say that sellers failed there twice; the close above the high between them, the
neckline, that they gave up.
"""

from collections.abc import Mapping
from typing import ClassVar

from domain.candles import Candles, Floats
from domain.strategies.doubles import Doubles
from domain.strategies.protective import longs
from domain.strategies.strategy import Indicator, Rules


class DoubleBottom(Doubles, frozen=True):
    """Enters long at the first close above the neckline of two equal lows, exits at a double top.

    The height of the pattern is from its lows to the neckline: the stop lies `stop` heights below
    the lower low, the target `target` heights above the neckline. Nothing is entered at a close
    that is beyond the target already.
    """

    name: ClassVar[str] = "double_bottom"

    def indicators(self) -> dict[str, Indicator]:
        return self.both("DoubleBottom")

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        neckline, level = values["neckline"], values["level"]
        height = neckline - level
        entries = longs(
            candles.close,
            values["bottom"] > 0,
            stop=level - self.stop * height,
            target=neckline + self.target * height,
        )
        return Rules(
            enter_long=entries.where,
            exit_long=values["top"] > 0,
            stop=entries.stop,
            target=entries.target,
        )
