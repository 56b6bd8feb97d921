"""An exchange that shows no sign of life stalls, once, and resumes when it lives."""

from collections.abc import Iterator

import pytest

from application.ports import ExchangeTraits, ExchangeUnavailable
from application.tapes import MarketTape
from tests.adapters.exchanges.running import MINUTE, NOON
from tests.application.scanning.running import (
    PAIRS,
    Scanning,
    an_exchange,
    of,
    scanning,
    topics,
)
from tests.scenario import BTC, ETH, XRP

RESUMED = ("ExchangeResumed", "binance", "12:03")
CAUGHT_UP = [each for minute in (1, 2, 3) for each in of(PAIRS, f"12:0{minute}", "1m")]


@pytest.fixture
def warm(database: str, market_tape: MarketTape) -> Iterator[Scanning]:
    """A scanner that knows how quiet its markets are."""
    with scanning(database, market_tape, an_exchange(), {"1m": 300}) as made:
        made.at(NOON)
        yield made


def stalls(scanner: Scanning) -> list[str]:
    reasons: list[str] = scanner.facts("ExchangeStalled", "reason")
    return reasons


def test_no_answer_to_the_time_is_a_stall(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.clock_away = True
    for minute in (1, 2):
        with pytest.raises(ExchangeUnavailable):
            scanner.minutes(minute)
    assert stalls(scanner) == ["binance tells no time"]
    assert len(scanner.attempts("unavailable")) == 6
    scanner.exchange.clock_away = False
    assert scanner.minutes(3) == [*CAUGHT_UP, RESUMED]
    assert scanner.facts("ExchangeResumed", "since") == scanner.facts("ExchangeStalled", "at")


def test_no_market_that_answers_is_a_stall_and_no_failure_of_markets(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.away_for = set(PAIRS)
    for minute in (1, 2):
        with pytest.raises(ExchangeUnavailable):
            scanner.minutes(minute)
    assert len(stalls(scanner)) == 1
    assert scanner.facts("ScanFailed", "pair") == []
    scanner.restart()
    scanner.exchange.away_for = set()
    assert scanner.minutes(3) == [*CAUGHT_UP, RESUMED]


def test_an_exchange_without_new_candles_is_a_stall(scanner: Scanning) -> None:
    scanner.at(NOON)
    for pair in PAIRS:
        scanner.take_away(pair, range(10))
    scanner.minutes(1)
    (reason,) = stalls(scanner)
    assert reason.startswith("its clock says 2025-01-01T12:01:20")
    assert "no candle that opens after 2025-01-01T11:59:00" in reason
    assert scanner.periods()[-1][0] == "12:00"


def test_candles_that_stand_still_are_a_stall_too_improbable_to_be_quiet(warm: Scanning) -> None:
    for pair in PAIRS:
        for number in range(8):
            warm.change(pair, number, lambda each: each._replace(volume=each.volume * 0))
    assert topics(warm.minutes(1)) == []
    assert topics(warm.minutes(2, 3, 4, 5)) == ["ExchangeStalled"]
    assert stalls(warm) == ["no market has traded since 2025-01-01T12:00:00+00:00"]
    assert topics(warm.minutes(6, 7, 8)) == []
    assert topics(warm.minutes(9)) == ["ExchangeResumed"]


def test_quiet_that_is_usual_is_no_stall(database: str, market_tape: MarketTape) -> None:
    exchange = an_exchange()
    for key, series in exchange.series.items():
        exchange.series[key] = [
            each if place % 8 == 0 else each._replace(volume=each.volume * 0)
            for place, each in enumerate(series)
        ]
    with scanning(database, market_tape, exchange, {"1m": 300}) as scanner:
        scanner.minutes(*range(30))
        assert stalls(scanner) == []


def test_an_exchange_that_leaves_quiet_candles_out_may_be_quiet(
    database: str, market_tape: MarketTape
) -> None:
    exchange = an_exchange()
    exchange.traits = ExchangeTraits(quiet_candles=False)
    for key, series in exchange.series.items():
        exchange.series[key] = [each for each in series if each.open_time // MINUTE % 5 == 0]
    with scanning(database, market_tape, exchange, {"1m": 300}) as scanner:
        scanner.minutes(*range(30))
        assert stalls(scanner) == []
        assert scanner.periods()[-1][0] in ("12:26", "12:25", "12:27", "12:28", "12:29")


def test_nothing_is_said_of_an_exchange_that_was_never_seen(scanner: Scanning) -> None:
    scanner.exchange.away = True
    with pytest.raises(ExchangeUnavailable):
        scanner.at(NOON)
    scanner.exchange.away = False
    scanner.exchange.away_for = set(PAIRS)
    with pytest.raises(ExchangeUnavailable):
        scanner.at(NOON)
    scanner.exchange.away_for = set()
    scanner.exchange.ahead = 30 * MINUTE
    scanner.restart()
    scanner.at(NOON)
    assert stalls(scanner) == []


def test_told_to_wait_is_a_stall_at_last_but_nobody_fails_or_is_missing(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.wait = 60.0
    with pytest.raises(ExchangeUnavailable):
        scanner.minutes(1)
    scanner.exchange.wait = None
    scanner.minutes(2)
    assert scanner.facts("ScanFailed", "pair") == []
    assert scanner.missing() == {}
    assert scanner.periods()[-1][0] == "12:02"
    assert scanner.attempts("told to wait")


def test_told_to_wait_in_the_midst_of_a_scan_no_period_closes(scanner: Scanning) -> None:
    scanner.at(NOON)

    def after_the_first(pair: str) -> None:
        scanner.exchange.wait = None if pair == BTC else 60.0

    scanner.exchange.order = (BTC, ETH, XRP)
    scanner.exchange.before = after_the_first
    with pytest.raises(ExchangeUnavailable):
        scanner.minutes(1)
    scanner.exchange.before, scanner.exchange.wait = lambda _pair: None, None
    assert scanner.periods()[-1][0] == "12:00"
    assert scanner.facts("ScanFailed", "pair") == []
    scanner.minutes(2)
    assert scanner.missing() == {}
