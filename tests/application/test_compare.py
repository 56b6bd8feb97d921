"""Comparing on real Postgres: a paper account and a backtest of the same time."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from adapters.indicators.engine import compute
from adapters.postgres.verifying import TradingTapeRead, WitnessedTape, snapshot
from application.compare import Comparison, compare
from application.tapes import MarketTape
from application.verifying.tapes import Tapes
from domain.candles import Series
from domain.market_facts import candle_revised
from tests.application.eventful import PLANS, live
from tests.application.test_trading import Office, change, open_office
from tests.jobs.past import trade_quietly
from tests.scenario import BTC, at

FORGED = """
    UPDATE trading.tape_events
    SET state = convert_to(replace(convert_from(state, 'UTF8'), '"stop"', '"target"'), 'UTF8')
    WHERE topic = 'TradeClosed'"""


@pytest.fixture
def office(database: str) -> Iterator[Office]:
    with open_office(database) as made:
        yield made


@contextmanager
def tapes_of(office: Office) -> Iterator[Tapes]:
    with snapshot(office.url) as connection:
        market = cache(lambda exchange: WitnessedTape(connection, exchange))
        trading = TradingTapeRead(connection)
        yield Tapes(trading, market, compute, office.resolve, {"numpy": "2"})


def compared(office: Office, account: str) -> Comparison:
    with tapes_of(office) as tapes:
        return compare(tapes, account)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_difference_of_an_eventful_past_has_a_cause(
    office: Office, market_tape: MarketTape, seed: int
) -> None:
    live(office, market_tape, seed)
    for plan in PLANS:
        found = compared(office, plan.name)
        assert found.causes["unexplained"] == 0


def test_on_a_quiet_tape_paper_and_backtest_are_equal_and_a_forged_trade_is_unexplained(
    office: Office, market_tape: MarketTape
) -> None:
    trade_quietly(office, market_tape)
    found = compared(office, "main")
    assert found.kinds["equal"] == len(found.trades) > 5
    change(office.url, FORGED)
    found = compared(office, "main")
    assert found.kinds["different"] > 0
    assert set(found.causes) == {"unexplained"}


def test_a_candle_revised_later_is_named(office: Office, market_tape: MarketTape) -> None:
    market = trade_quietly(office, market_tape)
    trade = next(each for each in compared(office, "main").trades if each.pair.key.pair == BTC)
    opened = int((trade.pair.key.at - at(0)).total_seconds() // 3600) - 1
    candle = market.candle(BTC, "1h", opened)
    flat = candle._replace(close=candle.low, high=candle.open)
    market_tape.record([candle_revised(Series("binance", BTC, "1h"), flat)])
    causes = compared(office, "main").causes
    assert causes["candle_revised"] > 0
    assert set(causes) <= {"candle_revised", "follows"}
