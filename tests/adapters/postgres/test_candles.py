"""The candle table: written with its events, read as of a position."""

from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from adapters.postgres.candles import CandleTable
from application.tapes import MarketTape
from domain.candles import Candles, Series
from domain.market_facts import candle_revised
from domain.times import to_ms
from tests.projections.history import D, ask, candle_at, closed, period_closed
from tests.scenario import BTC, ETH, XRP, at


@pytest.fixture
def table(database: str) -> Iterator[CandleTable]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield CandleTable(connection, "binance", "1h")


def ms(hour: int) -> int:
    return to_ms(at(hour))


def opens(candles: Candles) -> list[float]:
    return [float(price) for price in candles.open]


def record_with_revisions(tape: MarketTape) -> None:
    """Three candles at positions 1 to 3; then the first changes, the second, the first again."""
    tape.record([closed(BTC, at(hour), str(100 + hour)) for hour in range(3)])
    for hour, price in ((0, "200"), (1, "201"), (0, "300")):
        revised = candle_revised(Series("binance", BTC, "1h"), candle_at(at(hour), price))
        tape.record([revised])


def test_candles_are_written_with_their_events(database: str, market_tape: MarketTape) -> None:
    market_tape.record(
        [closed(BTC, at(0), "1.5"), closed(ETH, at(0), "2.25"), period_closed(at(1))]
    )
    both = """
        SELECT e.position, (e.fact->>'open')::float8, (e.fact->>'volume')::float8
        FROM market.events AS e WHERE topic = 'CandleClosed' ORDER BY 1"""
    assert ask(database, both) == ask(
        database, "SELECT position, open, volume FROM market.candles ORDER BY 1"
    )


def test_a_revised_candle_keeps_both_values_by_position(
    database: str, market_tape: MarketTape, table: CandleTable
) -> None:
    market_tape.record([closed(BTC, at(0), "100"), closed(BTC, at(1), "101")])
    series = Series("binance", BTC, "1h")
    market_tape.record([candle_revised(series, candle_at(at(0), "200"))])
    market_tape.record([candle_revised(series, candle_at(at(0), "300"))])
    as_of = [opens(table.between(BTC, 0, ms(9), position)) for position in range(5)]
    assert as_of == [[], [100], [100, 101], [200, 101], [300, 101]]
    newest = table.newest([BTC], ms(0), 3, 5)[BTC]
    assert (opens(newest), newest.candle(0).open) == ([200], Decimal(200))


def test_all_versions_of_a_span_are_read_by_open_time_then_position(
    market_tape: MarketTape, table: CandleTable
) -> None:
    record_with_revisions(market_tape)
    versions = table.versions(BTC, ms(0), ms(2), 9)
    assert versions.candles.open_time.tolist() == [ms(0), ms(0), ms(0), ms(1), ms(1)]
    assert opens(versions.candles) == [100, 200, 300, 101, 201]
    assert versions.position.tolist() == [1, 4, 6, 2, 5]
    assert versions.superseded_by.tolist() == [4, 6, 0, 5, 0]


def test_versions_as_of_a_position_know_nothing_later(
    market_tape: MarketTape, table: CandleTable
) -> None:
    record_with_revisions(market_tape)
    versions = table.versions(BTC, 0, ms(9), 4)
    assert versions.position.tolist() == [1, 4, 2, 3]
    assert versions.superseded_by.tolist() == [4, 0, 0, 0]
    assert len(table.versions(BTC, 0, ms(9), 0)) == len(table.versions(ETH, 0, ms(9), 9)) == 0


def test_versions_give_the_candles_as_of_any_earlier_position(
    market_tape: MarketTape, table: CandleTable
) -> None:
    record_with_revisions(market_tape)
    versions = table.versions(BTC, ms(0), ms(2), 6)
    for position in range(7):
        known, read = versions.as_of(position), table.between(BTC, ms(0), ms(2), position)
        for column in Candles.__slots__:
            assert getattr(known, column).tolist() == getattr(read, column).tolist()


def test_the_newest_candles_of_each_pair_end_at_a_time(
    market_tape: MarketTape, table: CandleTable
) -> None:
    market_tape.record([closed(BTC, at(hour), str(hour + 1)) for hour in range(6)])
    market_tape.record([closed(ETH, at(hour), str(hour + 1)) for hour in (0, 2)])
    newest = table.newest([XRP, ETH, BTC], ms(4), 8, 3)
    assert {pair: opens(candles) for pair, candles in newest.items()} == {
        BTC: [3, 4, 5],
        ETH: [1, 3],
        XRP: [],
    }


def test_only_candles_behind_the_period_before_are_late(
    market_tape: MarketTape, table: CandleTable
) -> None:
    market_tape.record([closed(BTC, at(0)), period_closed(at(1), [ETH])])
    market_tape.record([closed(ETH, at(0)), closed(BTC, at(1)), period_closed(at(2), [ETH])])
    market_tape.record([closed(ETH, at(2)), period_closed(at(3), [BTC])])
    assert table.disturbed(ms(1), ms(0), 2) == set()
    assert table.disturbed(ms(2), ms(1), 5) == {ETH}
    assert table.disturbed(ms(3), ms(2), 7) == set()
    assert table.late(ms(2), ms(1), 5, ms(0)) == [(ETH, candle_at(at(0)))]
    assert table.late(ms(2), ms(1), 5, ms(1)) == []


def test_a_candle_that_changed_behind_the_period_before_is_late_with_its_new_numbers(
    market_tape: MarketTape, table: CandleTable
) -> None:
    market_tape.record([closed(BTC, at(0)), closed(ETH, at(0)), period_closed(at(1))])
    revised = candle_revised(Series("binance", BTC, "1h"), candle_at(at(0), "90"))
    market_tape.record([revised, closed(BTC, at(1)), period_closed(at(2))])
    market_tape.record([closed(BTC, at(2)), period_closed(at(3))])
    assert table.disturbed(ms(2), ms(1), 6) == {BTC}
    assert table.late(ms(2), ms(1), 6, ms(0)) == [(BTC, candle_at(at(0), "90"))]
    assert table.disturbed(ms(3), ms(2), 8) == set()


def test_a_period_s_candles_and_extremes_are_as_of_a_position(
    market_tape: MarketTape, table: CandleTable
) -> None:
    market_tape.record([closed(BTC, at(0), "100"), closed(BTC, at(1), "110")])
    assert set(table.at(ms(1), 1)) == set()
    assert set(table.at(ms(1), 2)) == {BTC}
    assert table.extremes(BTC, ms(0), ms(2), 2) == (D(112), D(98))
    assert table.extremes(BTC, ms(0), ms(2), 1) == (D(102), D(98))
    assert table.extremes(BTC, ms(3), ms(4), 2) is None
