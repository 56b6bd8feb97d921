"""A step of the bot with a short and a long history behind each market, and the first answer.

One step is a scan of a period, its decision and its projections. Both databases are stepped in
turn, so that a noisy machine is noisy for both.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from decimal import Decimal
from statistics import median
from threading import Event
from time import perf_counter, sleep

import httpx
import psycopg

from adapters import bootstrap
from adapters.exchanges.fake import FakeExchange
from adapters.exchanges.pace import RunningPace
from adapters.planning import plans, scan_plan
from adapters.postgres.attempts import AttemptTable
from adapters.postgres.market_memory import MarketMemory
from adapters.settings import AccountSettings, ExchangeSettings, Settings, StrategySettings
from application.scanning import Scan
from application.tapes import candle_stream, period_stream
from benchmarks.databases import fresh_database
from domain.candles import Candle, Series
from domain.markets import MarketRules

PAIRS = ("AAA/USDT", "BBB/USDT", "CCC/USDT")
MINUTE = 60_000
START = 1_600_000_020_000  # a multiple of a minute
SHORT, LONG = 1_000, int(os.environ.get("CANDLES", "1000000"))
STEPS = 60

SETTINGS = Settings(
    exchanges=(ExchangeSettings(name="bench", ccxt_id="binance", pairs=PAIRS),),
    accounts=(
        AccountSettings(
            name="bench",
            exchange="bench",
            strategies=(StrategySettings(name="ema_cross", timeframe="1m"),),
        ),
    ),
)

_CANDLES = """
    INSERT INTO market.tape_events
        (originator_id, originator_version, topic, state, notification_id)
    SELECT %(stream)s, %(start)s + n * 60000, 'CandleClosed', convert_to(format(
        '{"at":"%%s","close":"%%s","exchange":"bench","high":"102","low":"98","open":"100",'
        '"pair":"%%s","timeframe":"1m","v":1,"volume":"5"}',
        to_char(to_timestamp(%(start)s / 1000 + n * 60 + 60) AT TIME ZONE 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        trim_scale(round((100 + sin(n / 20.0))::numeric, 4)), %(pair)s::text), 'UTF8'),
        %(after)s + n + 1
    FROM generate_series(0, %(count)s::bigint - 1) AS n"""
_TYPED = """
    INSERT INTO market.candles SELECT %(series)s, %(start)s + n * 60000, 100, 102, 98,
        round((100 + sin(n / 20.0))::numeric, 4), 5, %(after)s + n + 1
    FROM generate_series(0, %(count)s::bigint - 1) AS n"""
_PERIODS = """
    INSERT INTO market.tape_events
        (originator_id, originator_version, topic, state, notification_id)
    SELECT %(stream)s, %(start)s + (n + 1) * 60000, 'PeriodClosed', convert_to(format(
        '{"at":"%%1$s","exchange":"bench","markets":3,"missing":[],"seen_at":"%%1$s",'
        '"timeframe":"1m","v":1}',
        to_char(to_timestamp(%(start)s / 1000 + n * 60 + 60) AT TIME ZONE 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'UTF8'), %(after)s + n + 1
    FROM generate_series(0, %(count)s::bigint - 1) AS n"""


def fill(url: str, count: int) -> None:
    """Candles and periods as if they had been scanned and traded, written by the database."""
    after = 0
    with psycopg.connect(url) as connection:
        for number, pair in enumerate(PAIRS):
            series = Series("bench", pair, "1m")
            about = {"start": START, "count": count, "after": after, "pair": pair}
            row = connection.execute(
                "INSERT INTO market.series (exchange, pair, timeframe, stream)"
                " VALUES (%s, %s, %s, %s) RETURNING id",
                [*series, candle_stream(series)],
            ).fetchone()
            assert row is not None
            connection.execute(_CANDLES, {**about, "stream": candle_stream(series)})
            connection.execute(_TYPED, {**about, "series": row[0]})
            after = (number + 1) * count
        about = {"start": START, "count": count, "after": after}
        connection.execute(_PERIODS, {**about, "stream": period_stream("bench", "1m")})
        head = after + count
        connection.execute("INSERT INTO trading.tape_tracking VALUES ('market', %s)", [head])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    for group in bootstrap.GROUPS:
        with bootstrap.projecting(url, group):
            pass
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO read.positions SELECT name, 'market', %s"
            " FROM unnest(ARRAY['markets', 'scans', 'gaps', 'exchanges', 'indicators']) AS name",
            [head],
        )


class Bot:
    """Scan, desk and projectors over one database, stepped by hand."""

    def __init__(self, url: str, count: int, stack: ExitStack) -> None:
        self.exchange = FakeExchange("bench", [rules(pair) for pair in PAIRS], {})
        self.close = START + count * MINUTE
        tape = stack.enter_context(closing(bootstrap.market_tape(url)))
        memory = stack.enter_context(closing(MarketMemory(url, "bench")))
        log = stack.enter_context(closing(AttemptTable(url, "bench")))
        wanted = plans(url, SETTINGS)
        plan = scan_plan(wanted, SETTINGS.exchanges[0])
        pace = RunningPace(Event(), is_real=False)
        self.scan = Scan(self.exchange, tape, memory, plan, pace, log)
        _, open_desk = stack.enter_context(bootstrap.trading(url, wanted))
        self.desk = open_desk()
        self.projectors = [
            stack.enter_context(bootstrap.projecting(url, group)) for group in bootstrap.GROUPS
        ]

    def step(self) -> float:
        """Milliseconds for the next period, from scan to read models."""
        number = (self.close - START) // MINUTE
        price = Decimal(100) + Decimal(number % 40 - 20) / 20
        candle = Candle(self.close, price, price + 2, price - 2, price, Decimal(5))
        self.close += MINUTE
        forming = candle._replace(open_time=self.close)
        for pair in PAIRS:
            self.exchange.series[pair, "1m"] = [candle, forming]
        self.exchange.now = self.close
        started = perf_counter()
        asyncio.run(self.scan.run())
        while self.desk.trade_page():
            pass
        for projector in self.projectors:
            projector.catch_up()
        return (perf_counter() - started) * 1000


def rules(pair: str) -> MarketRules:
    """Rules like those of a usual market."""
    step, fee = Decimal("0.0001"), Decimal("0.001")
    base, quote = pair.split("/")
    return MarketRules("bench", pair, base, quote, step, step, step, Decimal(5), fee, fee)


def first_answer(url: str) -> float:
    """Seconds from starting `papertape serve` to the first answer of `/v1/status`."""
    environment = {**os.environ, "PAPERTAPE_DATABASE_URL": url}
    started = perf_counter()
    with serving(environment) as address:
        while perf_counter() - started < 60:
            try:
                httpx.get(f"{address}/v1/status", timeout=30).raise_for_status()
            except httpx.TransportError:
                sleep(0.01)
            else:
                return perf_counter() - started
    raise TimeoutError("no answer within a minute")


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[str]:
    """`papertape serve` in a process; yields its address once it is told."""
    command = [sys.executable, "-m", "jobs.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        try:
            yield next(word for word in said.split() if word.startswith("http"))
        finally:
            process.terminate()
            process.stderr.read()


def main() -> None:
    with ExitStack() as stack:
        urls = {count: stack.enter_context(fresh_database()) for count in (SHORT, LONG)}
        for count, url in urls.items():
            fill(url, count)
        bots = {count: Bot(url, count, stack) for count, url in urls.items()}
        times: dict[int, list[float]] = {count: [] for count in urls}
        for _ in range(STEPS):
            for count, bot in bots.items():
                times[count].append(bot.step())
        steps = {count: median(taken[5:]) for count, taken in times.items()}
        answers = {count: first_answer(url) for count, url in urls.items()}
    print(f"{'candles a market':>17} {'ms a step':>10} {'s to the first answer':>22}")
    for count in (SHORT, LONG):
        print(f"{count:>17} {steps[count]:>10.1f} {answers[count]:>22.2f}")
    print(f"ratio of a step {steps[LONG] / steps[SHORT]:.2f}")


if __name__ == "__main__":
    main()
