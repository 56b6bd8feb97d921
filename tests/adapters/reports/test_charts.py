"""Charts of results: always a picture, always the same one, in both formats."""

import re
import struct
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from adapters.reports.charts import (
    Axis,
    Window,
    equity_chart,
    heat_map,
    months_map,
    walk_forward_chart,
)
from domain.performance.curve import EquityCurve
from domain.performance.returns import MonthReturn
from tests.adapters.reports.samples import random_curve
from tests.domain.performance.closed import HOUR, SINCE, curve

FAST, SLOW = Axis("fast", ["5", "10", "20"]), Axis("slow", ["50", "100"])
SHARPE = np.array([[0.5, -1.25, np.nan], [2.0, 0.0, np.inf]])
CURVE = random_curve(3_000)
NONE = EquityCurve(CURVE.at[:0], CURVE.equity[:0])
WINDOWS = [Window(SINCE + day * 24 * HOUR, SINCE + (day + 30) * 24 * HOUR) for day in (-5, 25, 55)]
MONTHS = [
    MonthReturn(2023, 12, 0.123), MonthReturn(2024, 1, -0.034), MonthReturn(2024, 2, None),
    MonthReturn(2024, 3, 1.5),
]  # fmt: skip

Draw = Callable[..., bytes]
CHARTS: dict[str, Draw] = {
    "equity": lambda **how: equity_chart({"plain": CURVE, "harsh & <b>": CURVE}, **how),
    "one curve": lambda **how: equity_chart({"plain": CURVE}, quote="USDT", **how),
    "one point": lambda **how: equity_chart({"plain": curve(10_000)}, **how),
    "no change": lambda **how: equity_chart({"plain": curve(10_000, 10_000)}, **how),
    "below zero": lambda **how: equity_chart({"plain": curve(100, -50, 0)}, **how),
    "no curve": lambda **how: equity_chart({"plain": NONE}, **how),
    "walk forward": lambda **how: walk_forward_chart(CURVE, WINDOWS, **how),
    "no windows": lambda **how: walk_forward_chart(NONE, WINDOWS, **how),
    "months": lambda **how: months_map(MONTHS, **how),
    "no months": lambda **how: months_map([], **how),
    "heat": lambda **how: heat_map(FAST, SLOW, SHARPE, measure="Sharpe", **how),
    "one hue": lambda **how: heat_map(FAST, SLOW, np.arange(6.0).reshape(2, 3), **how),
    "all equal": lambda **how: heat_map(FAST, SLOW, np.ones((2, 3)), **how),
    "no results": lambda **how: heat_map(FAST, SLOW, np.full((2, 3), np.nan), **how),
}


def texts_of(svg: bytes) -> list[str]:
    """What is written in a picture, its title first."""
    said = ElementTree.fromstring(svg).itertext()
    return [each.replace("\u202f", " ").replace("\u2212", "-") for each in said]


@pytest.mark.parametrize("style", ["light", "dark"])
@pytest.mark.parametrize("width", [340, 1_100])
@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_an_svg_of_the_width_asked_for(name: str, width: int, style: Any) -> None:
    svg = CHARTS[name](width=width, style=style)
    assert ElementTree.fromstring(svg).get("width") == str(width)
    assert b"nan" not in svg
    assert CHARTS[name](width=width, style=style) == svg


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_a_png_of_the_density_asked_for(name: str) -> None:
    png = CHARTS[name](width=400, format="png", density=1.5)
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">I", png[16:20]) == (600,)


def test_a_heat_map_frames_the_best_and_says_which_it_is() -> None:
    texts = texts_of(heat_map(FAST, SLOW, SHARPE, measure="Sharpe"))
    assert texts[0] == "Sharpe by fast and slow: best 2.00 at fast 5, slow 100"
    assert {"-1.25", "0.50", "–", "fast", "slow", "50", "20"} <= set(texts)


def test_the_lowest_is_the_best_of_a_drawdown() -> None:
    texts = texts_of(heat_map(FAST, SLOW, SHARPE, best_is_lowest=True))
    assert texts[0] == "Values by fast and slow: best -1.25 at fast 10, slow 50"


def test_values_that_do_not_fit_into_their_cells_are_left_to_the_colours() -> None:
    many = Axis("fast", [str(number) for number in range(40)])
    texts = texts_of(heat_map(many, SLOW, np.full((2, 40), 1.25), width=340))
    assert texts.count("1.25") == 0


def test_months_stand_in_years_that_are_compounded() -> None:
    texts = texts_of(months_map(MONTHS))
    assert {"2023", "2024", "+12.3", "-3.4", "+150", "–", "+12.3 %"} <= set(texts)


def test_a_narrow_map_of_months_names_each_and_leaves_out_empty_halves() -> None:
    narrow = months_map(MONTHS, width=340)
    assert {"Dec", "Jan", "Feb", "Mar"} <= set(texts_of(narrow))
    assert "Apr" not in texts_of(narrow)
    full = [MonthReturn(2023, month, 0.01) for month in range(1, 13)]
    assert _height(months_map(full, width=340)) > _height(months_map(full[6:], width=340))


def test_a_walk_forward_says_what_each_window_returned() -> None:
    days = curve(*[100.0 + day for day in range(101)])
    windows = [Window(SINCE, SINCE + 51 * 24 * HOUR), Window(SINCE + 51 * 24 * HOUR, SINCE * 2)]
    texts = texts_of(walk_forward_chart(days, windows))
    assert {"+50.0 %", "+33.3 %"} <= set(texts)


def test_one_curve_has_its_last_equity_on_the_axis_and_several_in_a_legend() -> None:
    assert "11 000" in texts_of(equity_chart({"plain": curve(10_000, 9_000, 11_000)}))
    several = {"plain": curve(10_000, 11_000), "harsh": curve(10_000, 9_000)}
    assert {"● plain 11 000.00", "● harsh 9 000.00"} <= set(texts_of(equity_chart(several)))


def test_the_deepest_drawdown_is_on_the_axis() -> None:
    texts = texts_of(equity_chart({"plain": curve(10_000, 8_000, 9_000)}))
    assert {"0 %", "-20.0 %"} <= set(texts)


def test_a_picture_of_a_million_points_is_light() -> None:
    svg = equity_chart({"plain": random_curve(1_000_000)}, width=1_100)
    assert len(svg) < 60_000


def test_names_from_outside_are_text() -> None:
    assert "<b>" not in CHARTS["equity"]().decode()
    assert any("harsh & <b>" in text for text in texts_of(CHARTS["equity"]()))


def _height(svg: bytes) -> float:
    found = re.search(rb'height="([\d.]+)"', svg)
    assert found is not None
    return float(found[1])
