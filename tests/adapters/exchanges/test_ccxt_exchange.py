"""ccxt's client behind the port: exact numbers, and errors named by what they ask for."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from adapters.exchanges.ccxt_exchange import CcxtExchange
from adapters.exchanges.sandbox import SandboxSettings
from adapters.exchanges.sandbox.exchange_info import exchange_info
from adapters.exchanges.sandbox.sources import SandboxMarket
from application.ports import ExchangeRefused, ExchangeUnavailable
from domain.candles import Candle
from domain.timeframes import timeframe
from tests.adapters.exchanges.running import MINUTE, NOON, sandbox, serving

D = Decimal
ONE_MINUTE = timeframe("1m")
MARKETS = [
    SandboxMarket(f"{base}/USDT", D("0.01"), D("0.001"))
    for base in ("ODD", "HTML", "DOWN", "LIMIT", "CUT", "PAUSED")
]
ODD_ROWS: list[list[object]] = [
    [NOON + MINUTE, "0.00000123", "0.00000124", "0.00000122", "0.00000123", "7"],
    [NOON, "1", "2", "0.5", "1.50", "12345678901234567890.12345678"],
    [NOON + MINUTE, "0.00000123", "0.00000124", "0.00000122", "0.00000123", "7"],
    [NOON + 2 * MINUTE, None, "2", "0.5", "1.50", "1"],
]


def odd_exchange() -> Starlette:
    async def klines(request: Request) -> Response:
        match request.query_params["symbol"]:
            case "ODDUSDT":
                return JSONResponse([[*row, 0, "0", 1, "0", "0", "0"] for row in ODD_ROWS])
            case "HTMLUSDT":
                return PlainTextResponse("<html>Be right back</html>", media_type="text/html")
            case "DOWNUSDT":
                return PlainTextResponse("Bad gateway", 502)
            case "CUTUSDT":
                return Response(b"[[1,", headers={"content-length": "4000"})
            case _:
                return JSONResponse({"code": -1003, "msg": "Too many requests."}, 429)

    async def rules(_: Request) -> Response:
        answer = exchange_info(MARKETS, NOON)
        symbols = answer["symbols"]
        assert isinstance(symbols, list)
        symbols[-1]["status"] = "BREAK"
        return JSONResponse(answer)

    return Starlette(routes=[Route("/api/v3/klines", klines), Route("/api/v3/exchangeInfo", rules)])


@pytest.fixture(scope="module")
def odd_url() -> Iterator[str]:
    with serving(odd_exchange()) as url:
        yield url


def candles(url: str, pair: str, name: str = "1m") -> list[Candle]:
    async def ask() -> list[Candle]:
        exchange = CcxtExchange("here", "binance", url=url, requests_per_second=1_000)
        try:
            return list(await exchange.candles(pair, timeframe(name), NOON, 10))
        finally:
            await exchange.close()

    return asyncio.run(ask())


def test_numbers_survive_to_the_last_digit_and_rows_are_put_in_order(odd_url: str) -> None:
    first, second = candles(odd_url, "ODD/USDT")
    assert first.volume == D("12345678901234567890.12345678")
    assert second.open == D("0.00000123")
    assert (first.open_time, second.open_time) == (NOON, NOON + MINUTE)


def test_markets_that_do_not_trade_are_left_out(odd_url: str) -> None:
    async def pairs() -> list[str]:
        exchange = CcxtExchange("here", "binance", url=odd_url)
        try:
            return [market.pair for market in await exchange.markets()]
        finally:
            await exchange.close()

    assert asyncio.run(pairs()) == ["CUT/USDT", "DOWN/USDT", "HTML/USDT", "LIMIT/USDT", "ODD/USDT"]


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        ("HTML/USDT", "a page instead of JSON: '<html>Be right back</html>'"),
        ("DOWN/USDT", "HTTP 502: Bad gateway"),
        ("LIMIT/USDT", 'HTTP 429: {"code":-1003,"msg":"Too many requests."}'),
        ("CUT/USDT", "the answer was cut off"),
    ],
)
def test_an_exchange_that_is_away_or_overrun_is_asked_again_later(
    odd_url: str, pair: str, says: str
) -> None:
    with pytest.raises(ExchangeUnavailable) as unavailable:
        candles(odd_url, pair)
    assert str(unavailable.value) == f"here candles {pair}: {says}"


def test_an_exchange_that_cannot_be_reached_is_asked_again_later() -> None:
    says = "^here candles BTC/USDT: no connection to http://127.0.0.1:1$"
    with pytest.raises(ExchangeUnavailable, match=says):
        candles("http://127.0.0.1:1", "BTC/USDT")


def test_a_timeframe_or_an_exchange_that_ccxt_does_not_know_is_refused(odd_url: str) -> None:
    with pytest.raises(ExchangeRefused, match="7m"):
        candles(odd_url, "ODD/USDT", "7m")
    with pytest.raises(ExchangeRefused, match="nowhere"):
        asyncio.run(CcxtExchange("nowhere", "nowhere").time())


def test_many_questions_at_once_give_what_one_after_the_other_gives() -> None:
    async def ask(url: str, at_once: int) -> list[list[Candle]]:
        exchange = CcxtExchange("here", "binance", url=url, requests_per_second=5_000)
        free = asyncio.Semaphore(at_once)

        async def one(pair: str) -> list[Candle]:
            async with free:
                return list(await exchange.candles(pair, ONE_MINUTE, NOON - 5 * MINUTE, 3))

        try:
            pairs = [market.pair for market in await exchange.markets()] * 3
            return await asyncio.gather(*map(one, pairs))
        finally:
            await exchange.close()

    with sandbox(SandboxSettings(start=NOON, jitter_ms=20)) as url:
        assert asyncio.run(ask(url, 24)) == asyncio.run(ask(url, 1))
