"""Which markets are scanned: new ones, changed ones, vanished ones, and those nobody wants."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from application.ports import ExchangeUnavailable
from application.scanning import Universe
from application.tapes import MarketTape
from domain.candles import Candle
from domain.market_facts import MarketListed
from domain.markets import MarketRules
from tests.adapters.exchanges.running import MINUTE, NOON
from tests.application.scanning.running import (
    AnyOrder,
    Scanning,
    Told,
    an_exchange,
    scanning,
    topics,
)
from tests.scenario import BTC, ETH, XRP, rules

D = Decimal
DAY = 1_440 * MINUTE
EUR = "BTC/EUR"
ALL = (BTC, EUR, ETH, XRP)
USDT = Universe(quotes=("USDT",))


@pytest.fixture
def markets(database: str, market_tape: MarketTape) -> Iterator[Scanning]:
    """A scanner of everything in USDT, at 12:58."""
    with scanning(database, market_tape, an_exchange(pairs=ALL), universe=USDT) as made:
        made.minutes(58)
        yield made


def listings(told: Told) -> Told:
    return [each for each in told if each[0].startswith("Market")]


@pytest.mark.parametrize(
    ("universe", "pairs"),
    [
        (Universe(pairs=(ETH,)), [ETH]),
        (Universe(quotes=("EUR",)), [EUR]),
        (Universe(pairs=(EUR,), quotes=("USDT",)), [EUR, BTC, ETH, XRP]),
        (Universe(quotes=("EUR", "USDT"), allow=("BTC/*",)), [EUR, BTC]),
        (Universe(quotes=("USDT",), deny=("X*", "BTC/USDT")), [ETH]),
        (Universe(pairs=(XRP,), quotes=("USDT",), deny=("X*",)), [BTC, ETH, XRP]),
        (Universe(quotes=("USDT",), min_turnover=D(500)), [BTC]),
        (Universe(pairs=(XRP,), quotes=("USDT",), min_turnover=D(500)), [BTC, XRP]),
        (Universe(quotes=("USDT",), min_age_days=30), [ETH]),
    ],
)
def test_the_universe_says_which_markets_are_listed(
    database: str, market_tape: MarketTape, universe: Universe, pairs: list[str]
) -> None:
    exchange = an_exchange(pairs=ALL)
    exchange.turnovers = {BTC: D(500), EUR: D(9_000), ETH: D("499.99")}
    for pair, age in ((BTC, 29), (ETH, 31)):
        exchange.series[pair, "1d"] = [daily(day) for day in range(-age, 1)]
    with scanning(database, market_tape, exchange, universe=universe) as scanner:
        scanner.at(NOON)
        assert scanner.facts("MarketListed", "pair") == pairs
        assert scanner.facts("PeriodClosed", "markets") == [len(pairs)]


def daily(day: int) -> Candle:
    return Candle(NOON // DAY * DAY + day * DAY, D(9), D(9), D(9), D(9), D(1))


def test_one_that_has_joined_stays_though_its_turnover_falls(
    database: str, market_tape: MarketTape
) -> None:
    exchange = an_exchange()
    exchange.turnovers = dict.fromkeys((BTC, ETH, XRP), D(500))
    lively = Universe(quotes=("USDT",), min_turnover=D(500))
    with scanning(database, market_tape, exchange, universe=lively) as scanner:
        scanner.minutes(59)
        exchange.turnovers = {}
        assert topics(scanner.minutes(60)) == []
        assert scanner.periods()[-1] == ("13:00", 3, [])


def test_a_new_market_is_listed_and_warmed_up_and_then_in_its_periods(markets: Scanning) -> None:
    new = "NEW/USDT"
    series = markets.exchange.series[BTC, "1m"]
    markets.exchange.series[new, "1m"] = [each for each in series if each.open_time >= NOON]
    markets.exchange.rules.append(rules(new))
    assert listings(markets.minutes(59)) == []
    assert listings(markets.minutes(60)) == [("MarketListed", new, "13:00")]
    assert topics(markets.minutes(61)) == []
    assert markets.periods()[-2:] == [("13:00", 3, []), ("13:01", 4, [])]
    assert [each.open_time for each in markets.candles(new)] == [
        NOON + number * MINUTE for number in range(61)
    ]


def test_a_market_that_vanished_is_delisted_and_its_periods_go_on_without_it(
    markets: Scanning,
) -> None:
    markets.exchange.rules = [each for each in markets.exchange.rules if each.pair != ETH]
    told = markets.minutes(60)
    assert listings(told)[-1] == ("MarketDelisted", ETH, "13:00")
    markets.minutes(61)
    assert markets.periods()[-1] == ("13:01", 2, [])


def test_a_market_that_vanished_for_one_answer_only_is_not_delisted(markets: Scanning) -> None:
    lists = [markets.exchange.rules[:1], markets.exchange.rules]
    answering(markets.exchange, lists)
    assert topics(markets.minutes(60)) == []


def test_a_list_that_is_cut_short_delists_nobody(database: str, market_tape: MarketTape) -> None:
    pairs = [f"M{number}/USDT" for number in range(8)]
    with scanning(database, market_tape, an_exchange(pairs=pairs), universe=USDT) as scanner:
        scanner.minutes(59)
        answering(scanner.exchange, [scanner.exchange.rules[:3]])
        assert listings(scanner.minutes(60)) == []
        ((_, reason),) = scanner.attempts("unavailable")
        assert reason == "5 of 8 markets vanished at once: its list must be cut short"


def answering(exchange: AnyOrder, lists: list[list[MarketRules]]) -> None:
    """Let an exchange answer these lists of its markets, and then the last one for ever."""

    async def markets() -> list[MarketRules]:
        return lists.pop(0) if len(lists) > 1 else lists[0]

    exchange.markets = markets  # type: ignore[method-assign]


def test_a_market_that_comes_back_is_listed_again(markets: Scanning) -> None:
    everything = list(markets.exchange.rules)
    markets.exchange.rules = [each for each in everything if each.pair != ETH]
    markets.minutes(60)
    markets.exchange.series[ETH, "1m"] += [
        each._replace(open_time=each.open_time + 100 * MINUTE)
        for each in markets.exchange.series[ETH, "1m"]
        if each.open_time >= NOON
    ]
    for pair in (BTC, XRP):
        markets.exchange.series[pair, "1m"] = markets.exchange.series[ETH, "1m"]
    markets.exchange.rules = everything
    assert listings(markets.minutes(120)) == [("MarketListed", ETH, "14:00")]
    markets.minutes(121)
    assert markets.periods()[-1] == ("14:01", 3, [])


def test_changed_rules_are_told_once(markets: Scanning) -> None:
    markets.exchange.rules = [
        rules(each.pair, tick=D("0.5")) if each.pair == ETH else each
        for each in markets.exchange.rules
    ]
    assert listings(markets.minutes(60)) == [("MarketRulesChanged", ETH, "13:00")]
    assert markets.memory.listed()[ETH].tick == D("0.5")
    markets.restart()
    assert discovered(markets) == []


def discovered(scanner: Scanning) -> list[Any]:
    return scanner.discover().facts


def test_an_operator_may_look_for_markets_at_once(markets: Scanning) -> None:
    markets.exchange.rules.append(rules("NEW/USDT"))
    (new,) = discovered(markets)
    assert isinstance(new, MarketListed)
    assert new.pair == "NEW/USDT"
    assert "NEW/USDT" in markets.memory.listed()


def test_a_pair_that_is_not_offered_is_named(database: str, market_tape: MarketTape) -> None:
    wanted = Universe(pairs=(BTC, "NOT/USDT"))
    with scanning(database, market_tape, an_exchange(), universe=wanted) as scanner:
        looked = scanner.discover()
        assert looked.not_offered == ["NOT/USDT"]
        assert looked.offered == 3
        scanner.at(NOON)
        assert scanner.periods() == [("12:00", 1, [])]


def test_known_markets_are_scanned_on_where_the_list_does_not_come(markets: Scanning) -> None:
    async def away() -> list[MarketRules]:
        raise ExchangeUnavailable("no list today")

    markets.exchange.markets = away  # type: ignore[method-assign]
    assert topics(markets.minutes(60, 61)) == []
    assert markets.periods()[-1] == ("13:01", 3, [])
    assert markets.attempts("unavailable") == [("", "no list today")]
