"""A compiled twin gives Backtrader's numbers, under all of Backtrader's names."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from adapters.indicators.backtrader_code import interpreted
from adapters.indicators.compiled import twin_of
from adapters.indicators.formula import Formula
from adapters.indicators.kinds import original, standard_names
from adapters.indicators.library import backtrader
from adapters.indicators.twins import ALL, TWINS
from adapters.indicators.twins.sums import exact_means, means
from adapters.indicators.twins.twin import Twin
from domain.candles import Candles, Floats
from domain.strategies.strategy import Column, Indicator
from tests.adapters.indicators.series import (
    HOURLY,
    at_prices,
    random_candles,
    recorded,
    stretches_of_calm,
)

SERIES: dict[str, Candles] = {
    "random": random_candles(800, seed=7),
    "cheap": at_prices(random_candles(800, seed=8), 1e-10),
    "calm": stretches_of_calm(800, seed=1),
    "calm, odd": stretches_of_calm(800, seed=2, start=33.33),
    "crashed": at_prices(random_candles(400, seed=9), 1e5).joined(
        random_candles(800, seed=9)[400:]
    ),
} | {path.parent.name: recorded(path, 1_000) for path in HOURLY[::9]}
"""Prices of a cheap coin are below 1e-7; a calm one divides by zero; a crashed one loses digits."""


@pytest.mark.parametrize("twin", ALL, ids=lambda twin: twin.names[0])
def test_a_twin_is_equal_to_backtrader_s_indicator(twin: Twin) -> None:
    for indicator in variants(twin):
        of_twin, of_backtrader = formula(indicator), interpreted(indicator)
        for where, candles in SERIES.items():
            lines = of_twin.values(candles), of_backtrader.values(candles)
            for line, values, expected in zip(of_twin.lines, *lines, strict=True):
                assert_same(values, expected, f"{indicator}.{line} of {where}")


@pytest.mark.parametrize("twin", ALL, ids=lambda twin: twin.names[0])
def test_a_twin_s_value_does_not_depend_on_later_candles_by_a_bit(twin: Twin) -> None:
    for indicator in variants(twin):
        for where in ("random", "calm", "crashed"):
            candles = SERIES[where][380:580]
            whole = formula(indicator).values(candles)
            for count in (0, 1, 2, 3, 13, 14, 15, 16, 30, 31, 55, 100, 150, 199):
                part = formula(indicator).values(candles[:count])
                for values, longer in zip(part, whole, strict=True):
                    assert np.array_equal(values, longer[:count], equal_nan=True), count


@pytest.mark.parametrize("twin", ALL, ids=lambda twin: twin.names[0])
def test_a_twin_has_all_names_lines_and_defaults_of_its_class(twin: Twin) -> None:
    kinds = {name: getattr(backtrader().indicators, name) for name in standard_names()}
    names = {name for name, kind in kinds.items() if original(kind) == twin.names[0]}
    assert set(twin.names) == names
    kind = kinds[twin.names[0]]
    defaults = dict(kind.params._getitems())
    assert twin.lines == tuple(kind.lines._getlines())
    assert twin.parameters.items() <= defaults.items()
    assert all(type(value) is type(defaults[name]) for name, value in twin.parameters.items())
    assert twin.over_prices != kind.plotinfo.subplot


def test_every_name_leads_to_its_twin_and_other_parameters_to_backtrader() -> None:
    assert TWINS["SimpleMovingAverage"] is TWINS["SMA"] is TWINS["MovingAverageSimple"]
    assert twin_of(Indicator("RSI", movav="EMA")) is None
    assert twin_of(Indicator("Stochastic", safediv=True)) is None
    assert twin_of(Indicator("SMA", period=60_000)) is None


def test_a_twin_does_not_wait_for_backtrader_s_import() -> None:
    asks = (
        "import sys, numpy as np\n"
        "from adapters.indicators.engine import checked, warm_up, placement\n"
        "from domain.strategies.strategy import Indicator\n"
        "each = Indicator('BBands', line='top', period=30)\n"
        "checked(each), warm_up(each), placement(each), warm_up(Indicator('ADX'))\n"
        "sys.exit('backtrader' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0


def test_a_mean_is_rounded_once_and_a_quick_one_nearly_so() -> None:
    values = np.concatenate((np.full(60, 1e9 / 3), SERIES["random"].close, np.full(9, 1e-9)))
    exact, quick = exact_means(values, 7), means(values, 7)
    expected = interpreted(Indicator("SMA", period=7)).values(closing(values))[0]
    assert np.array_equal(exact, expected, equal_nan=True)
    assert np.allclose(quick, expected, rtol=1e-11, atol=0, equal_nan=True)


def variants(twin: Twin) -> Iterator[Indicator]:
    """With its defaults and with some lengths, over the close and over the volume."""
    columns: tuple[Column, ...] = ("close", "volume") if twin.of_one else ("close",)
    for of in columns:
        for period in (None, 5, 14, 50):
            given: Any = {} if period is None else {"period": period}
            indicator = Indicator(twin.names[0], of=of, **given)
            if twin_of(indicator) is not None:
                yield indicator


def formula(indicator: Indicator) -> Formula:
    found = twin_of(indicator)
    assert found is not None
    return found


def closing(values: Floats) -> Candles:
    times = np.arange(len(values), dtype=np.int64)
    return Candles(times, values, values, values, values, values)


def assert_same(values: Floats, expected: Floats, what: str) -> None:
    """To 1e-9 of the value, or of the line's median size.

    The index of relative strength goes on where Backtrader's divides by zero.
    """
    if what.startswith("RelativeStrengthIndex"):
        values = np.where(np.isnan(expected), np.nan, values)
    assert np.array_equal(np.isnan(values), np.isnan(expected)), what
    known = np.abs(expected[np.isfinite(expected)])
    floor = 1e-9 * float(np.median(known)) if len(known) else 0.0
    assert np.allclose(values, expected, rtol=1e-9, atol=floor, equal_nan=True), what
