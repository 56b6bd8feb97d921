"""Double top: short where a market that rose to the same price twice closes below what held it.

The two highs say that buyers failed there twice; the close below the low between them, the
neckline, that they gave up.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from domain.candles import Candles, Floats
from domain.strategies.doubles import Doubles
from domain.strategies.protective import shorts
from domain.strategies.strategy import Indicator, Rules


class DoubleTop(Doubles, frozen=True):
    """Enters short at the first close below the neckline of two equal highs, exits at a bottom.

    The height of the pattern is from the neckline to its highs: the stop lies `stop` heights above
    the higher high, the target `target` heights below the neckline. Nothing is entered at a close
    that is beyond the target already. The exit is a double bottom.
    """

    name: ClassVar[str] = "double_top"

    def indicators(self) -> dict[str, Indicator]:
        return self.both("DoubleTop")

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        neckline, level = values["neckline"], values["level"]
        height = level - neckline
        entries = shorts(
            candles.close,
            values["top"] > 0,
            stop=level + self.stop * height,
            target=neckline - self.target * height,
        )
        never = np.zeros(len(candles), dtype=np.bool_)
        return Rules(
            enter_long=never,
            exit_long=never,
            enter_short=entries.where,
            exit_short=values["bottom"] > 0,
            stop=entries.stop,
            target=entries.target,
        )
