"""What becomes of holes: outages are gaps, quiet is none, and what comes later fills."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import psycopg
import pytest

from adapters.candle_files import FileCandles, read_candles
from adapters.postgres.candles import CandleTable, Connection
from adapters.postgres.gap_memory import GapMemory
from adapters.postgres.reports import tape_report
from application.ports import RecordedGap
from application.recording import Recorded, Recording
from application.tapes import MarketTape, fill_stream, gap_stream
from domain.candles import Candle, Candles, Series
from domain.facts import Fact, decode
from domain.market_facts import GapFilled, GapFound
from domain.times import from_ms

RECORDED = Path(__file__).parents[3] / "shared" / "market-data"
MINUTE = 60_000
SERIES = Series("sandbox", "BTC/USDT", "1m")
LATER = 2**50

Record = Callable[..., Recorded]


class Given:
    """Candles of some minutes."""

    def __init__(self, *minutes: int) -> None:
        times = np.array(minutes, dtype=np.int64) * MINUTE
        price = np.full(len(times), 100.0)
        self.candles = Candles(times, price, price + 1, price - 1, price, price)

    def exact(self, start: int, stop: int) -> list[Candle]:
        return [self.candles.candle(place) for place in range(start, stop)]


class BusyTape(MarketTape):
    """A tape onto which a scan writes the same candles just before us, `races` times."""

    name = "tape"
    races = 1

    def record(self, facts: Sequence[Fact]) -> None:
        if self.races:
            self.races -= 1
            super().record(facts[:1])
        super().record(facts)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def record(market_tape: MarketTape, connection: Connection) -> Record:
    """Records all of what is given, in pages of so many candles."""
    gaps = GapMemory(connection)

    def record_all(
        given: Given | FileCandles,
        series: Series = SERIES,
        *,
        quiet_candles: bool = True,
        reach: int = 0,
        page: int = 10_000,
        tape: MarketTape = market_tape,
    ) -> Recorded:
        table = CandleTable(connection, series.exchange, series.timeframe)
        since, end = int(given.candles.open_time[0]), len(given.candles)
        recording = Recording(
            series, tape, table, gaps, since, quiet_candles=quiet_candles, reach=reach
        )
        pages = (
            recording.page(given, start, min(start + page, end)) for start in range(0, end, page)
        )
        return sum(pages, Recorded())

    return record_all


def test_a_hole_is_a_gap_where_quiet_has_candles(record: Record, market_tape: MarketTape) -> None:
    assert record(Given(0, 1, 4, 5)) == Recorded(written=4, gaps=1)
    (gap,) = gaps_on(market_tape)
    assert (gap.since, gap.until, gap.candles) == (minute(2), minute(4), 2)
    assert (gap.reason, gap.at) == ("outage", minute(5))


def test_a_hole_between_two_pages_is_found_too(record: Record, market_tape: MarketTape) -> None:
    assert record(Given(0, 1, 4, 5), page=2).gaps == 1
    assert gaps_on(market_tape)[0].since == minute(2)


def test_what_was_not_asked_for_is_not_missing(record: Record) -> None:
    record(Given(0, 1))
    assert record(Given(10, 11)).gaps == 0


def test_a_hole_may_be_a_quiet_one_where_quiet_has_no_candles(record: Record) -> None:
    traded = (place for place in range(300) if place % 3)
    assert record(Given(*traded, 303), quiet_candles=False).gaps == 0


def test_a_long_silence_of_a_busy_market_is_an_outage(
    record: Record, market_tape: MarketTape
) -> None:
    given = Given(*range(300), *range(340, 350))
    assert record(given, quiet_candles=False, page=7) == Recorded(written=310, gaps=1)
    assert gaps_on(market_tape)[0].candles == 40


def test_what_the_exchange_keeps_no_more_is_out_of_reach(
    record: Record, market_tape: MarketTape
) -> None:
    record(Given(0, 5, 9), reach=7 * MINUTE)
    assert [gap.reason for gap in gaps_on(market_tape)] == ["out of reach", "out of reach"]
    assert record(Given(9, 12), reach=7 * MINUTE).gaps == 1
    assert gaps_on(market_tape)[-1].reason == "outage"


def test_what_comes_into_a_gap_fills_it_run_by_run(record: Record, market_tape: MarketTape) -> None:
    record(Given(0, 10))
    assert record(Given(*range(3, 6), 7)) == Recorded(written=4, filled=4)
    assert [(fill.since, fill.until, fill.candles) for fill in fills_on(market_tape)] == [
        (minute(3), minute(6), 3),
        (minute(7), minute(8), 1),
    ]
    assert [fill.at for fill in fills_on(market_tape)] == [minute(6), minute(8)]


def test_what_is_left_of_a_gap_is_not_found_again(
    record: Record, market_tape: MarketTape, connection: Connection
) -> None:
    record(Given(0, 10))
    record(Given(0, 4, 5, 10))
    assert len(gaps_on(market_tape)) == 1
    (gap,) = GapMemory(connection).gaps([SERIES], 0, LATER)[SERIES]
    assert gap == RecordedGap(MINUTE, 10 * MINUTE, ((4 * MINUTE, 6 * MINUTE),))
    assert record(Given(*range(11))) == Recorded(written=7, unchanged=4, filled=7)
    assert sum(fill.candles for fill in fills_on(market_tape)) == 9


def test_the_same_again_writes_nothing(record: Record, database: str) -> None:
    record(Given(0, 1, 4, 9))
    before = tape_report(database)
    assert record(Given(0, 1, 4, 9)) == Recorded(unchanged=4)
    assert tape_report(database) == before


def test_gaps_are_those_that_reach_into_the_range(record: Record, connection: Connection) -> None:
    record(Given(0, 10, 20, 30))
    memory = GapMemory(connection)
    other = Series("sandbox", "ETH/USDT", "1m")
    found = memory.gaps([SERIES, other], 15 * MINUTE, 21 * MINUTE)
    assert [gap.since for gap in found[SERIES]] == [11 * MINUTE]
    assert found[other] == []
    assert memory.gaps([SERIES], 20 * MINUTE, 21 * MINUTE)[SERIES] == []


def test_what_a_scan_writes_meanwhile_is_compared_again(
    record: Record, market_tape: MarketTape, database: str
) -> None:
    busy = BusyTape(env=dict(market_tape.env))
    assert record(Given(0, 1, 2), tape=busy) == Recorded(written=2, unchanged=1)
    assert tape_report(database).events == {"CandleClosed": 3}
    busy.close()


def test_the_seam_behind_what_was_asked_for_is_a_gap(
    market_tape: MarketTape, connection: Connection, record: Record
) -> None:
    record(Given(0, 1))
    record(Given(20, 21))
    table = CandleTable(connection, SERIES.exchange, SERIES.timeframe)
    recording = Recording(SERIES, market_tape, table, GapMemory(connection), 0, quiet_candles=True)
    assert recording.seam(10 * MINUTE) == Recorded(gaps=1)
    assert recording.seam(10 * MINUTE) == Recorded()
    assert recording.seam(2 * MINUTE) == Recorded()
    assert gaps_on(market_tape)[0].candles == 18


needs_recorded_data = pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded candles here")


@needs_recorded_data
def test_real_outages_are_told_from_thousands_of_quiet_holes(
    record: Record, market_tape: MarketTape
) -> None:
    file = "bitfinex/BTC-USD/1m.2016-08-halt"
    record(recorded_candles(file), recorded_series(file), quiet_candles=False)
    gaps = gaps_on(market_tape, recorded_series(file))
    assert [(f"{gap.since:%m-%dT%H:%M}", gap.candles) for gap in gaps] == [
        ("07-26T23:03", 11),
        ("07-26T23:39", 159),
        ("08-02T18:03", 11_390),  # the hack
        ("08-13T23:33", 18),
    ]


@needs_recorded_data
def test_the_quiet_holes_of_a_quiet_market_are_no_gaps(record: Record) -> None:
    file = "kraken/BTC-USDT/1m"
    assert record(recorded_candles(file), recorded_series(file), quiet_candles=False).gaps == 0


@needs_recorded_data
def test_a_spot_halt_is_one_outage(record: Record, market_tape: MarketTape) -> None:
    file = "binance/BTC-USDT/5m.2023"
    record(part(recorded_candles(file), 20_000, 30_000), recorded_series(file))
    (gap,) = gaps_on(market_tape, recorded_series(file))
    assert (f"{gap.since:%Y-%m-%dT%H:%M}", gap.candles) == ("2023-03-24T12:40", 16)


@needs_recorded_data
def test_a_halted_market_is_an_outage(record: Record, market_tape: MarketTape) -> None:
    file = "binance/BTCST-USDT/1h.2021"
    record(recorded_candles(file), recorded_series(file))
    gaps = gaps_on(market_tape, recorded_series(file))
    assert max((gap.candles, f"{gap.since:%Y-%m-%dT%H:%M}") for gap in gaps) == (
        96, "2021-03-15T07:00",
    )  # fmt: skip


@needs_recorded_data
def test_restated_history_is_revised_and_nothing_else(
    record: Record, market_tape: MarketTape
) -> None:
    series = Series("binance", "BTC/USDT", "1h")
    assert record(recorded_candles("binance/BTC-USDT/1h.2021"), series).gaps == 6
    assert record(recorded_candles("binance/BTC-USDT/1h.2017-2024"), series).revised == 3
    revised = market_tape.recorder.select_notifications(None, 10, topics=["CandleRevised"])
    closes = [decode(row.topic, row.state).at.strftime("%Y-%m-%dT%H:%M") for row in revised]
    assert closes == ["2020-12-21T14:00", "2021-01-11T09:00", "2021-04-23T02:00"]
    assert len(gaps_on(market_tape, series)) == 28


def recorded_series(file: str) -> Series:
    exchange, pair, name = file.split("/")
    return Series(exchange, pair.replace("-", "/"), name.partition(".")[0])


def recorded_candles(file: str) -> FileCandles:
    return read_candles([RECORDED / f"{file}.parquet"], recorded_series(file).frame, LATER)


def part(given: FileCandles, start: int, stop: int) -> Given:
    """Some of the candles of a file."""
    some = Given()
    some.candles = given.candles[start:stop]
    return some


def gaps_on(tape: MarketTape, series: Series = SERIES) -> list[GapFound]:
    """The recorded gaps, in time order."""
    rows = tape.recorder.select_events(gap_stream(series))
    return [fact for row in rows if isinstance(fact := decode(row.topic, row.state), GapFound)]


def fills_on(tape: MarketTape, series: Series = SERIES) -> list[GapFilled]:
    """What filled them, in time order."""
    rows = tape.recorder.select_events(fill_stream(series))
    return [fact for row in rows if isinstance(fact := decode(row.topic, row.state), GapFilled)]


def minute(count: int) -> datetime:
    """The open of that minute."""
    return from_ms(count * MINUTE)
