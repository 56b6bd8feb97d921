"""A scan: closed candles in order, each period behind its own, whatever the exchange does."""

import asyncio
import time
from dataclasses import replace
from decimal import Decimal
from threading import Event

import pytest

from adapters.exchanges.ccxt_exchange import CcxtExchange
from adapters.exchanges.pace import LockstepPace
from adapters.exchanges.sandbox import SandboxSettings
from adapters.postgres.attempts import AttemptTable
from adapters.postgres.market_memory import MarketMemory
from application.ports import Exchange, ExchangeTraits, ExchangeUnavailable
from application.scanning import Scan, ScanPlan, Universe
from application.tapes import MarketTape
from domain.blocks import CONTEXT, block_start
from domain.candles import Candle, Series
from domain.market_facts import candle_closed
from domain.markets import MarketRules
from domain.timeframes import timeframe
from tests.adapters.exchanges.running import MINUTE, NOON, sandbox
from tests.adapters.exchanges.test_exchange_contract import advance_to
from tests.application.scanning.running import (
    FIRST,
    PAIRS,
    WARM_UP,
    Scanning,
    a_candle,
    an_exchange,
    of,
    scanning,
    the_candles,
)
from tests.projections.history import ask
from tests.scenario import BTC, ETH, XRP, rules

D = Decimal


def test_at_first_sight_markets_are_listed_then_warmed_up_then_one_period_closes(
    scanner: Scanning,
) -> None:
    told = scanner.at(NOON + 20_000)
    assert told[:3] == [("MarketListed", pair, "12:00") for pair in PAIRS]
    assert told[-4:] == of(PAIRS, "12:00", "1m")
    warm = told[3:-4]
    assert {topic for topic, _, _ in warm} == {"CandleClosed"}
    block = (NOON - MINUTE) // MINUTE % 256
    assert len(warm) == len(PAIRS) * (WARM_UP + CONTEXT + block)
    assert [at for _, pair, at in warm if pair == BTC][-1] == "11:59"


def test_a_scan_repeated_at_the_same_time_writes_nothing(scanner: Scanning) -> None:
    scanner.at(NOON)
    assert scanner.at(NOON + 59_999) == []
    scanner.restart()
    assert scanner.at(NOON + 59_999) == []


def test_every_close_brings_its_candles_and_then_its_period(scanner: Scanning) -> None:
    scanner.at(NOON)
    assert scanner.at(NOON + MINUTE) == of(PAIRS, "12:01", "1m")
    assert scanner.at(NOON + 2 * MINUTE + 7_000) == of(PAIRS, "12:02", "1m")


@pytest.mark.parametrize("ahead", [30_000, -30_000])
def test_a_forming_candle_never_comes_to_the_tape_whatever_our_clock_says(
    database: str, market_tape: MarketTape, ahead: int
) -> None:
    exchange = an_exchange()
    with scanning(database, market_tape, exchange) as scanner:
        for number in range(6):  # our clock stands at the closes, theirs beside them
            scanner.at(NOON + number * MINUTE + ahead)
    newest = NOON + 5 * MINUTE + ahead
    closed = [candle for candle in the_candles() if candle.open_time + MINUTE <= newest]
    rows = "SELECT version, fact->>'close' FROM market.events WHERE topic = 'CandleClosed'"
    on_tape = ask(database, f"{rows} AND fact->>'pair' = '{BTC}' ORDER BY version")
    assert on_tape == [(each.open_time, str(each.close)) for each in closed][-len(on_tape) :]
    assert on_tape[-1][0] == closed[-1].open_time


