"""Importing: new candles written, known ones skipped, changed ones revised; cut short or not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import psycopg
import pytest

from adapters.postgres.candles import CandleTable, Connection
from adapters.postgres.gap_memory import GapMemory
from adapters.postgres.market_memory import MarketMemory
from adapters.postgres.reports import tape_report
from application.importing import PAGE, ExchangeIsScanned, Importing
from application.recording import Recorded
from application.tapes import MarketTape
from domain.candles import Candle, Candles, Series
from domain.facts import Fact

MINUTE = 60_000
SERIES = Series("sandbox", "BTC/USDT", "1m")


class Given:
    """Candles that a test makes up."""

    def __init__(self, candles: Candles) -> None:
        self.candles = candles

    def exact(self, start: int, stop: int) -> list[Candle]:
        return [self.candles.candle(place) for place in range(start, stop)]


class Killed(BaseException):
    """Stands for the end of the process."""


class MortalTape(MarketTape):
    """A market tape whose process ends before the append after `appends`."""

    name = "tape"
    appends = 0

    def record(self, facts: Sequence[Fact]) -> None:
        if self.appends == 0:
            raise Killed
        self.appends -= 1
        super().record(facts)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def table(connection: Connection) -> CandleTable:
    return CandleTable(connection, SERIES.exchange, SERIES.timeframe)


@pytest.fixture
def gaps(connection: Connection) -> GapMemory:
    return GapMemory(connection)


@pytest.fixture
def memory(database: str) -> Iterator[MarketMemory]:
    held = MarketMemory(database, SERIES.exchange)
    yield held
    held.close()


@pytest.fixture
def importing(
    market_tape: MarketTape, memory: MarketMemory, table: CandleTable, gaps: GapMemory
) -> Importing:
    return Importing(SERIES, market_tape, memory, table, gaps, quiet_candles=True)


def test_what_is_imported_is_on_the_tape_in_time_order(
    importing: Importing, market_tape: MarketTape, table: CandleTable
) -> None:
    given = minutes(25)
    assert importing.run(given) == Recorded(written=25)
    recorded = table.between(SERIES.pair, 0, 100 * MINUTE, market_tape.head())
    assert [recorded.candle(n) for n in range(25)] == given.exact(0, 25)
    assert market_tape.head() == 25


def test_importing_twice_changes_nothing(importing: Importing, database: str) -> None:
    importing.run(minutes(25))
    before = tape_report(database)
    assert importing.run(minutes(25)) == Recorded(unchanged=25)
    assert tape_report(database) == before


def test_what_the_tape_lacks_before_between_and_behind_is_added(
    importing: Importing, database: str
) -> None:
    importing.run(without(minutes(10), 0, 4, 5, 9))
    assert importing.run(minutes(10)) == Recorded(written=4, unchanged=6, filled=2)
    assert tape_report(database).candles == 10


def test_a_candle_with_other_numbers_is_revised_and_both_stay(
    importing: Importing, market_tape: MarketTape, table: CandleTable
) -> None:
    importing.run(minutes(5))
    before = market_tape.head()
    assert importing.run(changed(minutes(6), place=2)) == Recorded(1, 4, 1)
    old = table.between(SERIES.pair, 0, 100 * MINUTE, before)
    new = table.between(SERIES.pair, 0, 100 * MINUTE, market_tape.head())
    assert [old.candle(2).volume, new.candle(2).volume] == [Decimal(3), Decimal("1003")]
    assert len(new) == 6


def test_a_revision_is_not_repeated_and_can_be_taken_back(
    importing: Importing, database: str
) -> None:
    importing.run(minutes(5))
    importing.run(changed(minutes(5), place=2))
    assert importing.run(changed(minutes(5), place=2)) == Recorded(unchanged=5)
    assert importing.run(minutes(5)) == Recorded(unchanged=4, revised=1)
    assert tape_report(database).events == {"CandleClosed": 5, "CandleRevised": 2}


def test_an_import_that_was_cut_short_is_completed_by_the_next(
    importing: Importing,
    market_tape: MarketTape,
    memory: MarketMemory,
    table: CandleTable,
    gaps: GapMemory,
    database: str,
) -> None:
    given = minutes(2 * PAGE + 10)
    mortal = MortalTape(env=dict(market_tape.env))
    mortal.appends = 1
    with pytest.raises(Killed):
        Importing(SERIES, mortal, memory, table, gaps, quiet_candles=True).run(given)
    mortal.close()
    assert tape_report(database).candles == PAGE
    assert importing.run(given) == Recorded(written=PAGE + 10, unchanged=PAGE)
    recorded = table.between(SERIES.pair, 0, 2**62, market_tape.head())
    assert np.array_equal(recorded.open_time, given.candles.open_time)
    assert np.array_equal(recorded.close, given.candles.close)


def test_progress_hears_of_every_candle(importing: Importing) -> None:
    heard: list[int] = []
    importing.run(minutes(PAGE + 3), heard.append)
    assert heard == [PAGE, 3]


def test_no_import_beside_a_scan_of_the_same_exchange(importing: Importing, database: str) -> None:
    scan = MarketMemory(database, SERIES.exchange)
    assert scan.lead()
    with pytest.raises(ExchangeIsScanned, match=r"^sandbox: A scan or another import"):
        importing.run(minutes(1))
    scan.close()
    assert tape_report(database).candles == 0


def test_a_scan_of_another_exchange_does_not_matter(importing: Importing, database: str) -> None:
    scan = MarketMemory(database, "another")
    assert scan.lead()
    assert importing.run(minutes(1)) == Recorded(written=1)
    scan.close()


def minutes(count: int) -> Given:
    """Candles of the first minutes; the volume counts them."""
    places = np.arange(count, dtype=np.int64)
    price = np.asarray(100 + places % 7, dtype=np.float64)
    volume = places.astype(np.float64) + 1
    return Given(Candles(places * MINUTE, price, price + 1, price - 1, price, volume))


def changed(given: Given, *, place: int) -> Given:
    """The same with another volume in one place."""
    volume = given.candles.volume.copy()
    volume[place] += 1_000
    return Given(replace(given.candles, volume=volume))


def without(given: Given, *places: int) -> Given:
    """The same with some candles left out."""
    names = Candles.__dataclass_fields__
    return Given(Candles(*(np.delete(getattr(given.candles, name), places) for name in names)))
