"""Appending candles in bulk: our market recorder against the event library's own.

Ours also writes the typed candle table; the stock one writes events alone.
"""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import psycopg
from eventsourcing.persistence import JSONTranscoder, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import Cursor
from psycopg.rows import DictRow

from adapters.postgres.recorders import Datastore, MarketRecorder, send_all
from application.tapes import FactMapper, TapeEvent, market_stream, market_version
from benchmarks.databases import fresh_database
from domain.candles import Candle, Series
from domain.market_facts import CandleClosed, candle_closed
from domain.values import exact

COUNT = 40_000
PAGES = (500, 5_000)
ROUNDS = 3
Append = Callable[[Sequence[StoredEvent], Sequence[tuple[int, CandleClosed]]], object]


class Stock(PostgresApplicationRecorder):
    """The library's own, kept from waiting for ever in the midst of a large statement."""

    def _insert_stored_events(
        self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> None:
        super()._insert_stored_events(curs, stored_events, **kwargs)
        send_all(curs.connection)


def candles(run: int) -> list[CandleClosed]:
    """Candles of one-minute series, as many as `COUNT`; each run has its own."""
    facts = []
    for number in range(COUNT):
        pair = f"C{run}N{number % 100}/USDT"
        first, high, low, last = (exact(100 + ((number + step) % 977) / 100) for step in range(4))
        candle = Candle(number // 100 * 60_000, first, high, low, last, exact(number % 31 + 0.5))
        facts.append(candle_closed(Series("binance", pair, "1m"), candle))
    return facts


def stored(facts: Sequence[CandleClosed]) -> list[StoredEvent]:
    """The rows of facts, encoded before the clock runs."""
    mapper = FactMapper(JSONTranscoder())
    events = [TapeEvent(market_stream(fact), market_version(fact) or 0, fact) for fact in facts]
    return [mapper.to_stored_event(event) for event in events]


def per_second(append: Append, facts: Sequence[CandleClosed], page: int) -> float:
    """Candles a second in transactions of `page`."""
    rows = stored(facts)
    started = perf_counter()
    for first in range(0, COUNT, page):
        part = [(place, fact) for place, fact in enumerate(facts[first : first + page], start=1)]
        append(rows[first : first + page], part)
    return COUNT / (perf_counter() - started)


def main() -> None:
    with fresh_database() as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE SCHEMA stock")
        ours, stock = Datastore(url, "market"), Datastore(url, "stock")
        market = MarketRecorder(ours, events_table_name="tape_events")
        library = Stock(stock, events_table_name="stock_events")
        library.create_table()

        def append_ours(
            rows: Sequence[StoredEvent], part: Sequence[tuple[int, CandleClosed]]
        ) -> None:
            market.insert_events(rows, candles=part)

        def append_stock(
            rows: Sequence[StoredEvent], _: Sequence[tuple[int, CandleClosed]]
        ) -> None:
            library.insert_events(rows)

        def bare(rows: Sequence[StoredEvent], _: Sequence[tuple[int, CandleClosed]]) -> None:
            market.insert_events(rows)

        heads = ("page", "stock/s", "ours/s", "ratio", "no table/s", "ratio")
        print(" ".join(f"{head:>10}" for head in heads))
        run = 0
        for page in PAGES:
            best = {}
            for name, append in (("stock", append_stock), ("ours", append_ours), ("bare", bare)):
                rates = []
                for _ in range(ROUNDS):
                    run += 1
                    rates.append(per_second(append, candles(run), page))
                best[name] = max(rates)
            print(
                f"{page:>10} {best['stock']:>10.0f} {best['ours']:>10.0f}"
                f" {best['ours'] / best['stock']:>10.2f} {best['bare']:>10.0f}"
                f" {best['bare'] / best['stock']:>10.2f}"
            )
        ours.close()
        stock.close()


if __name__ == "__main__":
    main()
