"""What every exchange promises: run on the fake, and on ccxt's own client over the sandbox."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from adapters.exchanges.ccxt_exchange import CcxtExchange
from adapters.exchanges.fake import FakeExchange
from adapters.exchanges.sandbox import SandboxSettings
from application.ports import Exchange, ExchangeRefused
from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import timeframe
from tests.adapters.exchanges.running import MINUTE, NOON, sandbox

D = Decimal
ONE_MINUTE = timeframe("1m")
PAIRS = ("BTC/USDT", "PEPE/USDT")


def a_candle(pair: str, number: int) -> Candle:
    step = D("0.01") if pair == "BTC/USDT" else D("0.00000001")
    return Candle(
        NOON + number * MINUTE,
        1000 * step + number * step,
        1090 * step + number * step,
        911 * step + number * step,
        1050 * step + number * step,
        D("12.345") + number,
    )


CANDLES = {(pair, "1m"): [a_candle(pair, number) for number in range(10)] for pair in PAIRS}


def rules(pair: str, tick: str) -> MarketRules:
    base, quote = pair.split("/")
    fee, lot = D("0.001"), D("0.001")
    return MarketRules("binance", pair, base, quote, D(tick), lot, lot, D(5), fee, fee)


RULES = [rules("PEPE/USDT", "0.00000001"), rules("BTC/USDT", "0.01")]


class World(NamedTuple):
    """An exchange that has just reached NOON, and how to move its clock."""

    exchange: Exchange
    advance: Callable[[int], None]


def fake_world() -> World:
    exchange = FakeExchange("binance", RULES, CANDLES, NOON)
    exchange.turnovers = dict.fromkeys(PAIRS, D(1_000))

    def advance(to: int) -> None:
        exchange.now = to

    return World(exchange, advance)


def sandbox_world(url: str) -> World:
    exchange = CcxtExchange("binance", "binance", url=url, requests_per_second=5_000)
    return World(exchange, lambda to: advance_to(url, to))


def advance_to(url: str, to: int) -> None:
    httpx.post(f"{url}/sandbox/advance", params={"to": to}).raise_for_status()


def write_candles(folder: Path) -> None:
    for (pair, name), series in CANDLES.items():
        market = folder / pair.replace("/", "-")
        market.mkdir()
        lines = [",".join(format(D(value), "f") for value in candle) for candle in series]
        header = "open_time_ms,open,high,low,close,volume"
        (market / f"{name}.csv").write_text("\n".join([header, *lines]))


@pytest.fixture(params=["fake", "sandbox"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "fake":
        yield fake_world()
        return
    write_candles(tmp_path)
    with sandbox(SandboxSettings(data=tmp_path, start=NOON)) as url:
        yield sandbox_world(url)


def asked(world: World, *questions: Callable[[Exchange], Coroutine[Any, Any, Any]]) -> list[Any]:
    async def ask() -> list[Any]:
        try:
            return [await question(world.exchange) for question in questions]
        finally:
            await world.exchange.close()

    return asyncio.run(ask())


def candles_of(world: World, pair: str, since: int, limit: int) -> list[Candle]:
    [candles] = asked(world, lambda exchange: exchange.candles(pair, ONE_MINUTE, since, limit))
    return list(candles)


def test_an_exchange_tells_its_own_time(world: World) -> None:
    world.advance(NOON + 1_234)
    assert asked(world, lambda exchange: exchange.time()) == [NOON + 1_234]


def test_markets_come_in_order_of_pair_with_their_exact_rules(world: World) -> None:
    [markets] = asked(world, lambda exchange: exchange.markets())
    assert list(markets) == sorted(RULES, key=lambda rules: rules.pair)


def test_traits_say_what_the_exchange_gives(world: World) -> None:
    traits = world.exchange.traits
    assert traits.quiet_candles
    assert traits.keeps is None
    assert (traits.page, traits.at_once) == (1_000, 50)
    asyncio.run(world.exchange.close())


def test_turnover_is_told_by_pair_in_the_quote(world: World) -> None:
    world.advance(NOON + 10 * MINUTE)
    [turnover] = asked(world, lambda exchange: exchange.turnover())
    assert turnover.keys() == {"BTC/USDT", "PEPE/USDT"}
    assert all(type(traded) is Decimal and traded > 0 for traded in turnover.values())


def test_closed_candles_are_exact_to_the_last_digit(world: World) -> None:
    world.advance(NOON + 10 * MINUTE)
    assert candles_of(world, "PEPE/USDT", NOON, 100) == CANDLES["PEPE/USDT", "1m"]


def test_candles_begin_at_since_and_stop_at_the_limit(world: World) -> None:
    world.advance(NOON + 10 * MINUTE)
    assert candles_of(world, "BTC/USDT", NOON + 1, 3) == CANDLES["BTC/USDT", "1m"][1:4]


def test_the_last_candle_may_be_forming_and_differs_from_the_final_one(world: World) -> None:
    world.advance(NOON + 5 * MINUTE + 30_000)
    *closed, last = candles_of(world, "BTC/USDT", NOON + 3 * MINUTE, 100)
    final = a_candle("BTC/USDT", 5)
    assert closed == CANDLES["BTC/USDT", "1m"][3:5]
    assert (last.open_time, last.open) == (final.open_time, final.open)
    assert last.high < final.high
    assert last.low > final.low
    assert last.close < final.close
    assert last.volume < final.volume


def test_a_candle_is_final_at_the_moment_of_its_close(world: World) -> None:
    world.advance(NOON + 6 * MINUTE)
    assert candles_of(world, "BTC/USDT", NOON + 5 * MINUTE, 1) == [a_candle("BTC/USDT", 5)]


def test_the_future_is_not_seen(world: World) -> None:
    world.advance(NOON + 5 * MINUTE)
    assert candles_of(world, "BTC/USDT", NOON + 6 * MINUTE, 100) == []


def test_an_unknown_pair_is_refused(world: World) -> None:
    with pytest.raises(ExchangeRefused, match="ZZZ/USDT"):
        candles_of(world, "ZZZ/USDT", NOON, 1)
