"""Verifying all trading of one-minute candles: candles a second, and that it grows linearly.

The database writes the market tape itself. The desk trades its first periods; the rest of the
trading tape is what the replay makes of them, written down as the desk would have.
"""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from time import perf_counter
from typing import LiteralString

import numpy as np
import psycopg

from adapters import bootstrap
from adapters.planning import plans
from adapters.settings import AccountSettings, ExchangeSettings, Settings, StrategySettings
from application.chains import chained
from application.replay.lane import Lane
from application.replay.reliving import relive
from application.replay.tape import RecordedTape
from application.tapes import candle_stream, event_id, period_stream
from application.verify import Verdict, verify
from application.verifying.stories import interest_of, stories_of
from benchmarks.databases import fresh_database
from domain.candles import Series
from domain.market_facts import MarketListed
from domain.times import from_ms

SIZES = [int(each) for each in os.environ.get("CANDLES", "100000 1000000").split()]
MINUTE = 60_000
START = 1_600_000_020_000  # a multiple of a minute
SERIES = Series("bench", "BTC/USDT", "1m")
BY_DESK = 2_000
"""So many events are traded by the desk."""

SETTINGS = Settings(
    exchanges=(ExchangeSettings(name="bench", ccxt_id="binance", pairs=(SERIES.pair,)),),
    accounts=(
        AccountSettings(
            name="bench",
            exchange="bench",
            capital=Decimal(10_000_000),  # enough for as many losses as there are
            strategies=(StrategySettings(name="sma_cross", timeframe="1m"),),
        ),
    ),
)

_WALK: LiteralString = """
    CREATE TEMPORARY TABLE walk (n bigint, open float8, high float8, low float8, close float8,
        volume float8)"""
_AT: LiteralString = """to_char(to_timestamp(%(start)s / 1000 + n * 60 + 60) AT TIME ZONE 'UTC',
    'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
_TAPE: LiteralString = f"""
    INSERT INTO market.tape_events
        (originator_id, originator_version, topic, state, notification_id)
    SELECT stream, version, topic, convert_to(state, 'UTF8'), position FROM (
        SELECT %(candles)s::uuid AS stream, %(start)s + n * 60000 AS version,
            'CandleClosed' AS topic, 2 * n + 2 AS position, format(
            '{{"at":"%%s","close":"%%s","exchange":"bench","high":"%%s","low":"%%s","open":"%%s",'
            '"pair":"BTC/USDT","timeframe":"1m","v":1,"volume":"%%s"}}', {_AT}, close, high, low,
            open, volume) AS state
        FROM walk
        UNION ALL
        SELECT %(periods)s, %(start)s + (n + 1) * 60000, 'PeriodClosed', 2 * n + 3, format(
            '{{"at":"%%1$s","exchange":"bench","markets":1,"missing":[],"seen_at":"%%1$s",'
            '"timeframe":"1m","v":1}}', {_AT})
        FROM walk) AS events ORDER BY position"""
_SERIES: LiteralString = """
    INSERT INTO market.series (exchange, pair, timeframe, stream) VALUES (%s, %s, %s, %s)
    RETURNING id"""
_TYPED: LiteralString = """
    INSERT INTO market.candles SELECT %(series)s, %(start)s + n * 60000, open, high, low, close,
        volume, 2 * n + 2 FROM walk ORDER BY n"""


def main() -> None:
    print(f"{'candles':>10} {'facts':>9} {'seconds':>8} {'candles/s':>10} {'facts/s':>9}")
    taken = {}
    for count in SIZES:
        with fresh_database() as url:
            with closing(bootstrap.market_tape(url)) as tape:
                tape.record([listed()])
            fill(url, count)
            trade(url)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
            taken[count], verdict = checked(url)
        rates = (count / taken[count], verdict.tally.facts / taken[count])
        print(
            f"{count:>10,} {verdict.tally.facts:>9,} {taken[count]:>8.2f} {rates[0]:>10,.0f}"
            f" {rates[1]:>9,.0f}"
        )
    small, *_, large = SIZES
    print(f"{large // small} times the candles: {taken[large] / taken[small]:.2f} times the time")


def listed() -> MarketListed:
    """The market, like a usual one."""
    step, fee = Decimal("0.001"), Decimal("0.001")
    numbers = (Decimal("0.01"), step, step, Decimal(5), fee, fee)
    return MarketListed(from_ms(START), "bench", SERIES.pair, "BTC", "USDT", *numbers)


def fill(url: str, count: int) -> None:
    """Candles and periods as if they had been scanned, each minute's after the other."""
    about = {"start": START, "candles": candle_stream(SERIES),
             "periods": period_stream("bench", "1m")}  # fmt: skip
    with psycopg.connect(url) as connection:
        connection.execute(_WALK)
        with connection.cursor().copy("COPY walk FROM STDIN") as copy:
            for each in walk(count):
                copy.write_row(each)
        connection.execute(_TAPE, about)
        row = connection.execute(_SERIES, [*SERIES, candle_stream(SERIES)]).fetchone()
        assert row is not None
        connection.execute(_TYPED, {**about, "series": row[0]})


def walk(count: int) -> Iterator[tuple[float, ...]]:
    """A walk of prices with two decimals, minute by minute."""
    chance = np.random.default_rng(1)
    closes = np.round(40_000 * np.exp(np.cumsum(chance.normal(0, 0.0005, count))), 2)
    opens = np.concatenate(([40_000.0], closes[:-1]))
    highs = np.round(np.maximum(opens, closes) * 1.0003, 2)
    lows = np.round(np.minimum(opens, closes) * 0.9997, 2)
    volumes = np.round(chance.uniform(1, 300, count), 3)
    columns = (each.tolist() for each in (opens, highs, lows, closes, volumes))
    yield from zip(range(count), *columns, strict=True)


def trade(url: str) -> None:
    """The desk's first pages; then what the replay makes of the rest of the market tape."""
    with bootstrap.trading(url, plans(url, SETTINGS)) as (_, open_desk):
        desk = open_desk()
        while desk.position < BY_DESK:
            desk.trade_page()
        write_down(url, desk.position)


def write_down(url: str, position: int) -> None:
    with bootstrap.verifying(url) as tapes, closing(bootstrap.trading_tape(url)) as tape:
        market, head = tapes.market("bench"), bootstrap.market_head(url)
        replayed = RecordedTape(
            market, interest_of(stories_of(tapes.trading)), tapes.compute, tapes.resolve
        )
        lane = Lane(tape.account("bench"), position)
        for piece in replayed.pieces(position, head):
            events = []
            for (_, frame, close, facts), _ in relive(lane, piece, deque(), lambda *_: []):
                cause = event_id(period_stream("bench", frame), close)
                events += chained("bench", lane.account.version - len(facts), facts, cause)
            tape.record(events, handled=piece.until, before=position)
            position = piece.until


def checked(url: str) -> tuple[float, Verdict]:
    """Seconds that it takes to verify all, and what comes of it."""
    started = perf_counter()
    with bootstrap.verifying(url) as tapes:
        verdict = verify(tapes)
    assert verdict.ok, verdict
    return perf_counter() - started, verdict


if __name__ == "__main__":
    main()
