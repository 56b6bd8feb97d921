"""Answers are checked candle by candle before anything of them is taken."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from domain.candles import Candle
from tests.adapters.exchanges.running import MINUTE, NOON
from tests.application.scanning.running import Scanning, of, topics
from tests.scenario import BTC, ETH, XRP

D = Decimal
BAD: dict[str, Callable[[Candle], Candle]] = {
    "high 998": lambda each: each._replace(high=D(998)),
    "low 2000": lambda each: each._replace(low=D(2000)),
    "is not above zero": lambda each: each._replace(low=D(0)),
    "volume -1": lambda each: each._replace(volume=D(-1)),
    "is NaN": lambda each: each._replace(close=D("NaN")),
    "more digits": lambda each: each._replace(close=D("1000.12345678901234567")),
}


@pytest.mark.parametrize("words", BAD)
def test_a_candle_that_cannot_be_is_left_out_and_the_others_are_taken(
    scanner: Scanning, words: str
) -> None:
    scanner.at(NOON)
    scanner.change(ETH, 1, BAD[words])
    assert topics(scanner.minutes(3)) == ["GapFound"]
    assert scanner.missing() == {"12:02": [ETH]}
    assert {pair for pair, _ in scanner.attempts("bad candle")} == {ETH}
    assert all(words in reason for _, reason in scanner.attempts("bad candle"))
    times = [each.open_time for each in scanner.candles(ETH)]
    assert times[-2:] == [NOON, NOON + 2 * MINUTE]


def test_candles_off_the_grid_or_of_the_future_are_left_out(scanner: Scanning) -> None:
    scanner.at(NOON)
    series = scanner.exchange.series[ETH, "1m"]
    odd = series[-1]._replace(open_time=NOON + 30_000)
    scanner.give_back(ETH, [odd])

    def from_tomorrow(pair: str) -> None:
        scanner.exchange.now += (1 if pair == XRP else -1) * 3 * MINUTE if pair != BTC else 0

    scanner.exchange.order = (BTC, XRP, ETH)
    scanner.exchange.before = from_tomorrow
    scanner.minutes(1)
    times = {each.open_time for pair in (BTC, ETH, XRP) for each in scanner.candles(pair)}
    assert all(time % MINUTE == 0 for time in times)
    assert max(times) == NOON
    reasons = " ".join(reason for _, reason in scanner.attempts("bad candle"))
    assert "is not the open of a 1m period" in reasons


def test_a_bad_candle_that_is_mended_within_the_deadline_is_in_time(scanner: Scanning) -> None:
    scanner.at(NOON)
    good = scanner.exchange.series[ETH, "1m"]
    scanner.exchange.restated[ETH, "1m", NOON] = (
        NOON + MINUTE + 6_000,
        next(each for each in good if each.open_time == NOON)._replace(high=D(1)),
    )
    assert scanner.minutes(1) == of([BTC, ETH, XRP], "12:01", "1m")


def test_a_market_that_answers_nothing_as_if_it_never_was_fails(scanner: Scanning) -> None:
    scanner.at(NOON)
    kept = scanner.exchange.series[ETH, "1m"]
    scanner.exchange.series[ETH, "1m"] = []
    assert topics(scanner.minutes(1)) == ["ScanFailed"]
    scanner.exchange.series[ETH, "1m"] = kept
    assert topics(scanner.minutes(2)) == ["MarketRevalidated"]
    assert len(scanner.candles(ETH)) == len(scanner.candles(BTC))
