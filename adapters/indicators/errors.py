"""What can be wrong with an indicator.

UnknownIndicator        no such name, line or parameter
BadIndicator            it cannot be computed so
├── LooksAhead          a line that knows later candles
└── NeverSettles        values that never forget where the history began
"""


class UnknownIndicator(LookupError):
    """There is no indicator, or the indicator has no line or parameter, of this name."""


class BadIndicator(ValueError):
    """An indicator cannot be computed with these parameters, or its own code fails."""


class LooksAhead(BadIndicator):
    """A line shows at a candle what only later candles tell: no strategy can use it."""


class NeverSettles(BadIndicator):
    """Its values depend on where the history begins, however long ago: it is cumulative."""
