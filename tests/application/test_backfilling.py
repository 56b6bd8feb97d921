"""Backfilling: every closed candle once, from where it was stopped, whatever the exchange does."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from threading import Timer

import psycopg
import pytest

from adapters.exchanges.fake import FakeExchange
from adapters.postgres.backfills import Backfills
from adapters.postgres.candles import CandleTable, Connection
from adapters.postgres.gap_memory import GapMemory
from adapters.postgres.market_memory import MarketMemory
from adapters.postgres.reports import tape_report
from application.backfilling import Backfilled, Backfilling, ExchangeIsBackfilled
from application.patience import LONGEST, PAUSES
from application.ports import Attempt, ExchangeSaysWait, ExchangeTraits, ExchangeUnavailable
from application.recording import Recorded, Recording
from application.tapes import MarketTape, gap_stream
from domain.candles import Candle, Series
from domain.facts import decode
from domain.market_facts import GapFound, MarketDelisted, MarketListed
from domain.timeframes import Timeframe
from domain.times import from_ms
from tests.scenario import rules

MINUTE = 60_000
BTC = Series("sandbox", "BTC/USDT", "1m")
ETH = Series("sandbox", "ETH/USDT", "1m")
FOREVER = 10**6


class Moody(FakeExchange):
    """An exchange that fails when it is told to: `moods` are what its next answers raise."""

    moods: Sequence[Exception | None] = ()

    async def candles(
        self, pair: str, timeframe: Timeframe, since: int, limit: int
    ) -> Sequence[Candle]:
        answer = await super().candles(pair, timeframe, since, limit)
        mood, self.moods = (self.moods[0], self.moods[1:]) if self.moods else (None, ())
        if mood is not None:
            raise mood
        return answer


class Bench:
    """A tape, an exchange, and what a backfill does with them."""

    def __init__(self, url: str, tape: MarketTape, connection: Connection) -> None:
        self.url = url
        self.tape = tape
        self.connection = connection
        self.exchange = Moody("sandbox", [rules(each.pair) for each in (BTC, ETH)], {})
        self.exchange.traits = ExchangeTraits(page=10)
        self.exchange.now = 30 * MINUTE + 1
        self.pauses: list[float] = []
        self.attempts: list[Attempt] = []
        self.periods = 0
        self.patience_ms = 10_000
        self.serve(BTC, range(100))

    def serve(self, series: Series, minutes: Sequence[int], volume: int = 7) -> None:
        """Let the exchange have candles of these minutes."""
        key = (series.pair, series.timeframe)
        self.exchange.series[key] = [candle(minute, volume) for minute in minutes]

    def run(
        self, *series: Series, since: int = 0, until: int | None = None, again: bool = False
    ) -> list[Backfilled]:
        """Backfill from a minute up to another."""
        self.exchange.asked.clear()
        end = None if until is None else until * MINUTE
        with self._opened(again=again) as backfilling:
            return asyncio.run(backfilling.run(series or (BTC,), since * MINUTE, end, self))

    def asked(self) -> list[int]:
        """The minutes from which candles were asked for."""
        return [since // MINUTE for _, _, since, _ in self.exchange.asked]

    def recorded(self, series: Series = BTC) -> list[int]:
        """The minutes whose candles are on the tape."""
        table = CandleTable(self.connection, series.exchange, series.timeframe)
        candles = table.between(series.pair, 0, FOREVER * MINUTE, self.tape.head())
        return [time // MINUTE for time in candles.open_time.tolist()]

    def gaps(self) -> list[tuple[int, int, str]]:
        """Recorded gaps, in minutes."""
        rows = self.tape.recorder.select_events(gap_stream(BTC))
        facts = [decode(row.topic, row.state) for row in rows]
        return [
            (fact.since.minute, fact.until.minute, fact.reason)
            for fact in facts
            if isinstance(fact, GapFound)
        ]

    def note(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)

    def flush(self) -> None:
        """All are kept."""

    def begins(self, _: Series, periods: int) -> None:
        self.periods += periods

    def advances(self, _: Series, periods: int, __: int) -> None:
        self.periods -= periods

    def ends(self, _: Series) -> None:
        """Nothing is shown."""

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    @contextmanager
    def _opened(self, *, again: bool) -> Iterator[Backfilling]:
        memory = Backfills(self.url, "sandbox", self.patience_ms)
        try:
            yield Backfilling(
                self.exchange, memory, self._record, again=again, attempts=self, sleep=self.sleep
            )
        finally:
            memory.close()

    def _record(self, series: Series, since: int, reach: int) -> Recording:
        table = CandleTable(self.connection, series.exchange, series.timeframe)
        gaps = GapMemory(self.connection)
        quiet_candles = self.exchange.traits.quiet_candles
        return Recording(
            series, self.tape, table, gaps, since, quiet_candles=quiet_candles, reach=reach
        )


@pytest.fixture
def bench(database: str, market_tape: MarketTape) -> Iterator[Bench]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield Bench(database, market_tape, connection)


def test_every_closed_candle_comes_page_by_page_and_no_forming_one(bench: Bench) -> None:
    (done,) = bench.run()
    assert done.recorded == Recorded(written=30)
    assert (done.error, done.refused, done.until) == (None, (), 30 * MINUTE)
    assert bench.recorded() == list(range(30))
    assert bench.asked() == [0, 10, 20]
    assert bench.periods == 0


def test_what_was_done_is_not_read_again(bench: Bench, database: str) -> None:
    bench.run(until=25)
    before = tape_report(database)
    bench.run(until=15)
    bench.run(since=5, until=15)
    assert bench.asked() == []
    assert tape_report(database) == before
    bench.run()
    assert bench.asked() == [25]
    assert bench.recorded() == list(range(30))


def test_what_lies_before_is_read_when_it_is_asked_for(bench: Bench) -> None:
    bench.run(since=20)
    bench.run(since=5)
    assert bench.asked()[0] == 5
    assert bench.recorded() == list(range(5, 30))


def test_one_that_was_stopped_goes_on_where_it_was(bench: Bench) -> None:
    bench.exchange.moods = [None, *[ExchangeUnavailable("away")] * 6]
    (done,) = bench.run()
    assert (done.recorded.written, done.error) == (10, "away")
    assert bench.pauses == list(PAUSES)
    bench.run()
    assert bench.asked() == [10, 20]
    assert bench.recorded() == list(range(30))


def test_a_page_is_asked_for_again_after_a_while(bench: Bench) -> None:
    bench.exchange.moods = [ExchangeUnavailable("502"), ExchangeUnavailable("503")]
    (done,) = bench.run()
    assert (done.recorded.written, done.error) == (30, None)
    assert bench.pauses == [1.0, 2.0]
    assert [attempt.reason for attempt in bench.attempts] == ["502", "503"]


def test_an_exchange_that_says_how_long_to_wait_is_taken_at_its_word(bench: Bench) -> None:
    bench.exchange.moods = [ExchangeSaysWait("429", 17.5)]
    assert bench.run()[0].error is None
    assert bench.pauses == [17.5]


def test_too_long_a_wait_ends_a_series_and_the_others_go_on(bench: Bench) -> None:
    bench.serve(ETH, range(100))
    bench.exchange.traits = ExchangeTraits(page=10, at_once=1)
    bench.exchange.moods = [ExchangeSaysWait("banned", LONGEST + 1)]
    first, second = bench.run(BTC, ETH)
    assert (first.error, first.recorded.written) == ("banned", 0)
    assert (second.error, second.recorded.written) == (None, 30)
    assert bench.pauses == []


def test_an_unknown_market_is_refused_at_once(bench: Bench) -> None:
    (done,) = bench.run(Series("sandbox", "XYZ/USDT", "1m"))
    assert done.error == "sandbox has no market XYZ/USDT"
    assert bench.pauses == []


def test_reading_again_finds_what_was_restated(bench: Bench, database: str) -> None:
    bench.run()
    bench.exchange.series[BTC.pair, "1m"][4:6] = [candle(4, 8), candle(5, 9)]
    assert bench.run()[0].recorded == Recorded()
    assert bench.run(again=True)[0].recorded == Recorded(unchanged=28, revised=2)
    assert bench.run(again=True)[0].recorded == Recorded(unchanged=30)
    assert tape_report(database).events == {"CandleClosed": 30, "CandleRevised": 2}


def test_candles_that_cannot_be_are_left_out_one_by_one(bench: Bench) -> None:
    bench.exchange.series[BTC.pair, "1m"][3] = candle(3)._replace(high=Decimal(99))
    bench.exchange.series[BTC.pair, "1m"][7] = candle(7)._replace(low=Decimal(0))
    (done,) = bench.run()
    assert done.refused == (
        "1970-01-01T00:03:00Z: high 99 is below open 100 or close 100",
        "1970-01-01T00:07:00Z: low 0 is not above zero",
    )
    assert [attempt.kind for attempt in bench.attempts] == ["bad candle"] * 2
    assert bench.recorded() == [each for each in range(30) if each not in {3, 7}]


def test_an_answer_of_nothing_but_bad_candles_is_passed(bench: Bench) -> None:
    for minute in range(10):
        bad = candle(minute)._replace(volume=Decimal(-1))
        bench.exchange.series[BTC.pair, "1m"][minute] = bad
    assert len(bench.run()[0].refused) == 10
    assert bench.recorded() == list(range(10, 30))


def test_holes_are_gaps_and_are_filled_when_candles_come(bench: Bench) -> None:
    bench.serve(BTC, [*range(8), *range(12, 100)])
    assert bench.run()[0].recorded == Recorded(written=26, gaps=1)
    assert bench.gaps() == [(8, 12, "outage")]
    bench.serve(BTC, range(100))
    assert bench.run(again=True)[0].recorded == Recorded(written=4, unchanged=26, filled=4)


def test_a_hole_at_the_end_of_what_was_asked_for_is_a_gap(bench: Bench) -> None:
    bench.run(since=28)
    bench.serve(BTC, [*range(5), *range(28, 100)])
    bench.run(until=20)
    assert bench.gaps() == [(5, 28, "outage")]


def test_a_market_that_was_listed_later_begins_later(bench: Bench) -> None:
    bench.serve(BTC, range(23, 100))
    assert bench.run()[0].recorded == Recorded(written=7)
    assert bench.gaps() == []


def test_a_candle_that_is_published_late_is_read_by_the_next(bench: Bench) -> None:
    bench.serve(BTC, range(29))
    bench.run()
    bench.serve(BTC, range(30))
    bench.run()
    assert bench.recorded() == list(range(30))


def test_an_exchange_is_not_asked_for_what_it_does_not_keep(bench: Bench) -> None:
    bench.exchange.traits = ExchangeTraits(page=10, keeps=20)
    bench.run(until=15)
    assert bench.recorded() == list(range(10, 15))
    bench.exchange.now = 50 * MINUTE
    bench.exchange.series[BTC.pair, "1m"] = [candle(minute) for minute in range(30, 60)]
    (done,) = bench.run()
    assert (done.read_from, done.reach) == (30 * MINUTE, 30 * MINUTE)
    assert bench.gaps() == [(15, 30, "out of reach")]


def test_an_exchange_without_a_clock_is_an_error(bench: Bench) -> None:
    bench.exchange.away = True
    with pytest.raises(ExchangeUnavailable):
        bench.run()
    assert bench.pauses == list(PAUSES)


def test_two_backfills_of_an_exchange_do_not_run_at_once(bench: Bench, database: str) -> None:
    other = Backfills(database, "sandbox")
    assert other.lead()
    bench.patience_ms = 10
    with pytest.raises(ExchangeIsBackfilled, match=r"^sandbox: Another backfill"):
        bench.run()
    other.close()


def test_a_killed_backfill_s_lead_is_waited_for(bench: Bench, database: str) -> None:
    other = Backfills(database, "sandbox")
    assert other.lead()
    closing = Timer(0.1, other.close)
    closing.start()
    assert bench.run()[0].recorded.written == 30
    closing.join()


def test_a_scan_may_run_beside(bench: Bench, database: str) -> None:
    scan = MarketMemory(database, "sandbox")
    assert scan.lead()
    assert bench.run()[0].recorded.written == 30
    scan.close()


def test_what_the_database_says_ends_all(bench: Bench) -> None:
    bench.connection.close()
    with pytest.raises(psycopg.OperationalError):
        bench.run()


def test_delisted_markets_are_not_listed(bench: Bench, database: str) -> None:
    for market in bench.exchange.rules:
        fields = {name: getattr(market, name) for name in market.__struct_fields__}
        bench.tape.record([MarketListed(from_ms(0), **{**fields, "exchange": "sandbox"})])
    bench.tape.record([MarketDelisted(from_ms(1), "sandbox", "ETH/USDT", "gone")])
    backfills = Backfills(database, "sandbox")
    assert backfills.listed() == ["BTC/USDT"]
    backfills.close()


def candle(minute: int, volume: int = 7) -> Candle:
    """A flat candle."""
    price = Decimal(100)
    return Candle(minute * MINUTE, price, price, price, price, Decimal(volume))
