"""A database with a past, for commands that look back."""

from dataclasses import replace

import pytest

from application.tapes import MarketTape
from domain.facts import Fact
from domain.market_facts import MarketListed, PeriodClosed
from tests.application.eventful import EMA, MAIN, WARM_UP, Market, closed
from tests.application.test_trading import Office, open_office
from tests.conftest import open_market_tape
from tests.projections.history import PAIRS, market_of
from tests.scenario import at


def trade_quietly(office: Office, tape: MarketTape) -> Market:
    """A past in which everything came in time, traded by one account."""
    market = Market(4)
    tape.record([market_of(pair, MarketListed, at(0), "0.01") for pair in PAIRS])
    tape.record([closed(market, pair, "1h", hour) for hour in range(WARM_UP) for pair in PAIRS])
    desk = office.desk(replace(MAIN, strategies=(EMA,)))
    for hour in range(WARM_UP, WARM_UP + 100):
        over = at(hour + 1)
        facts: list[Fact] = [closed(market, pair, "1h", hour) for pair in PAIRS]
        tape.record([*facts, PeriodClosed(over, "binance", "1h", over, 3, [])])
        while desk.trade_page():
            pass
    return market


@pytest.fixture
def traded(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings lead to such a past."""
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    with open_market_tape(database) as tape, open_office(database) as office:
        trade_quietly(office, tape)
