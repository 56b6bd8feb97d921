"""Markets that cannot be read: asked ever more seldom, over restarts, and well again."""

from dataclasses import replace

import pytest

from tests.adapters.exchanges.running import MINUTE, NOON
from tests.application.scanning.running import Scanning, topics
from tests.scenario import BTC, ETH, XRP


@pytest.mark.parametrize("restarts", [False, True])
def test_a_failing_market_is_asked_after_1_2_4_and_more_periods(
    scanner: Scanning, restarts: bool
) -> None:
    scanner.at(NOON)
    scanner.exchange.away_for = {ETH}
    failed = []
    for number in range(1, 31):
        if restarts:
            scanner.restart()
        if "ScanFailed" in topics(scanner.minutes(number)):
            failed.append(number)
    assert failed == [1, 2, 3, 4, 6, 10, 18]
    assert [pairs for _, _, pairs in scanner.periods()[1:]] == [[ETH]] * 30


def test_a_failing_market_that_answers_is_said_to_be_well(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.away_for = {ETH}
    scanner.minutes(*range(1, 7))
    scanner.exchange.away_for = set()
    scanner.restart()
    assert topics(scanner.minutes(7, 8, 9)) == []
    assert topics(scanner.minutes(10)) == ["MarketRevalidated"]
    assert scanner.facts("MarketRevalidated", "pair", "failures") == [(ETH, 5)]
    assert len(scanner.candles(ETH)) == len(scanner.candles(BTC))
    scanner.exchange.away_for = {ETH}
    scanner.minutes(11)
    scanner.restart()
    assert scanner.memory.failing("1m", [BTC, ETH])[ETH].failures == 1


def test_a_failing_market_delays_the_others_once_only(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.away_for = {ETH}
    scanner.minutes(1)
    waits = scanner.pace.waits
    scanner.minutes(*range(2, 9))
    assert scanner.pace.waits == waits


def test_an_operator_may_ask_failing_markets_now(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.away_for = {ETH, XRP}
    scanner.minutes(*range(1, 7))
    scanner.exchange.away_for = {XRP}
    scanner.minutes(7)
    scanner.plan = replace(scanner.plan, closes=False, is_patient=False)
    scanner.restart()
    revalidated = scanner.revalidate()
    assert [series.pair for series in revalidated.well] == [ETH]
    assert [series.pair for series in revalidated.failing] == [XRP]
    assert scanner.periods()[-1][0] == "12:07"


def test_an_error_that_passes_within_the_deadline_is_no_failure(scanner: Scanning) -> None:
    scanner.at(NOON)

    def away_at_first(_pair: str) -> None:
        scanner.exchange.away_for = {ETH} if scanner.exchange.now < NOON + MINUTE + 5_000 else set()

    scanner.exchange.before = away_at_first
    assert topics(scanner.minutes(1)) == []
    assert scanner.missing() == {}
    assert {pair for pair, _ in scanner.attempts("unavailable")} == {ETH}


def test_an_error_that_passes_soon_is_no_failure_of_an_old_period(scanner: Scanning) -> None:
    scanner.at(NOON)
    asked: list[str] = []

    def away_at_first(pair: str) -> None:
        asked.append(pair)
        scanner.exchange.away_for = {ETH} if asked.count(ETH) < 2 else set()

    scanner.exchange.before = away_at_first
    scanner.at(NOON + 5 * MINUTE + 40_000)
    assert topics(scanner.since(0)) == []
    assert scanner.missing() == {}
    assert scanner.periods()[-1][0] == "12:05"


def test_an_answer_without_any_candle_of_before_is_not_believed(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.series[ETH, "1m"] = []
    assert topics(scanner.minutes(1)) == ["ScanFailed"]
    (reason,) = scanner.facts("ScanFailed", "reason")
    assert reason == "an answer without the candles that were there before"


def test_what_failed_when_the_clock_was_wrong_is_asked_when_it_is_right(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.away_for = {ETH}
    scanner.exchange.ahead = 55 * MINUTE
    scanner.minutes(*range(1, 8))
    scanner.exchange.ahead = 0
    scanner.exchange.away_for = set()
    assert "MarketRevalidated" in topics(scanner.minutes(9))
