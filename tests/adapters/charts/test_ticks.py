"""Ticks: round times and prices, never more than there is room for."""

import pytest

from adapters.charts.ticks import amount_text, price_text, price_ticks, time_ticks
from domain.times import EPOCH, to_ms

HOUR, DAY = 3_600_000, 86_400_000
NEW_YEAR = to_ms(EPOCH.replace(year=2024))


@pytest.mark.parametrize(
    ("begin", "span", "labels"),
    [
        (NEW_YEAR - 2 * HOUR, 5 * HOUR, ["22:00", "23:00", "1 Jan", "01:00", "02:00", "03:00"]),
        (NEW_YEAR + HOUR, 3 * DAY, ["12:00", "2 Jan", "12:00", "3 Jan", "12:00", "4 Jan"]),
        (NEW_YEAR, 20 * DAY, ["1 Jan", "8 Jan", "15 Jan"]),
        (NEW_YEAR - 40 * DAY, 140 * DAY, ["Dec", "2024", "Feb", "Mar", "Apr"]),
        (NEW_YEAR, 1_200 * DAY, ["2024", "2025", "2026", "2027"]),
    ],
)
def test_times_are_round(begin: int, span: int, labels: list[str]) -> None:
    assert [label for _, label in time_ticks(begin, begin + span, 6)] == labels


@pytest.mark.parametrize("span", [1, 60_000, HOUR, 7 * DAY, 400 * DAY, 10_000 * DAY])
def test_there_are_no_more_times_than_room(span: int) -> None:
    ticks = time_ticks(NEW_YEAR + 12_345, NEW_YEAR + 12_345 + span, 5)
    assert len(ticks) <= 7
    assert all(0 <= time - NEW_YEAR - 12_345 <= span for time, _ in ticks)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (101, 199, [120, 140, 160, 180]),
        (0.00000101, 0.00000199, [1.2e-6, 1.4e-6, 1.6e-6, 1.8e-6]),
        (64_100, 73_000, [66_000, 68_000, 70_000, 72_000]),
    ],
)
def test_prices_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert price_ticks(low, high, 5) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("price", "span", "text"),
    [
        (66_981.4, 8_000, "66,981"),
        (66_981.4, 9, "66,981.40"),
        (1.0832, 0.05, "1.0832"),
        (0.00001234, 0.0000009, "0.000012340"),
    ],
)
def test_a_price_has_the_decimals_that_matter(price: float, span: float, text: str) -> None:
    assert price_text(price, span) == text


def test_amounts_are_short() -> None:
    amounts = (1_234_567, 5_550_000_000, 340, 0.052, 0, -51.5, 0.0000021)
    assert [amount_text(amount) for amount in amounts] == [
        "1.23M", "5.55B", "340", "0.052", "0", "-51.5", "2.1e-06",
    ]  # fmt: skip
