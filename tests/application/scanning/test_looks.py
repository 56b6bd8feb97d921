"""When a period is over: no clock alone decides, and nobody waits longer than the deadline."""

import pytest

from application.ports import ExchangeTraits, ExchangeUnavailable
from application.tapes import MarketTape
from domain.candles import Candle
from tests.adapters.exchanges.running import MINUTE, NOON
from tests.application.scanning.running import (
    PAIRS,
    Scanning,
    a_candle,
    an_exchange,
    of,
    scanning,
    topics,
)
from tests.scenario import BTC, ETH, XRP

HOUR = 60 * MINUTE
YEAR = 365 * 24 * HOUR


def only_final_candles(scanner: Scanning) -> bool:
    """Whether all candles on the tape are what they were in the end, without a hole."""
    for pair in PAIRS:
        recorded = scanner.candles(pair)
        first = recorded[0].open_time
        final = [each for each in scanner.exchange.series[pair, "1m"] if each.open_time >= first]
        if recorded != final[: len(recorded)]:
            return False
    return True


@pytest.mark.parametrize("ahead", [3_000, 30_000, 5 * MINUTE, YEAR])
@pytest.mark.parametrize("second", [0, 30, 58])
def test_a_clock_that_is_ahead_makes_no_forming_candle_a_closed_one(
    scanner: Scanning, ahead: int, second: int
) -> None:
    scanner.at(NOON)
    scanner.exchange.ahead = ahead
    for number in range(1, 5):
        scanner.at(NOON + number * MINUTE + second * 1000)
    assert only_final_candles(scanner)
    scanner.exchange.ahead = 0
    scanner.at(NOON + 6 * MINUTE)
    assert [at for at, _, _ in scanner.periods()] == [f"12:0{number}" for number in range(7)]
    assert scanner.missing() == {}
    assert only_final_candles(scanner)


