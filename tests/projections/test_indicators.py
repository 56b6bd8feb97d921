"""Indicators: a function of the tapes, computed behind trading and never beyond it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import psycopg
import pytest

from adapters.indicators.engine import compute
from adapters.postgres.candles import CandleTable
from application.chains import chained
from application.tapes import MarketTape, TradingTape, event_id, period_stream
from domain.account.facts import AccountConfigured, AccountOpened, StrategyDeployed
from domain.blocks import Window, block_start, needed
from domain.candles import Series
from domain.facts import Fact
from domain.market_facts import candle_revised
from domain.strategies import strategy
from domain.timeframes import timeframe
from domain.times import from_ms, to_ms
from domain.values import exact
from projections.indicators import IndicatorRow, indicators
from projections.queries import Connection
from tests.projections.following import indicators_projector
from tests.projections.history import HOUR, D, ask, candle_at, closed, dump, period_closed
from tests.scenario import BTC, ETH, at
from tests.strategies import candles_of_warm_up

PARAMETERS = {"fast": D(2), "slow": D(3), "atr": D(2)}
STRATEGY = strategy("ema_cross", PARAMETERS)
WARM_UP = candles_of_warm_up(STRATEGY)
HOURS = WARM_UP + 12
BEGIN = from_ms(block_start(to_ms(at(0)), timeframe("1h"))) - WARM_UP * HOUR
SINCE, UNTIL = to_ms(BEGIN), to_ms(BEGIN + 1_000 * HOUR)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def price(hour: int) -> str:
    return str(exact(round(100 + 5 * float(np.sin(hour / 3)), 2)))


def opened(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


def scan(hour: int, *late: Fact, missing: tuple[str, ...] = ()) -> list[Fact]:
    """The facts of an hour."""
    candles = [closed(pair, opened(hour), price(hour)) for pair in (BTC, ETH)]
    present = [fact for fact in candles if fact.pair not in missing]
    return [*late, *present, period_closed(opened(hour + 1), missing)]


def deploy(tape: TradingTape, handled: int, market_position: int = 0) -> None:
    """An account with a strategy, and trading that has handled the market tape so far."""
    by = (market_position, "operator", "a test")
    facts = [
        AccountOpened(at(0), "main", "binance", "USDT", D(10_000), *by),
        AccountConfigured(at(0), "main", "1h", D(1000), 2, [BTC, ETH], *by),
        StrategyDeployed(at(0), "main", "ema_cross", "1h", PARAMETERS, "0" * 64, *by, WARM_UP),
    ]
    events = chained("main", 0, facts, event_id(period_stream("binance", "1h"), 1))
    tape.record(events, handled=handled, before=0)


def past(tape: MarketTape) -> int:
    """A missing, a late and a revised candle among many; returns the last position."""
    away, back, changed = HOURS - 8, HOURS - 5, HOURS - 3
    for hour in range(HOURS):
        late = [closed(ETH, opened(away), "90")] if hour == back else []
        tape.record(scan(hour, *late, missing=(ETH,) if hour == away else ()))
        if hour == changed:
            series = Series("binance", BTC, "1h")
            tape.record([candle_revised(series, candle_at(opened(hour - 1), "120"))])
    return tape.head()


def values(connection: Connection, pair: str) -> list[IndicatorRow]:
    return indicators(connection, "binance", pair, "1h", since=SINCE, until=UNTIL)


def recomputed(connection: Connection, pair: str, hour: int, as_of: int) -> list[float]:
    """The values at a candle from a window that is read anew from the tape."""
    table = CandleTable(connection, "binance", "1h")
    wanted = needed(to_ms(opened(hour)), timeframe("1h"), WARM_UP)
    window = Window(timeframe("1h"), WARM_UP)
    window.reload(table.traded([pair], to_ms(opened(hour)), as_of, wanted)[pair])
    each = STRATEGY.indicators().values()
    return [float(compute(indicator, window.candles)[-1]) for indicator in each]


def test_values_are_those_of_a_window_read_as_of_each_period(
    database: str, market_tape: MarketTape, trading_tape: TradingTape, connection: Connection
) -> None:
    deploy(trading_tape, past(market_tape))
    with indicators_projector(database) as projector:
        projector.catch_up()
    periods = ask(
        database, "SELECT position FROM market.events WHERE topic = 'PeriodClosed' ORDER BY 1"
    )
    for pair, missing in ((BTC, 0), (ETH, 1)):
        rows = values(connection, pair)
        assert len(rows) == HOURS - WARM_UP - missing
        for row in rows:
            hour = (row.open_time - SINCE) // 3_600_000
            assert row.numbers == recomputed(connection, pair, hour, periods[hour])
        assert rows[0].names == ["fast", "slow", "atr"]
        assert rows[0].panels == ["", "", "ATR"]


def test_neither_page_size_nor_restarts_change_values(
    database: str, market_tape: MarketTape, trading_tape: TradingTape, connection: Connection
) -> None:
    deploy(trading_tape, past(market_tape))
    with indicators_projector(database) as projector:
        projector.catch_up()
    whole = dump(database)
    connection.execute("TRUNCATE read.positions, read.indicators, read.indicator_sets")
    going_on = True
    while going_on:
        with indicators_projector(database, page=13) as projector:
            going_on = projector.step() and projector.step()
    assert dump(database) == whole
    assert len(whole["indicators"]) > 20


def test_no_value_is_computed_before_trading_has_handled_the_period(
    database: str, market_tape: MarketTape, trading_tape: TradingTape, connection: Connection
) -> None:
    head = past(market_tape)
    deploy(trading_tape, head - 1)
    with indicators_projector(database) as projector:
        projector.catch_up()
        before = len(values(connection, BTC))
        trading_tape.record([], handled=head, before=head - 1)
        projector.catch_up()
    assert len(values(connection, BTC)) == before + 1


def test_a_strategy_has_values_from_its_deployment_on(
    database: str, market_tape: MarketTape, trading_tape: TradingTape, connection: Connection
) -> None:
    head = past(market_tape)
    deployed_at = head - 7
    deploy(trading_tape, head, deployed_at)
    with indicators_projector(database) as projector:
        projector.catch_up()
    later = "SELECT count(*) FROM market.events WHERE topic = 'PeriodClosed' AND position > {}"
    assert [len(values(connection, BTC))] == ask(database, later.format(deployed_at))
