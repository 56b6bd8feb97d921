"""A period of many markets: scan, decide, project; and what a candle takes on disk.

The exchange is the sandbox in a process of its own, the client is ccxt, without a limit. A scan is
timed from the close to the commit of `PeriodClosed`. `MARKETS` in the environment: `500,1000`.
"""

import asyncio
import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event
from time import perf_counter
from typing import Any, NamedTuple

import psycopg

from adapters import bootstrap
from adapters.exchanges.pace import LockstepPace
from adapters.planning import plans, scan_plan
from adapters.settings import AccountSettings, ExchangeSettings, Settings, StrategySettings
from application.desk import Desk
from application.scanning import Scan
from benchmarks.databases import fresh_database
from jobs.sandbox_process import SandboxProcess, sandbox_process
from projections.projector import Projector

MARKETS = tuple(map(int, os.environ.get("MARKETS", "500,1000").split(",")))
PERIODS = int(os.environ.get("PERIODS", "10"))
MINUTE = 60_000
START = 1_736_164_800_000  # 2025-01-06T12:00Z

_SIZES = """
    SELECT c.oid::regclass::text, pg_relation_size(c.oid) FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('market', 'trading', 'read', 'ops') AND c.relkind IN ('r', 'i')"""
_CANDLES = "SELECT count(*), 0 FROM market.candles"


class Took(NamedTuple):
    """Seconds of one period."""

    scan: float
    decide: float
    project: float


def settings(url: str) -> Settings:
    """All markets of the sandbox, traded by one account."""
    exchange = ExchangeSettings(
        name="bench", ccxt_id="binance", quotes=("USDT",), url=url, requests_per_second=1e9
    )
    strategies = (StrategySettings(name="ema_cross", timeframe="1m"),)
    account = AccountSettings(name="bench", exchange="bench", strategies=strategies)
    return Settings(exchanges=(exchange,), accounts=(account,))


@dataclass(frozen=True, slots=True)
class Bot:
    """All parts of the bot, stepped by hand."""

    scan: Scan
    desk: Desk
    projectors: list[Projector]

    async def step(self) -> Took:
        """One scan, and what follows from it."""
        began = perf_counter()
        await self.scan.run()
        scanned = perf_counter()
        while self.desk.trade_page():
            pass
        decided = perf_counter()
        for projector in self.projectors:
            projector.catch_up()
        return Took(scanned - began, decided - scanned, perf_counter() - decided)


async def measured(url: str, sandbox: SandboxProcess) -> tuple[Took, list[Took]]:
    """The first scan with its warm-up, and the periods behind it."""
    chosen, pace = settings(sandbox.url), LockstepPace(Event(), sandbox.url)
    wanted = plans(url, chosen)
    plan = scan_plan(wanted, chosen.exchanges[0])
    with ExitStack() as opened:
        scanning = bootstrap.scanning(url, plan, chosen.exchanges[0], pace)
        _, scan = opened.enter_context(scanning)
        _, open_desk = opened.enter_context(bootstrap.trading(url, wanted))
        projectors = [
            opened.enter_context(bootstrap.projecting(url, group)) for group in bootstrap.GROUPS
        ]
        bot = Bot(scan, open_desk(), projectors)
        try:
            first, periods = await bot.step(), []
            for number in range(1, PERIODS + 1):
                await pace.until(START + number * MINUTE, 0, 0)
                periods.append(await bot.step())
            return first, periods
        finally:
            await scan.close()
            await pace.close()


def cpu_seconds(sandbox: SandboxProcess) -> float:
    """Processor time of the sandbox so far; 0 where the system does not tell."""
    stat = Path(f"/proc/{sandbox.process.pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def asked(url: str, query: str) -> list[tuple[Any, int]]:
    """Rows of two columns out of the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def bench(markets: int) -> None:
    """Run one size and say what came of it."""
    arguments = ["--markets", str(markets), "--lockstep", "--start", str(START)]
    with fresh_database() as url, sandbox_process(arguments) as sandbox:
        empty = dict(asked(url, _SIZES))
        first, periods = asyncio.run(measured(url, sandbox))
        served = cpu_seconds(sandbox)
        sizes = {name: size - empty[name] for name, size in asked(url, _SIZES)}
        ((candles, _),) = asked(url, _CANDLES)
    print(f"{markets} markets: the first scan took {first.scan:.1f} s for {candles:,} candles")
    for place, name in enumerate(Took._fields):
        say(name, [each[place] for each in periods])
    say("together", [sum(each) for each in periods])
    print(f"  processor time of the sandbox {served:.1f} s")
    for name in sorted(sizes, key=lambda each: -sizes[each])[:5]:
        print(f"  {name:<40} {sizes[name] / candles:>5.0f} bytes a candle")
    print(f"  {'all tables and indexes':<40} {sum(sizes.values()) / candles:>5.0f} bytes a candle")


def say(what: str, seconds: list[float]) -> None:
    """The usual and the worst period."""
    print(f"  {what:>10} {median(seconds):>6.2f} s, at worst {max(seconds):.2f} s")


def main() -> None:
    for markets in MARKETS:
        bench(markets)


if __name__ == "__main__":
    main()
