"""Same candles, same trades: paper trading and a backtest make the same facts, byte for byte.

Paper trading is the product's own: the sandbox exchange over HTTP, ccxt, scans, the market tape in
Postgres, trading. `MARKETS` in the environment says on how many recorded markets it is shown with
all built-in strategies (without it: three strategies on random markets), `PERIODS` for how many
hours, `SEED` where it is disturbed. `pytest -s` shows the figures.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import msgspec
import psycopg
import pytest

from adapters import bootstrap
from adapters.candle_files import read_candles
from adapters.candle_writing import write_candles
from adapters.postgres.purpose import newest_close
from adapters.settings import Settings
from domain.candles import Series
from domain.strategies import STRATEGIES
from jobs.candle_backfill import backfilled
from jobs.candle_watch import Watch
from jobs.candles import import_series
from jobs.sandbox_process import sandbox_process
from tests.adapters.indicators.series import HOUR
from tests.system.parity import (
    Told,
    assert_same,
    in_backtest,
    on_market_tape,
    on_paper,
    without_seen_at,
)
from tests.system.parity_accounts import QUICK, alone, settings_of, varied
from tests.system.parity_markets import (
    EXCHANGE,
    FRAMES,
    RECORDED,
    Markets,
    markets_with_holes,
    random_markets,
    recorded_markets,
    without_past,
)
from tests.system.parity_paper import trade
from tests.system.running import ROOT

MARKETS = int(os.environ.get("MARKETS", "0"))
PERIODS = int(os.environ.get("PERIODS", "150"))
SEED = int(os.environ.get("SEED", "7"))

pytestmark = pytest.mark.skipif(len(RECORDED) < MARKETS, reason="so many are not recorded here")


@pytest.fixture(scope="module")
def markets(tmp_path_factory: pytest.TempPathFactory) -> Markets:
    folder = tmp_path_factory.mktemp("markets")
    if MARKETS:
        return recorded_markets(folder, MARKETS, PERIODS)
    return random_markets(folder, PERIODS)


@contextmanager
def exchange_of(markets: Markets) -> Iterator[Settings]:
    """A sandbox exchange in lockstep, and the settings of a bot that trades on it."""
    accounts = [alone(name) for name in STRATEGIES] + varied({})
    if not MARKETS:
        accounts = [alone(*each) for each in QUICK.items()] + varied(QUICK)
    with sandbox_process(markets.sandbox_arguments) as sandbox:
        yield settings_of(markets, accounts, sandbox.url)


def test_paper_trading_makes_the_facts_of_a_backtest_from_files_and_from_its_own_tape(
    database: str, markets: Markets
) -> None:
    with exchange_of(markets) as settings:
        trade(database, settings)
    paper = on_paper(database)
    show(markets, settings, paper)
    assert_same(paper, in_backtest(markets.recorded(), database, settings))
    with psycopg.connect(database) as connection:
        taped = on_market_tape(connection, database, markets, hours=PERIODS // 5 + 1)
        assert_same(paper, in_backtest(taped, database, settings))


def test_so_it_does_where_it_is_stopped_and_killed_and_history_is_backfilled_meanwhile(
    database: str, markets: Markets, tmp_path: Path
) -> None:
    hours = range(markets.start + HOUR, markets.end - HOUR, HOUR)
    one, two, three, four = sorted(Random(SEED).sample(hours, 4))
    print(f"SEED={SEED}")
    with exchange_of(markets) as settings:
        with process_of(database, settings, tmp_path) as process:
            wait_for(database, one, process)
        trade(database, settings, until=two)
        with process_of(database, settings, tmp_path) as process:
            backfill(database, settings, markets)
            wait_for(database, three, process)
        trade(database, settings, until=four)
        trade(database, settings)
    paper = on_paper(database)
    assert_same(paper, in_backtest(markets.recorded(), database, settings))


def test_so_it_does_with_an_imported_warm_up_that_the_exchange_does_not_keep(
    database: str, markets: Markets, tmp_path: Path
) -> None:
    forgetful = without_past(tmp_path / "exchange", markets, hours=12)
    import_past(database, markets, tmp_path)
    with exchange_of(forgetful) as settings:
        trade(database, settings)
    recorded = replace(markets.recorded(), rules=forgetful.rules())
    assert_same(on_paper(database), in_backtest(recorded, database, settings))


def test_where_a_market_has_holes_nothing_differs_but_when_periods_were_seen(
    database: str, tmp_path: Path
) -> None:
    """A scan waits some seconds for a candle that does not come; a backtest sees closes at once."""
    markets = markets_with_holes(tmp_path, periods=120)
    with exchange_of(markets) as settings:
        trade(database, settings)
    paper, tested = on_paper(database), in_backtest(markets.recorded(), database, settings)
    assert paper != tested
    assert_same(without_seen_at(paper), without_seen_at(tested))


def show(markets: Markets, settings: Settings, facts: Sequence[Told]) -> None:
    """What is compared; every account must have traded."""
    strategies = {each.name for account in settings.accounts for each in account.strategies}
    closed = Counter(
        msgspec.json.decode(fact.state)["account"] for fact in facts if fact.topic == "TradeClosed"
    )
    hours = (markets.end - markets.start) // HOUR
    print(
        f"{len(markets.pairs)} markets, {len(strategies)} strategies, {len(settings.accounts)} "
        f"accounts, {hours} hours: {len(facts)} facts of {closed.total()} trades: {dict(closed)}"
    )
    assert closed.keys() == {account.name for account in settings.accounts}


@contextmanager
def process_of(url: str, settings: Settings, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that trades, killed in the end."""
    file = folder / "settings.json"
    file.write_text(settings.model_dump_json(include={"exchanges", "accounts"}))
    command = [sys.executable, "-m", "tests.system.parity_paper", url, str(file)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(url: str, close: int, process: subprocess.Popen[bytes]) -> None:
    """Until a period up to that close (ms) has closed."""
    while (newest_close(url) or 0) < close:
        assert not process.poll(), "it failed"
        time.sleep(0.02)


def backfill(url: str, settings: Settings, markets: Markets) -> None:
    """All that the exchange has of the past, up to now."""
    (of,) = settings.exchanges
    wanted = [Series(EXCHANGE, pair, frame.name) for pair in markets.pairs for frame in FRAMES]
    since = markets.start - 5_000 * HOUR

    async def run() -> None:
        exchange = bootstrap.exchange(of)
        try:
            done = await backfilled(url, exchange, wanted, (since, None), Watch())
        finally:
            await exchange.close()
        assert not any(each.error for each in done)
        assert any(each.recorded.written for each in done)

    asyncio.run(run())


def import_past(url: str, markets: Markets, folder: Path) -> None:
    """From files that end before the first period."""
    for pair in markets.pairs:
        for frame in FRAMES:
            past = markets.candles(pair, frame, markets.start - frame.ms)
            if len(past):
                file = folder / "past.parquet"
                write_candles(file, [past])
                given = read_candles([file], frame, markets.end)
                series = Series(EXCHANGE, pair, frame.name)
                import_series(url, series, given, quiet_candles=True)