@pytest.mark.parametrize("ahead", [3_000, 30_000, 5 * MINUTE, YEAR])
def test_a_clock_that_is_ahead_from_the_beginning_puts_nothing_wrong_on_the_tape(
    scanner: Scanning, ahead: int
) -> None:
    scanner.exchange.ahead = ahead
    theirs = NOON + ahead  # our scans are at their closes, as they think it is time
    for number in range(1, 5):
        scanner.at((theirs // MINUTE + number) * MINUTE - ahead)
    assert all(opened <= scanner.exchange.now - MINUTE for opened in opens(scanner))
    scanner.exchange.ahead = 0
    scanner.at(NOON + 8 * MINUTE)
    scanner.at(NOON + 9 * MINUTE)
    assert "12:09" in [at for at, _, _ in scanner.periods()]
    assert only_final_candles(scanner)


def opens(scanner: Scanning) -> list[int]:
    return [each.open_time for pair in PAIRS for each in scanner.candles(pair)]


def test_a_clock_that_is_half_a_minute_ahead_does_not_keep_a_scan_from_its_first_period(
    scanner: Scanning,
) -> None:
    scanner.exchange.ahead = 30_000
    for number in range(4):
        scanner.at(NOON - 30_000 + number * MINUTE)
    assert scanner.periods()
    assert scanner.missing() == {}


@pytest.mark.parametrize("behind", [3_000, 30_000, 5 * MINUTE])
def test_a_clock_that_is_behind_closes_periods_later(scanner: Scanning, behind: int) -> None:
    scanner.at(NOON)
    scanner.exchange.ahead = -behind
    for number in range(1, 8):
        scanner.at(NOON + number * MINUTE)
    assert only_final_candles(scanner)
    last = (NOON + 7 * MINUTE - behind) // MINUTE * MINUTE
    assert max(opens(scanner)) == last - MINUTE


def test_a_clock_that_goes_back_a_little_writes_nothing_twice(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.minutes(1, 2, 3)
    scanner.exchange.ahead = -10 * MINUTE
    assert scanner.minutes(4, 5) == []
    scanner.exchange.ahead = 0
    assert topics(scanner.minutes(6)) == []
    assert scanner.missing() == {}


def test_a_clock_that_goes_back_for_hours_is_a_stall(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.ahead = -YEAR
    for _ in range(2):
        with pytest.raises(ExchangeUnavailable, match="its clock says"):
            scanner.minutes(1)
    scanner.exchange.ahead = 0
    resumed = ("ExchangeResumed", "binance", "12:02")
    assert scanner.minutes(2) == [*of(PAIRS, "12:01", "1m"), *of(PAIRS, "12:02", "1m"), resumed]
    assert len(scanner.facts("ExchangeStalled", "reason")) == 1


def test_a_clock_that_goes_back_in_the_midst_of_a_scan_does_not_hold_it_for_ever(
    scanner: Scanning,
) -> None:
    scanner.at(NOON)
    scanner.take_away(ETH, [0])

    def back(_pair: str) -> None:
        scanner.exchange.ahead = -20 * MINUTE if scanner.pace.waits else 0

    scanner.exchange.before = back
    scanner.minutes(1)
    assert scanner.pace.waits < 10
    assert only_final_candles_of(scanner, BTC)


def only_final_candles_of(scanner: Scanning, pair: str) -> bool:
    recorded = scanner.candles(pair)
    return set(recorded) <= set(scanner.exchange.series[pair, "1m"])


def test_an_answer_from_before_the_first_sign_is_asked_for_again(scanner: Scanning) -> None:
    """The close comes while the answers of a clock that is ahead come in."""
    scanner.at(NOON)
    scanner.exchange.ahead = 1_000

    def pass_by(pair: str) -> None:
        scanner.exchange.now += 2_000 if pair == BTC else 0

    scanner.exchange.behind = pass_by
    assert scanner.at(NOON + MINUTE - 1_000) == of(PAIRS, "12:01", "1m")
    assert only_final_candles(scanner)
    assert scanner.pace.waits == 0


def test_a_forming_candle_that_is_hidden_once_it_has_closed_is_not_taken_as_it_was(
    scanner: Scanning,
) -> None:
    scanner.at(NOON)
    scanner.exchange.ahead = 2_000
    scanner.exchange.late[ETH, "1m", NOON] = NOON + MINUTE + 40_000
    scanner.at(NOON + MINUTE - 2_000)
    assert scanner.missing() == {"12:01": [ETH]}
    scanner.exchange.ahead = 0
    scanner.minutes(2)
    assert only_final_candles(scanner)


def test_an_error_behind_an_early_answer_does_not_make_it_a_final_one(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.ahead = 2_000

    def only_once(pair: str) -> None:
        scanner.exchange.away_for |= {pair} & {ETH}

    scanner.exchange.behind = only_once
    scanner.at(NOON + MINUTE - 2_000)
    assert scanner.missing() == {"12:01": [ETH]}
    assert NOON not in [each.open_time for each in scanner.candles(ETH)]


def test_a_candle_that_comes_before_the_deadline_is_in_time(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.late[ETH, "1m", NOON] = NOON + MINUTE + 9_000
    assert scanner.minutes(1) == of(PAIRS, "12:01", "1m")
    assert scanner.exchange.now == NOON + MINUTE + 15_000
    assert scanner.attempts("late") == [(ETH, "no candle of 2025-01-01 12:01 UTC yet")]


def test_a_candle_behind_the_deadline_is_missing_then_late_and_nobody_waits_longer(
    scanner: Scanning,
) -> None:
    scanner.at(NOON)
    scanner.exchange.late[ETH, "1m", NOON] = NOON + 3 * MINUTE + 30_000
    assert scanner.minutes(1) == of([BTC, XRP], "12:01", "1m")
    assert scanner.exchange.now == NOON + MINUTE + 20_000
    found, filled = ("GapFound", ETH, "12:02"), ("GapFilled", ETH, "12:04")
    two = of(PAIRS, "12:02")
    assert scanner.minutes(2) == [*two, found, ("PeriodClosed", "1m", "12:02")]
    assert topics(scanner.minutes(3)) == []
    late = ("CandleClosed", ETH, "12:01")
    assert scanner.at(NOON + 4 * MINUTE) == [late, filled, *of(PAIRS, "12:04", "1m")]
    assert scanner.missing() == {"12:01": [ETH]}
    assert only_final_candles(scanner)


def test_all_markets_late_by_25_seconds_are_asked_for_at_every_close(scanner: Scanning) -> None:
    scanner.at(NOON)
    for pair in PAIRS:
        for number in range(40):
            close = NOON + (number + 1) * MINUTE
            scanner.exchange.late[pair, "1m", close - MINUTE] = close + 25_000
    for number in range(1, 31):
        scanner.minutes(number)
        assert scanner.exchange.now == NOON + number * MINUTE + 20_000
    scanner.exchange.late.clear()
    scanner.minutes(31)
    assert scanner.periods()[-1] == ("12:31", 3, [])
    assert [len(pairs) for _, _, pairs in scanner.periods()[1:-1]] == [3] * 30
    assert only_final_candles(scanner)
    assert scanner.facts("ExchangeStalled", "reason") == []


def test_a_market_that_was_missing_already_delays_nobody_and_is_in_again_when_it_lives(
    scanner: Scanning,
) -> None:
    scanner.at(NOON)
    scanner.take_away(ETH, range(5))
    scanner.minutes(1)
    waits = scanner.pace.waits
    scanner.minutes(2, 3, 4, 5)
    assert scanner.pace.waits == waits
    assert of(PAIRS, "12:06")[1] in scanner.minutes(6)
    assert list(scanner.missing()) == ["12:01", "12:02", "12:03", "12:04", "12:05"]
    scanner.exchange.late[ETH, "1m", NOON + 6 * MINUTE] = NOON + 7 * MINUTE + 6_000
    assert scanner.minutes(7) == of(PAIRS, "12:07", "1m")


def test_a_market_that_has_long_been_dead_costs_one_request_a_scan(scanner: Scanning) -> None:
    scanner.exchange.traits = ExchangeTraits(page=20)
    scanner.at(NOON)
    dead = scanner.take_away(ETH, range(96))
    scanner.minutes(93)
    scanner.exchange.asked.clear()
    scanner.minutes(94, 95)
    assert [pair for pair, *_ in scanner.exchange.asked].count(ETH) == 2
    scanner.give_back(ETH, dead[90:])
    assert topics(scanner.minutes(96)) == ["GapFound"]
    assert scanner.facts("GapFound", "candles") == [90]


def the_only_market_is_quiet(scanner: Scanning) -> None:
    """It shows nothing from noon on, not even a forming candle."""
    scanner.exchange.traits = ExchangeTraits(quiet_candles=False)
    scanner.take_away(BTC, range(6))


def test_a_quiet_market_closes_at_the_deadline_where_our_clock_agrees(
    database: str, market_tape: MarketTape
) -> None:
    with scanning(database, market_tape, an_exchange(pairs=[BTC])) as scanner:
        scanner.pace.wall_ahead = 900
        scanner.at(NOON)
        the_only_market_is_quiet(scanner)
        assert scanner.minutes(1) == of([], "12:01", "1m")
        assert scanner.exchange.now <= NOON + MINUTE + 20_000


@pytest.mark.parametrize("wall", [None, 7_000])
def test_a_quiet_market_waits_for_a_sign_where_our_clock_does_not_agree(
    database: str, market_tape: MarketTape, wall: int | None
) -> None:
    with scanning(database, market_tape, an_exchange(pairs=[BTC])) as scanner:
        scanner.pace.wall_ahead = wall
        scanner.at(NOON)
        the_only_market_is_quiet(scanner)
        assert scanner.minutes(1, 2, 3) == []
        closed = [each for minute in range(1, 7) for each in of([], f"12:0{minute}", "1m")]
        assert [each for each in scanner.minutes(6) if each[0] == "PeriodClosed"] == closed


def test_told_to_stop_in_the_midst_of_a_scan_nothing_of_it_is_written(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.take_away(ETH, [0])
    scanner.pace.stop_at = NOON + MINUTE + 2_000
    assert scanner.minutes(1) == []
    scanner.pace.stop_at = None
    scanner.restart()
    assert scanner.minutes(1) == of([BTC, XRP], "12:01", "1m")


def test_the_ten_newest_candles_are_read_again(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.asked.clear()
    scanner.minutes(1)
    assert {since for _, _, since, _ in scanner.exchange.asked} == {NOON - 10 * MINUTE}
    for number in (-10, -9):  # at 12:02 the ten newest on the tape open from 11:51 on
        scanner.change(ETH, number, lambda each: a_candle(0)._replace(open_time=each.open_time))
    revised = ("CandleRevised", ETH, "11:52")
    assert topics(scanner.minutes(2)) == ["CandleRevised"]
    assert revised in scanner.since(0)


def test_a_change_that_is_seen_only_once_is_not_believed(scanner: Scanning) -> None:
    scanner.at(NOON)
    true = scanner.take_away(ETH, [-2])[0]
    scanner.give_back(ETH, [_dearer(true)])

    def right_again(pair: str) -> None:
        if pair == ETH:
            scanner.change(ETH, -2, lambda _: true)

    scanner.exchange.behind = right_again
    assert scanner.minutes(1) == of(PAIRS, "12:01", "1m")


def test_a_candle_that_was_restated_for_a_while_is_revised_once(scanner: Scanning) -> None:
    scanner.at(NOON)
    other = _dearer(a_candle(0))
    scanner.exchange.restated[ETH, "1m", NOON] = (NOON + MINUTE + 90_000, other)
    assert scanner.minutes(1, 2) == [*of(PAIRS, "12:01", "1m"), *of(PAIRS, "12:02", "1m")]
    revised = ("CandleRevised", ETH, "12:01")
    assert scanner.minutes(3, 4) == [revised, *of(PAIRS, "12:03", "1m"), *of(PAIRS, "12:04", "1m")]


def test_a_change_is_looked_at_once_more_where_the_second_look_fails(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.change(ETH, -2, _dearer)
    looks = iter(range(9))

    def fails_once(pair: str) -> None:
        if pair == ETH:
            scanner.exchange.away_for = {ETH} if next(looks) == 1 else set()

    scanner.exchange.before = fails_once
    assert scanner.minutes(40)[0] == ("CandleRevised", ETH, "11:59")


def _dearer(candle: Candle) -> Candle:
    return candle._replace(high=candle.high + 1, close=candle.close + 1)
