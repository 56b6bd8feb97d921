"""Candles that a test makes up, as files and on a tape, and requests for them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars
import psycopg

from adapters.backtesting.files import filed
from adapters.backtesting.inputs import Inputs
from adapters.backtesting.prepared import Prepared, prepare
from adapters.backtesting.request import Request
from adapters.backtesting.running import Run, run
from adapters.candle_files import read_candles
from adapters.postgres.candles import CandleTable
from adapters.postgres.gap_memory import GapMemory
from adapters.postgres.market_memory import MarketMemory
from adapters.strategies.library import Library
from application.importing import Importing
from application.tapes import MarketTape
from domain.account.facts import AccountFact
from domain.candles import Candles, Series
from domain.facts import Fact
from domain.market_facts import MarketListed
from domain.markets import MarketRules
from domain.timeframes import timeframe
from domain.times import from_ms
from tests.adapters.indicators.series import HOUR, random_candles

PAIRS = ("ADA/USDT", "BTC/USDT", "ETH/USDT")
QUICK = {"fast": "3", "slow": "8", "stop": "0.02", "target": "0.03"}
NOW = 4_000_000_000_000


def walks(count: int = 900) -> dict[str, Candles]:
    """Candles of an hour: a market with quiet periods and outages, a plain one, a later one."""
    return {
        "ADA/USDT": _of_cents(random_candles(count, 1, quiet=0.1, outages=1)),
        "BTC/USDT": _of_cents(random_candles(count, 2)),
        "ETH/USDT": _of_cents(random_candles(count, 3))[count // 3 :],
    }


def _of_cents(candles: Candles) -> Candles:
    prices = (candles.open, candles.high, candles.low, candles.close)
    open_, high, low, close = (np.round(price, 2) for price in prices)
    return Candles(candles.open_time, open_, high, low, close, candles.volume)


def written(candles: Candles, file: Path) -> Path:
    """A file of these candles, Parquet or CSV."""
    columns = {"open_time_ms": candles.open_time} | {
        name: getattr(candles, name) for name in ("open", "high", "low", "close", "volume")
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    frame = polars.DataFrame(columns)
    if file.suffix == ".csv":
        frame.write_csv(file)
    else:
        frame.write_parquet(file)
    return file


def folder_of(by_pair: Mapping[str, Candles], folder: Path, frame: str = "1h") -> Path:
    """A data folder of these markets."""
    for pair, candles in by_pair.items():
        written(candles, folder / pair.replace("/", "-") / f"{frame}.parquet")
    return folder


def on_tape(
    tape: MarketTape, url: str, by_pair: Mapping[str, Candles], folder: Path,
    rules: Mapping[str, MarketRules], frame: str = "1h",
) -> None:  # fmt: skip
    """List markets with these rules, and import candles into the tape."""
    facts: list[Fact] = [_listed(each, by_pair[pair]) for pair, each in rules.items()]
    tape.record(facts)
    memory = MarketMemory(url, "bench")
    with psycopg.connect(url, autocommit=True) as connection:
        for pair, candles in by_pair.items():
            series = Series("bench", pair, frame)
            file = written(candles, folder / f"{pair.replace('/', '-')}-{frame}.parquet")
            given = read_candles([file], timeframe(frame), NOW)
            Importing(
                series, tape, memory, CandleTable(connection, "bench", frame),
                GapMemory(connection), quiet_candles=False,
            ).run(given, lambda _: None)  # fmt: skip
    memory.close()


def _listed(rules: MarketRules, candles: Candles) -> MarketListed:
    names = MarketRules.__struct_fields__
    return MarketListed(
        from_ms(int(candles.open_time[0])), *(getattr(rules, name) for name in names)
    )


def asked(*pairs: str, **given: Any) -> Request:
    """A request for some markets, by default for all."""
    parameters = {**QUICK, **given.pop("parameters", {})}
    return Request("sma_cross", "bench", pairs or PAIRS, "1h", parameters, **given)


def prepared(request: Request) -> Prepared:
    return prepare(request, Library())


def from_files(request: Request) -> tuple[Prepared, Inputs]:
    ready = prepared(request)
    assert request.data is not None
    return ready, filed(ready, request.data)


def ran(request: Request) -> Run:
    """A backtest over files."""
    return run(*from_files(request))


def facts_of(done: Run) -> list[list[AccountFact]]:
    """The facts of each account."""
    return [
        [fact for chapter in lived.outcome.chapters for fact in chapter.facts]
        for lived in done.lived
    ]


def hours(number: int) -> int:
    return number * HOUR
