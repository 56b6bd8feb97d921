"""A backtest out of the tape: the same as out of files, whatever is in memory at once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import psycopg
import pytest

from adapters.backtesting import tape
from adapters.backtesting.inputs import Inputs
from adapters.backtesting.request import BadRequest, Request
from adapters.backtesting.running import run
from adapters.backtesting.tape import BeforeOnTape, head, taped
from adapters.postgres.candles import CandleTable, Connection
from application.tapes import MarketTape
from domain.account.facts import TradeClosed, TradeFrozen, TradeOpened
from domain.candles import Series
from domain.market_facts import (
    MarketDelisted,
    MarketListed,
    MarketRulesChanged,
    candle_revised,
)
from domain.times import from_ms
from tests.adapters.backtesting.made import (
    asked,
    facts_of,
    folder_of,
    from_files,
    on_tape,
    prepared,
    walks,
)
from tests.adapters.indicators.series import HOUR

WALKS = walks(700)
BTC = WALKS["BTC/USDT"]
HOUR_LONG = timedelta(hours=1)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def filed(tmp_path: Path, market_tape: MarketTape, database: str) -> Request:
    """A request for files whose candles are on the tape too."""
    request = asked(data=folder_of(WALKS, tmp_path / "data"))
    _, inputs = from_files(request)
    on_tape(market_tape, database, WALKS, tmp_path / "imported", inputs.recorded.rules)
    return request


def of_tape(connection: Connection, request: Request) -> Inputs:
    return taped(connection, prepared(replace(request, data=None)))


@pytest.mark.parametrize("at_once", [2_000_000, 2_000])
def test_tape_and_files_give_the_same_facts_and_hash(
    connection: Connection, filed: Request, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(tape, "AT_ONCE", at_once)
    ready, from_file = from_files(filed)
    from_tape = of_tape(connection, filed)
    assert len(list(from_tape.recorded.spans)) == (1 if at_once > 10_000 else 5)
    assert from_tape.recorded.rules == from_file.recorded.rules
    whole, parts = run(ready, from_file), run(ready, from_tape)
    assert len(facts_of(whole)[0]) > 300
    assert facts_of(parts) == facts_of(whole)
    assert from_tape.fingerprint.hexdigest() == from_file.fingerprint.hexdigest()
    assert from_tape.position == head(connection)


def test_so_they_do_for_a_part_of_the_time(
    connection: Connection, filed: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tape, "AT_ONCE", 1_000)
    since, until = int(BTC.open_time[300]), int(BTC.open_time[600]) + 1
    request = replace(filed, since=since, until=until)
    ready, from_file = from_files(request)
    from_tape = of_tape(connection, request)
    assert (from_tape.since, from_tape.until) == (from_file.since, from_file.until)
    assert facts_of(run(ready, from_tape)) == facts_of(run(ready, from_file))
    assert from_tape.fingerprint.hexdigest() == from_file.fingerprint.hexdigest()


def test_what_comes_later_is_not_seen(
    connection: Connection, filed: Request, market_tape: MarketTape
) -> None:
    before = of_tape(connection, filed)
    ready = prepared(filed)
    candle = BTC.candle(600)
    series = Series("bench", "BTC/USDT", "1h")
    market_tape.record([candle_revised(series, candle._replace(volume=candle.volume + 1))])
    assert facts_of(run(ready, before)) == facts_of(run(*from_files(filed)))
    after = of_tape(connection, filed)
    run(ready, after)
    assert after.fingerprint.hexdigest() != before.fingerprint.hexdigest()
    assert (before.position, after.position) == (head(connection) - 1, head(connection))


def test_rules_are_those_of_the_day(
    connection: Connection, filed: Request, market_tape: MarketTape
) -> None:
    rules = of_tape(connection, filed).recorded.rules["BTC/USDT"]
    changed = msgspec.structs.asdict(rules) | {"tick": Decimal("0.5")}
    middle = int(BTC.open_time[400])
    market_tape.record([MarketRulesChanged(from_ms(middle), **changed)])
    inputs = of_tape(connection, filed)
    spans = list(inputs.recorded.spans)
    assert [(span.since, span.until) for span in spans] == [
        (inputs.since, middle), (middle, inputs.until),
    ]  # fmt: skip
    ticks = [span.rules["BTC/USDT"].tick for span in spans if span.rules]
    assert ticks == [Decimal("0.01"), Decimal("0.5")]
    assert spans[1].rules is not None
    assert spans[1].rules["ETH/USDT"].tick == Decimal("0.01")
    (account,) = facts_of(run(prepared(filed), inputs))
    stops = [fact for fact in account if isinstance(fact, TradeOpened) and fact.pair == "BTC/USDT"]
    late = [fact.stop for fact in stops if fact.at > from_ms(middle + HOUR)]
    assert all(stop is not None and stop % Decimal("0.5") == 0 for stop in late)
    assert not all(fact.stop is not None and fact.stop % Decimal("0.5") == 0 for fact in stops)


def test_a_trade_freezes_when_its_market_vanishes_and_goes_on_when_it_is_back(
    connection: Connection, filed: Request, market_tape: MarketTape
) -> None:
    (account,) = facts_of(run(*from_files(filed)))
    entered = next(fact for fact in account if isinstance(fact, TradeOpened))
    rules = of_tape(connection, filed).recorded.rules[entered.pair]
    gone = entered.at + HOUR_LONG
    market_tape.record([
        MarketDelisted(gone, "bench", entered.pair, "vanished"),
        MarketListed(gone + 5 * HOUR_LONG, **msgspec.structs.asdict(rules)),
    ])  # fmt: skip
    (told,) = facts_of(run(prepared(filed), of_tape(connection, filed)))
    frozen = [fact for fact in told if isinstance(fact, TradeFrozen)]
    assert [(fact.pair, fact.trade) for fact in frozen] == [(entered.pair, entered.trade)]
    closed = next(
        fact for fact in told if isinstance(fact, TradeClosed) and fact.trade == entered.trade
    )
    assert closed.at > gone + 5 * HOUR_LONG


def test_a_market_that_was_never_scanned_needs_steps(
    connection: Connection, tmp_path: Path, market_tape: MarketTape, database: str
) -> None:
    on_tape(market_tape, database, {"BTC/USDT": BTC}, tmp_path, {})
    request = asked("BTC/USDT")
    with pytest.raises(BadRequest, match="no rules of BTC/USDT are on the tape"):
        of_tape(connection, request)
    account = tmp_path / "account.toml"
    account.write_text("tick = '0.01'\nlot = '0.001'\n")
    rules = of_tape(connection, replace(request, account=account)).recorded.rules["BTC/USDT"]
    assert (rules.tick, rules.lot, rules.taker) == (
        Decimal("0.01"), Decimal("0.001"), Decimal("0.001"),
    )  # fmt: skip


def test_what_is_missing_is_told(connection: Connection, filed: Request) -> None:
    with pytest.raises(BadRequest, match="the tape has no candles of bench XRP/USDT 1h"):
        of_tape(connection, replace(filed, pairs=("XRP/USDT",)))
    with pytest.raises(BadRequest, match="the tape has no candles of bench BTC/USDT 1m and 1h"):
        of_tape(connection, replace(filed, pairs=("BTC/USDT",), execution="1m"))
    with pytest.raises(BadRequest, match="there are no candles in that range"):
        of_tape(connection, replace(filed, since=int(BTC.open_time[-1]) + 2 * HOUR * 10_000))


@pytest.mark.usefixtures("filed")
def test_what_lies_before_is_asked_of_the_tape(connection: Connection) -> None:
    before = BeforeOnTape(CandleTable(connection, "bench", "1h"), head(connection))
    times = BTC.open_time
    assert before.last("BTC/USDT", int(times[10])) == BTC.candle(9).close
    assert before.last("BTC/USDT", int(times[0])) is None
    highest, lowest = before.extremes("BTC/USDT", int(times[3]), int(times[30])) or (0, 0)
    assert (float(highest), float(lowest)) == (BTC.high[3:30].max(), BTC.low[3:30].min())
