"""Gaps: what is missing is found beside what came, told from quiet, and filled."""

from collections.abc import Iterator

import pytest

from application.ports import ExchangeTraits
from application.tapes import MarketTape
from tests.adapters.exchanges.running import MINUTE, NOON
from tests.application.scanning.running import Scanning, an_exchange, of, scanning, topics
from tests.scenario import BTC, ETH

OMITS = ExchangeTraits(quiet_candles=False)
MANY = 300  # candles of warm-up: enough to say how quiet a market is


@pytest.fixture
def warm(database: str, market_tape: MarketTape) -> Iterator[Scanning]:
    """A scanner of two markets with a longer history."""
    with scanning(database, market_tape, an_exchange(pairs=[BTC, ETH]), {"1m": MANY}) as made:
        yield made


def test_a_hole_is_an_outage_where_quiet_candles_are_published(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.take_away(ETH, [0, 1, 2])
    scanner.minutes(1, 2, 3, 4)
    assert scanner.facts("GapFound", "pair", "since", "until", "candles", "reason") == [
        (ETH, "2025-01-01T12:00:00Z", "2025-01-01T12:03:00Z", 3, "outage")
    ]


def test_a_short_hole_is_quiet_where_quiet_candles_are_left_out(warm: Scanning) -> None:
    warm.exchange.traits = OMITS
    for number in range(-300, 0, 3):
        warm.take_away(ETH, [number])
    warm.at(NOON)
    warm.take_away(ETH, range(3))
    assert topics(warm.minutes(1, 2, 3, 4, 5)) == []
    assert set(warm.missing()) == {"12:01", "12:02", "12:03"}


def test_a_silence_too_long_for_a_lively_market_is_an_outage(warm: Scanning) -> None:
    warm.exchange.traits = OMITS
    warm.at(NOON)
    warm.take_away(ETH, range(6))
    warm.minutes(1, 2, 3, 4, 5, 6, 7)
    assert warm.facts("GapFound", "pair", "candles") == [(ETH, 6)]


def test_what_an_exchange_keeps_no_more_is_out_of_reach(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.traits = ExchangeTraits(keeps=20)
    for pair in scanner.exchange.series:
        scanner.exchange.series[pair] = [
            each for each in scanner.exchange.series[pair] if each.open_time >= NOON + 20 * MINUTE
        ]
    scanner.minutes(40)
    assert scanner.facts("GapFound", "candles", "reason") == [(20, "out of reach")] * 3
    assert len(scanner.missing()) == 20


def test_a_gap_is_filled_in_runs_and_found_only_once(scanner: Scanning) -> None:
    scanner.at(NOON)
    lost = scanner.take_away(ETH, range(6))
    scanner.minutes(*range(1, 8))
    scanner.give_back(ETH, [lost[0], lost[3], lost[4]])
    scanner.minutes(8)
    scanner.give_back(ETH, [lost[1], lost[2], lost[5]])
    scanner.minutes(9, 10)
    assert scanner.facts("GapFound", "since", "candles") == [("2025-01-01T12:00:00Z", 6)]
    assert scanner.facts("GapFilled", "since", "candles") == [
        ("2025-01-01T12:00:00Z", 1), ("2025-01-01T12:03:00Z", 2),
        ("2025-01-01T12:01:00Z", 2), ("2025-01-01T12:05:00Z", 1),
    ]  # fmt: skip
    gaps = scanner.memory.gaps("1m", [ETH], NOON, NOON + 10 * MINUTE)[ETH]
    assert [gap.is_open for gap in gaps] == [False]


def test_candles_of_an_old_gap_are_asked_for_again_when_hours_are_over(scanner: Scanning) -> None:
    scanner.at(NOON)
    lost = scanner.take_away(ETH, range(3))
    scanner.minutes(*range(1, 16))
    scanner.give_back(ETH, lost)
    assert topics(scanner.minutes(30)) == []
    assert topics(scanner.minutes(60)) == ["GapFilled"]
    assert scanner.facts("GapFilled", "candles") == [3]


def test_gaps_of_a_week_are_asked_for_when_an_operator_asks(scanner: Scanning) -> None:
    scanner.at(NOON)
    lost = scanner.take_away(ETH, range(3))
    scanner.minutes(*range(1, 31))
    scanner.give_back(ETH, lost)
    assert scanner.revalidate().filled == 3
    assert scanner.facts("GapFilled", "candles") == [3]


def test_many_gaps_of_one_market_are_filled_each_by_itself(scanner: Scanning) -> None:
    scanner.at(NOON)
    lost = scanner.take_away(ETH, range(1, 20, 3))
    scanner.minutes(*range(1, 41))
    scanner.give_back(ETH, lost)
    assert scanner.revalidate().filled == 7
    assert len(scanner.facts("GapFound", "since")) == 7
    assert scanner.facts("GapFilled", "since") == scanner.facts("GapFound", "since")


def test_a_gap_that_is_found_again_after_a_restart_is_told_once(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.take_away(ETH, [1, 4])
    for number in range(1, 8):
        scanner.restart()
        scanner.minutes(number)
    assert scanner.facts("GapFound", "since") == ["2025-01-01T12:01:00Z", "2025-01-01T12:04:00Z"]


def test_a_gap_comes_behind_the_candle_that_shows_it_and_before_its_period(
    scanner: Scanning,
) -> None:
    scanner.at(NOON)
    scanner.take_away(BTC, [0])
    scanner.minutes(1)
    one = of(["BTC/USDT", "ETH/USDT", "XRP/USDT"], "12:02")
    told = [*one, ("GapFound", BTC, "12:02"), ("PeriodClosed", "1m", "12:02")]
    assert scanner.minutes(2) == told
