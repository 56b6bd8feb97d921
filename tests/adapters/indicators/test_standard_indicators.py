"""Every indicator of Backtrader's that can be made from candles, against a run of Cerebro."""

from functools import cache

import numpy as np
import pytest

from adapters.indicators.backtrader_code import interpreted
from adapters.indicators.engine import BadIndicator, compute
from adapters.indicators.kinds import AHEAD, UNUSABLE, original, standard_names
from adapters.indicators.library import backtrader
from domain.candles import Floats
from domain.strategies.strategy import Indicator
from tests.adapters.indicators import in_cerebro
from tests.adapters.indicators.series import HOURLY, random_candles, recorded

KINDS = {name: getattr(backtrader().indicators, name) for name in standard_names()}
USABLE = [name for name, kind in KINDS.items() if original(kind) not in UNUSABLE]
ORIGINALS = [name for name in USABLE if original(KINDS[name]) == name]
STEPPED = [name for name in USABLE if original(KINDS[name]) in ("HeikinAshi", "haDelta")]
SERIES = [random_candles(400, seed=7)] + [recorded(path, 400) for path in HOURLY[:3]]


@pytest.mark.parametrize("number", range(len(SERIES)))
def test_every_standard_indicator_gives_what_it_gives_in_cerebro(number: int) -> None:
    candles = SERIES[number]
    for name, lines in in_a_run(number).items():
        for line, expected in lines.items():
            if line not in AHEAD.get(name, ()):
                assert_same(compute(Indicator(name, line=line), candles), expected, name)


@pytest.mark.parametrize("number", range(len(SERIES)))
def test_backtrader_s_own_code_gives_the_same_bits_without_the_loop(number: int) -> None:
    candles = SERIES[number]
    expected = in_a_run(number)
    for name in ORIGINALS:
        values = interpreted(Indicator(name)).values(candles)
        for one, other in zip(values, expected[name].values(), strict=True):
            assert np.array_equal(one, other, equal_nan=True), name


@pytest.mark.parametrize("name", ORIGINALS)
def test_no_standard_indicator_looks_ahead_but_those_refused(name: str) -> None:
    candles = SERIES[0]
    formula = interpreted(Indicator(name))
    whole = formula.values(candles)
    for count in (0, 1, 2, 14, 29, 40, 77, 260, 399):
        part = formula.values(candles[:count])
        for line, values, longer in zip(formula.lines, part, whole, strict=True):
            is_equal = np.array_equal(values, longer[:count], equal_nan=True)
            assert is_equal or line in AHEAD[name], (line, count)


def test_the_refused_line_does_look_ahead() -> None:
    formula = interpreted(Indicator("Ichimoku"))
    span = formula.lines.index("chikou_span")
    whole, part = formula.values(SERIES[0])[span], formula.values(SERIES[0][:100])[span]
    assert not np.array_equal(whole[:100], part, equal_nan=True)


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_is_refused_cannot_be_made_from_candles_alone(name: str) -> None:
    with pytest.raises(BadIndicator, match=f"{name} cannot be used by a strategy"):
        compute(Indicator(name), SERIES[0])
    with pytest.raises((AttributeError, TypeError, ValueError, IndexError, ImportError)):
        in_cerebro.run([KINDS[name]], SERIES[0])


@cache
def in_a_run(number: int) -> dict[str, dict[str, Floats]]:
    """All lines of all usable indicators; those that make Cerebro step run for themselves."""
    candles = SERIES[number]
    found: dict[str, dict[str, Floats]] = {}
    for names in ([name for name in USABLE if name not in STEPPED], STEPPED):
        lines = in_cerebro.run([KINDS[name] for name in names], candles)
        found |= dict(zip(names, lines, strict=True))
    return found


def assert_same(values: Floats, expected: Floats, name: str) -> None:
    """To 1e-9 of the value; of the line's median size where it passes through zero."""
    assert np.array_equal(np.isnan(values), np.isnan(expected)), name
    known = np.abs(expected[np.isfinite(expected)])
    floor = 1e-9 * float(np.median(known)) if len(known) else 0.0
    assert np.allclose(values, expected, rtol=1e-9, atol=floor, equal_nan=True), name
