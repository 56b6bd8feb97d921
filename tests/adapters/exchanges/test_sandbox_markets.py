"""Markets that come, go, stand still and change their rules; and many of them, over HTTP."""

from decimal import Decimal
from typing import Any

from adapters.exchanges.sandbox.faults import Delisted, Halted, Listed, Rules
from domain.times import from_ms
from tests.adapters.exchanges.running import MINUTE, NOON, Asking, faulty

LATER = from_ms(NOON + 10 * MINUTE)
THREE = ("BTC/USDT", "ETH/USDT", "SOL/USDT")


def symbols(exchange: Asking, minute: int) -> dict[str, Any]:
    exchange.advance(NOON + minute * MINUTE)
    found = exchange.ask("exchangeInfo").json()["symbols"]
    return {symbol["symbol"]: symbol for symbol in found}


def minutes(rows: Any) -> list[int]:
    return [(row[0] - NOON) // MINUTE for row in rows]


def test_a_market_is_not_there_before_it_is_listed() -> None:
    with faulty(Listed(pair="ETH/USDT", at=LATER), pairs=THREE) as exchange:
        assert list(symbols(exchange, 9)) == ["BTCUSDT", "SOLUSDT"]
        refused = exchange.ask("klines", symbol="ETHUSDT", interval="1m")
        assert (refused.status_code, refused.json()["code"]) == (400, -1121)
        assert len(exchange.ask("ticker/24hr").json()) == 2
        assert list(symbols(exchange, 12)) == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
        assert minutes(exchange.klines("ETHUSDT")) == [10, 11, 12]
        assert exchange.ask("ticker/24hr", symbol="ETHUSDT").json()["count"] == 2


def test_a_market_is_gone_when_it_is_delisted_but_what_it_published_stays() -> None:
    with faulty(Delisted(pair="ETH/USDT", at=LATER), pairs=THREE) as exchange:
        assert "ETHUSDT" in symbols(exchange, 9)
        assert minutes(exchange.klines("ETHUSDT", limit=1)) == [9]
        assert "ETHUSDT" not in symbols(exchange, 10)
        assert exchange.ask("klines", symbol="ETHUSDT", interval="1m").status_code == 400
        assert exchange.ask("exchangeInfo", symbol="ETHUSDT").json()["code"] == -1121
        assert minutes(exchange.published("ETHUSDT", startTime=NOON)) == list(range(10))


def test_a_market_comes_back() -> None:
    back = from_ms(NOON + 20 * MINUTE)
    faults = (Delisted(pair="ETH/USDT", at=LATER), Listed(pair="ETH/USDT", at=back))
    with faulty(*faults) as exchange:
        present = ["ETHUSDT" in symbols(exchange, minute) for minute in (0, 10, 19, 20)]
        assert present == [True, False, False, True]
        exchange.advance(NOON + 21 * MINUTE)
        assert minutes(exchange.klines("ETHUSDT", startTime=NOON)) == [*range(10), 20, 21]


def test_a_halted_market_stands_there_and_has_no_new_candles() -> None:
    halt = Halted(pair="ETH/USDT", since=LATER, until=from_ms(NOON + 20 * MINUTE))
    with faulty(halt, pairs=THREE) as exchange:
        seen = [symbols(exchange, minute)["ETHUSDT"]["status"] for minute in (9, 10, 19)]
        assert seen == ["TRADING", "BREAK", "BREAK"]
        assert minutes(exchange.klines("ETHUSDT", startTime=NOON)) == list(range(10))
        assert symbols(exchange, 20)["ETHUSDT"]["status"] == "TRADING"
        assert minutes(exchange.klines("ETHUSDT", startTime=NOON)) == [*range(10), 20]
        assert len(exchange.klines("BTCUSDT", startTime=NOON)) == 21


def test_rules_change() -> None:
    rules = Rules(pair="ETH/USDT", at=LATER, tick=Decimal("0.1"), min_notional=Decimal(10))
    with faulty(rules) as exchange:
        before, after = (symbols(exchange, minute)["ETHUSDT"]["filters"] for minute in (9, 10))
        assert (before[0]["tickSize"], after[0]["tickSize"]) == ("0.01000000", "0.10000000")
        assert before[1] == after[1]
        assert (before[2]["minNotional"], after[2]["minNotional"]) == ("5.00000000", "10.00000000")


def test_there_are_as_many_markets_as_are_asked_for_and_they_stay_as_they_are() -> None:
    with faulty(markets=12) as few, faulty(markets=300, seed=8) as many:
        names = list(symbols(many, 0))
        assert (len(names), names[8], names[299]) == (300, "M009USDT", "M300USDT")
        assert list(symbols(few, 0).values()) == list(symbols(many, 0).values())[:12]
        assert len(many.klines("M300USDT", limit=1_000)) == 1_000
        assert len(many.ask("ticker/24hr").json()) == 300


def test_fewer_markets_than_have_names() -> None:
    with faulty(markets=2) as exchange:
        assert list(symbols(exchange, 0)) == ["ADAUSDT", "AVAXUSDT"]
