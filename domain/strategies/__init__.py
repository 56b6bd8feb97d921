"""The built-in strategies, by name."""

from collections.abc import Mapping

from domain.strategies.bollinger_squeeze import BollingerSqueeze
from domain.strategies.donchian_breakout import DonchianBreakout
from domain.strategies.double_bottom import DoubleBottom
from domain.strategies.double_top import DoubleTop
from domain.strategies.ema_cross import EmaCross
from domain.strategies.engulfing_at_support import EngulfingAtSupport
from domain.strategies.ichimoku import Ichimoku
from domain.strategies.rsi_divergence import RsiDivergence
from domain.strategies.sma_cross import SmaCross
from domain.strategies.strategy import Parameter, Strategy
from domain.strategies.supertrend import Supertrend

_ALL: tuple[type[Strategy], ...] = (
    EmaCross,
    SmaCross,
    Supertrend,
    DonchianBreakout,
    BollingerSqueeze,
    Ichimoku,
    RsiDivergence,
    DoubleBottom,
    DoubleTop,
    EngulfingAtSupport,
)
STRATEGIES: dict[str, type[Strategy]] = {each.name: each for each in _ALL}


class UnknownStrategy(LookupError):
    """There is no strategy of this name."""


def strategy(name: str, parameters: Mapping[str, Parameter]) -> Strategy:
    """The strategy of that name with these parameters; raises UnknownStrategy, BadParameter."""
    if name not in STRATEGIES:
        known = ", ".join(sorted(STRATEGIES))
        raise UnknownStrategy(f"There is no strategy {name!r}. Known: {known}.")
    return STRATEGIES[name].with_parameters(parameters)
