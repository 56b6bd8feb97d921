"""The patterns: our own indicators, by name."""

from adapters.indicators.patterns.divergence import RSI_DIVERGENCE
from adapters.indicators.patterns.donchian import DONCHIAN
from adapters.indicators.patterns.double import DOUBLE_BOTTOM, DOUBLE_TOP
from adapters.indicators.patterns.engulfing import ENGULFING
from adapters.indicators.patterns.ichimoku import ICHIMOKU
from adapters.indicators.patterns.pattern import Pattern
from adapters.indicators.patterns.squeeze import SQUEEZE
from adapters.indicators.patterns.supertrend import SUPERTREND

_ALL: tuple[Pattern, ...] = (
    SUPERTREND,
    DONCHIAN,
    SQUEEZE,
    ICHIMOKU,
    RSI_DIVERGENCE,
    DOUBLE_BOTTOM,
    DOUBLE_TOP,
    ENGULFING,
)
PATTERNS: dict[str, Pattern] = {each.name: each for each in _ALL}
