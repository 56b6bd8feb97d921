"""How good the best of many tries looks when none is any good."""

from collections.abc import Sequence
from math import e
from statistics import NormalDist, variance

_EULER = 0.5772156649015329


def expected_best_sharpe(sharpes: Sequence[float]) -> float | None:
    """The Sharpe ratio to be expected of the best of so many tries that have no skill at all.

    sqrt(V) ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e))), where V is the variance of the N ratios, Z
    the inverse of the normal distribution and g the Euler-Mascheroni constant (Bailey and Lopez de
    Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management 40(5), 2014, equation 1).
    It takes the tries to be independent: alike ones count as fewer. None for fewer than two.
    """
    tries = len(sharpes)
    if tries < 2:
        return None
    quantile = NormalDist().inv_cdf
    return float(variance(sharpes) ** 0.5) * (
        (1 - _EULER) * quantile(1 - 1 / tries) + _EULER * quantile(1 - 1 / (tries * e))
    )
