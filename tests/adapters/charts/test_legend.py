"""Legends and lettering: names fit, whatever they are."""

import pytest

from adapters.charts.guides import guides_of
from adapters.charts.legend import Entry, height_of, placed
from adapters.charts.lettering import fitted, shown, width_of
from adapters.charts.looks import LEGEND, LOOKS


def test_names_go_to_the_next_row_where_one_is_full() -> None:
    found = placed([Entry(f"indicator {number}", "red") for number in range(7)], 200)
    assert [each.row for each in found] == [0, 0, 1, 1, 2, 2, 3]
    assert height_of(found) == 4 * height_of(found[:1])
    assert height_of([]) == 0
    assert all(each.x + width_of(each.entry.text, LEGEND) <= 200 for each in found)


def test_a_name_that_no_row_holds_is_cut() -> None:
    (only,) = placed([Entry("very long " * 9, "red")], 100)
    assert only.entry.text.endswith("…")
    assert width_of(only.entry.text, LEGEND) <= 100
    assert fitted("short", LEGEND, 100) == "short"


def test_what_the_font_does_not_have_is_a_box() -> None:
    assert shown("币/USDT ▲×₅−") == "□/USDT ▲×₅−"


@pytest.mark.parametrize(
    ("title", "guides"),
    [
        ("RSI(period=14)", (30, 70)),
        ("RelativeStrengthIndex", (30, 70)),
        ("Stochastic", (20, 80)),
        ("CCI(20)", (-100, 100)),
        ("MACD", ()),
        ("strategy rsi", ()),
        ("", ()),
    ],
)
def test_known_indicators_have_guides(title: str, guides: tuple[float, ...]) -> None:
    assert guides_of(title) == guides


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_all_that_is_written_or_drawn_stands_out_from_the_background(look: object) -> None:
    assert isinstance(look, type(LOOKS["light"]))
    for colour in (look.text, look.muted, look.up, look.down, *look.lines):
        assert _contrast(colour, look.background) >= 4.5


def _contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    dark, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