def test_the_real_client_keeps_forming_candles_out_as_well(
    database: str, market_tape: MarketTape
) -> None:
    ours = int(time.time() * 1000) // MINUTE * MINUTE
    for ahead in (-30_000, 30_000):
        start = ours + ahead
        with sandbox(SandboxSettings(start=start)) as url:
            asyncio.run(_scan_twice(url, database, market_tape, start))
        newest = "SELECT max(version) FROM market.events WHERE topic = 'CandleClosed'"
        assert ask(database, newest) == [(start + MINUTE) // MINUTE * MINUTE - MINUTE]
        at_close = """SELECT count(*) FROM market.events WHERE topic = 'PeriodClosed'
            AND (fact->>'seen_at')::timestamptz < (fact->>'at')::timestamptz"""
        assert ask(database, at_close) == [0]
    assert ask(database, "SELECT count(*) FROM market.events WHERE topic = 'CandleRevised'") == [0]


async def _scan_twice(url: str, database: str, tape: MarketTape, start: int) -> None:
    exchange: Exchange = CcxtExchange("sandbox", "binance", url=url, requests_per_second=5_000)
    memory, log = MarketMemory(database, "sandbox"), AttemptTable(database, "sandbox")
    pace, plan = LockstepPace(Event(), url), ScanPlan(Universe((BTC, ETH)), {"1m": WARM_UP})
    scan = Scan(exchange, tape, memory, plan, pace, log)
    try:
        await scan.run()
        await asyncio.to_thread(advance_to, url, start + MINUTE)
        await scan.run()
    finally:
        await scan.close()
        await pace.close()
        log.close()
        memory.close()


def test_what_was_missed_is_walked_in_order_each_period_behind_its_candles(
    scanner: Scanning,
) -> None:
    scanner.at(NOON)
    scanner.restart()
    missed = of(PAIRS, "12:01", "1m") + of(PAIRS, "12:02", "1m") + of(PAIRS, "12:03", "1m")
    assert scanner.at(NOON + 3 * MINUTE) == missed
    assert [missing for _, _, missing in scanner.periods()] == [[]] * 4


def test_a_market_that_fails_is_missing_and_its_candle_comes_late(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.rules = [rules(BTC), rules(XRP)]
    failed = ("ScanFailed", ETH, "12:01")
    assert scanner.at(NOON + MINUTE) == [failed, *of([BTC, XRP], "12:01", "1m")]
    scanner.exchange.rules = [rules(pair) for pair in PAIRS]
    well, late = ("MarketRevalidated", ETH, "12:02"), ("CandleClosed", ETH, "12:01")
    assert scanner.at(NOON + 2 * MINUTE) == [well, late, *of(PAIRS, "12:02", "1m")]
    assert scanner.periods()[1:] == [("12:01", 3, [ETH]), ("12:02", 3, [])]


def test_a_market_that_fails_at_first_sight_is_missing_until_it_is_warm(
    database: str, market_tape: MarketTape
) -> None:
    exchange = an_exchange()
    exchange.away_for = {ETH}
    with scanning(database, market_tape, exchange) as scanner:
        told = scanner.at(NOON)
        assert [each for each in told if each[1] == ETH and each[0] != "MarketListed"] == [
            ("ScanFailed", ETH, "12:00")
        ]
        exchange.away_for = set()
        told = scanner.at(NOON + MINUTE)
        assert told[-4:] == of(PAIRS, "12:01", "1m")
        assert scanner.periods() == [("12:00", 3, [ETH]), ("12:01", 3, [])]


def test_when_no_market_answers_no_period_closes(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.away_for = set(PAIRS)
    head = scanner.tape.head()
    with pytest.raises(ExchangeUnavailable, match="no market answers"):
        scanner.at(NOON + MINUTE)
    assert scanner.since(head) == [("ExchangeStalled", "binance", "12:00")]
    scanner.exchange.away_for = set()
    resumed = ("ExchangeResumed", "binance", "12:01")
    assert scanner.at(NOON + MINUTE) == [*of(PAIRS, "12:01", "1m"), resumed]


def test_a_market_that_is_offered_later_is_listed_within_the_hour(scanner: Scanning) -> None:
    scanner.exchange.rules = [rules(BTC), rules(ETH)]
    scanner.at(NOON)
    scanner.exchange.rules.append(rules(XRP))
    assert ("MarketListed", XRP, "13:00") in scanner.at(NOON + 60 * MINUTE)


def test_a_quiet_stretch_longer_than_a_page_does_not_end_a_series(
    scanner: Scanning,
) -> None:
    scanner.at(NOON)
    scanner.exchange.traits = ExchangeTraits(page=3)
    series = scanner.exchange.series[BTC, "1m"]
    quiet = range(NOON, NOON + 20 * MINUTE, MINUTE)
    scanner.exchange.series[BTC, "1m"] = [each for each in series if each.open_time not in quiet]
    told = scanner.at(NOON + 30 * MINUTE)
    assert [at for topic, pair, at in told if (topic, pair) == ("CandleClosed", BTC)] == [
        f"12:{minute}" for minute in range(21, 31)
    ]


def test_a_scan_of_some_pairs_closes_no_period(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.plan = replace(scanner.plan, universe=Universe((BTC,)), closes=False)
    scanner.restart()
    assert scanner.at(NOON + MINUTE) == [("CandleClosed", BTC, "12:01")]


def test_history_that_was_imported_long_ago_is_not_caught_up_with(scanner: Scanning) -> None:
    old = a_candle(FIRST)
    scanner.tape.record([candle_closed(Series("binance", BTC, "1m"), old)])
    told = scanner.at(NOON)
    count = {pair: len([1 for topic, of_, _ in told if of_ == pair]) for pair in PAIRS}
    assert count[BTC] == count[ETH]


def test_an_exchange_that_is_away_is_asked_again_later(scanner: Scanning) -> None:
    scanner.exchange.away = True
    with pytest.raises(ExchangeUnavailable):
        scanner.at(NOON)
    assert scanner.tape.head() == 0


def test_a_quiet_period_has_no_candle_and_nothing_is_invented(scanner: Scanning) -> None:
    scanner.exchange.traits = ExchangeTraits(quiet_candles=False)
    scanner.at(NOON)
    scanner.take_away(ETH, [0])
    assert scanner.at(NOON + MINUTE) == of([BTC, XRP], "12:01", "1m")
    assert scanner.at(NOON + 2 * MINUTE) == of(PAIRS, "12:02", "1m")
    assert scanner.periods()[1:] == [("12:01", 3, [ETH]), ("12:02", 3, [])]


def test_a_changed_candle_is_revised_and_both_values_stay(scanner: Scanning) -> None:
    scanner.at(NOON)
    series = scanner.exchange.series[ETH, "1m"]
    changed = a_candle(-1, price=2_000)
    others = [each for each in series if each.open_time != changed.open_time]
    scanner.exchange.series[ETH, "1m"] = sorted([*others, changed])
    revised = ("CandleRevised", ETH, "12:00")
    assert scanner.at(NOON + MINUTE) == [revised, *of(PAIRS, "12:01", "1m")]
    both = f"""
        SELECT c.open, c.superseded_by IS NULL FROM market.candles AS c
        JOIN market.series AS s ON s.id = c.series
        WHERE s.pair = '{ETH}' AND c.open_time = {NOON - MINUTE} ORDER BY c.position"""
    before, after = a_candle(-1), changed
    assert ask(scanner.url, both) == [(float(before.open), False), (float(after.open), True)]


def test_a_candle_whose_numbers_are_written_otherwise_is_the_same(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.exchange.series = {
        key: [Candle(each[0], *(number + D("0.000") for number in each[1:])) for each in series]
        for key, series in scanner.exchange.series.items()
    }
    assert scanner.at(NOON + MINUTE) == of(PAIRS, "12:01", "1m")


def test_a_price_that_a_double_cannot_hold_is_refused(scanner: Scanning) -> None:
    scanner.at(NOON)
    scanner.change(ETH, 0, lambda each: each._replace(close=D("1000.1234567890123456")))
    assert scanner.at(NOON + MINUTE) == of([BTC, XRP], "12:01", "1m")
    assert scanner.missing() == {"12:01": [ETH]}
    ((pair, reason), *_) = scanner.attempts("bad candle")
    assert pair == ETH
    assert "more digits than a double" in reason


def test_at_an_equal_close_the_shorter_timeframe_comes_first(
    database: str, market_tape: MarketTape
) -> None:
    exchange, warm_up = an_exchange(["1m", "5m"]), {"5m": 2, "1m": WARM_UP}
    with scanning(database, market_tape, exchange, warm_up) as scanner:
        assert scanner.at(NOON)[-8:] == of(PAIRS, "12:00", "1m") + of(PAIRS, "12:00", "5m")
        assert scanner.at(NOON + 4 * MINUTE)[-4:] == of(PAIRS, "12:04", "1m")
        told = scanner.at(NOON + 6 * MINUTE)
        both = of(PAIRS, "12:05", "1m") + of(PAIRS, "12:05", "5m")
        assert told == both + of(PAIRS, "12:06", "1m")


def test_the_order_in_which_answers_arrive_does_not_matter(scanner: Scanning) -> None:
    scanner.exchange.order = tuple(reversed(PAIRS))
    assert scanner.at(NOON)[-4:] == of(PAIRS, "12:00", "1m")
    scanner.exchange.order = (ETH, XRP, BTC)
    assert scanner.at(NOON + MINUTE) == of(PAIRS, "12:01", "1m")


def test_rules_that_changed_are_written_when_an_hour_is_over(scanner: Scanning) -> None:
    scanner.at(NOON)
    usual: MarketRules = rules(ETH)
    scanner.exchange.rules = [rules(BTC), rules(ETH, tick=usual.tick * 10), rules(XRP)]
    scanner.restart()
    assert scanner.minutes(1) == of(PAIRS, "12:01", "1m")
    assert ("MarketRulesChanged", ETH, "13:00") in scanner.minutes(60)
    scanner.restart()
    assert scanner.at(NOON + 60 * MINUTE) == []


def test_only_one_scanner_of_an_exchange_leads(scanner: Scanning) -> None:
    other, elsewhere = MarketMemory(scanner.url, "binance"), MarketMemory(scanner.url, "kraken")
    try:
        assert scanner.memory.lead()
        assert not other.lead()
        assert elsewhere.lead()
        scanner.memory.close()
        end_of_time = time.monotonic() + 10
        while not other.lead():
            assert time.monotonic() < end_of_time
    finally:
        other.close()
        elsewhere.close()


def test_a_market_that_is_often_quiet_is_read_further_back(
    database: str, market_tape: MarketTape
) -> None:
    exchange, warm_up = an_exchange(["1m"]), 20
    with scanning(database, market_tape, exchange, {"1m": warm_up}) as scanner:
        scanner.take_away(BTC, range(FIRST, -1, 2))
        scanner.at(NOON + 20_000)
        block = block_start(NOON - MINUTE, timeframe("1m"))
        before = {
            pair: sum(candle.open_time < block for candle in scanner.candles(pair))
            for pair in (BTC, ETH)
        }
    assert before[ETH] == warm_up + CONTEXT
    assert before[BTC] >= warm_up + CONTEXT
