"""Answers that make no sense, and requests to wait: named as such, never taken for candles."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from decimal import Decimal
from email.utils import formatdate
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.exchanges.budget import MemoryBudget
from adapters.exchanges.ccxt_exchange import CcxtExchange
from adapters.exchanges.sandbox.exchange_info import exchange_info
from adapters.exchanges.sandbox.sources import SandboxMarket
from adapters.exchanges.waits import seconds_asked
from application.ports import ExchangeRefused, ExchangeSaysWait, ExchangeUnavailable
from domain.candles import Candle
from domain.timeframes import timeframe
from tests.adapters.exchanges.running import MINUTE, NOON, serving

D = Decimal
MARKETS = [SandboxMarket("BTC/USDT", D("0.01"), D("0.001"))]
DATE = formatdate(NOON / 1_000, usegmt=True)


def row(number: int, close: str = "1.5", *, unit: int = 1) -> list[object]:
    return [(NOON + number * MINUTE) // unit, "1", "2", "0.5", close, "7", 0, "0", 1, "0", "0", "0"]


class Binance:
    """An exchange whose next answers for candles are set by a test; it counts who asks."""

    def __init__(self) -> None:
        self.candles: Callable[[], Response] = lambda: JSONResponse([])
        self.markets = MARKETS
        self.asked = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/v3/klines", self._klines),
                Route("/api/v3/exchangeInfo", self._rules),
                Route("/api/v3/time", self._time),
            ]
        )

    async def _klines(self, _: Request) -> Response:
        self.asked += 1
        return self.candles()

    async def _rules(self, _: Request) -> Response:
        return JSONResponse(exchange_info(self.markets, NOON))

    async def _time(self, _: Request) -> Response:
        return JSONResponse({"serverTime": NOON // 1_000})


class World:
    def __init__(self, binance: Binance, url: str) -> None:
        self.binance = binance
        self.url = url

    def answers(self, answer: Response) -> "World":
        self.binance.candles = lambda: answer
        self.binance.asked = 0
        return self

    def candles(self, limit: int = 10, **settings: Any) -> list[Candle]:
        async def ask(exchange: CcxtExchange) -> list[Candle]:
            since = NOON
            return list(await exchange.candles("BTC/USDT", timeframe("1m"), since, limit))

        return list(self.ask(ask, **settings))

    def ask(
        self, question: Callable[[CcxtExchange], Coroutine[Any, Any, Any]], **settings: Any
    ) -> Any:
        async def ask() -> Any:
            exchange = CcxtExchange(
                "here", "binance", url=self.url, **{"requests_per_second": 1_000, **settings}
            )
            try:
                return await question(exchange)
            finally:
                await exchange.close()

        return asyncio.run(ask())


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    binance = Binance()
    with serving(binance.app()) as url:
        yield World(binance, url)


@contextmanager
def unavailable(reason: str) -> Iterator[None]:
    with pytest.raises(ExchangeUnavailable, match=f"here candles BTC/USDT: .*{reason}"):
        yield


def text(body: str | bytes, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status, {"content-type": "application/json", **named})


def in_ms(seconds: float) -> int:
    return int((time.time() + seconds) * 1_000)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("[[1735732800000,", "cut off or wrong"),
        ('[{"open": NaN}]', "cut off or wrong"),
        ("<html>Be right back</html>", "a page instead of JSON"),
        ("", "an empty answer"),
        ("{}", "no rows of candles"),
        ('{"rows": 7}', "no time in ms"),
        ('["a", "b"]', "no time in ms"),
        ('{"code": -77777, "msg": "what?"}', "what ccxt does not know"),
    ],
)
def test_an_answer_that_is_no_list_of_candles_is_unavailable(
    world: World, body: str, reason: str
) -> None:
    with unavailable(f"(?:{reason})"):
        world.answers(text(body)).candles()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row(0), row(0, close="1.6")], "two different candles"),
        ([row(0, unit=1_000), row(1, unit=1_000)], "no time in ms"),
        ([[NOON * 1_000, *row(0)[1:]]], "no time in ms"),
        ([[None, *row(0)[1:]]], "no time in ms"),
        ([row(0, close="Infinity")], "Infinity for a number"),
        ([row(0, close="cheap")], "makes no sense"),
    ],
    ids=["contradicting", "in seconds", "in microseconds", "without time", "infinite", "a word"],
)
def test_rows_that_cannot_be_are_unavailable(world: World, rows: list[object], reason: str) -> None:
    with unavailable(reason):
        world.answers(JSONResponse(rows)).candles()


def test_no_candles_is_an_answer_too(world: World) -> None:
    assert world.answers(JSONResponse([])).candles() == []


def test_descending_rows_are_sorted_and_equal_ones_merged(world: World) -> None:
    rows = [row(2), row(1), row(1, close="1.50"), row(0)]
    candles = world.answers(JSONResponse(rows)).candles()
    assert [candle.open_time for candle in candles] == [NOON + n * MINUTE for n in range(3)]


def test_only_what_contradicts_itself_is_left_out(world: World) -> None:
    rows = [row(0), row(1), row(1, close="1.6"), row(2)]
    candles = world.answers(JSONResponse(rows)).candles()
    assert [candle.open_time for candle in candles] == [NOON, NOON + 2 * MINUTE]


def test_rows_off_the_grid_are_passed_on(world: World) -> None:
    off = [NOON + 7, *row(0)[1:]]
    [candle] = world.answers(JSONResponse([off])).candles()
    assert candle.open_time == NOON + 7


def test_numbers_that_json_does_not_quote_keep_all_their_digits(world: World) -> None:
    body = f"[[{NOON}, 1, 2, 0.5, 1.50, 12345678901234567890.12345678]]"
    [candle] = world.answers(text(body)).candles()
    assert candle.volume == D("12345678901234567890.12345678")


def test_a_stalled_answer_is_given_up(world: World) -> None:
    class Stalled(Response):
        async def __call__(self, _scope: Any, receive: Any, _send: Any) -> None:
            await receive()
            await asyncio.wait_for(receive(), 20)  # until the client hangs up

    with unavailable("no answer in time"):
        world.answers(Stalled()).candles(seconds_for_answer=0.3)


def test_a_clock_in_seconds_is_no_clock(world: World) -> None:
    with pytest.raises(ExchangeUnavailable, match=r"here time: .*no time in ms"):
        world.ask(lambda exchange: exchange.time())


def test_a_request_that_is_wrong_is_refused(world: World) -> None:
    answer = text('{"code": -77777, "msg": "what?"}', 400)
    with pytest.raises(ExchangeRefused, match="here candles"):
        world.answers(answer).candles()


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (text("{}", 429, retry_after="7"), 7),
        (text('{"code":-1003,"msg":"Too many requests."}', 429), 30),
        (text("<html>slow down</html>", 429), 30),
        (text("", 418), 120),
        (text(f'{{"code":-1003,"msg":"IP banned until {in_ms(1_800)}."}}', 418), 1_800),
        (text('{"code":-1003,"msg":"Too much request weight used"}'), 30),
    ],
    ids=["Retry-After", "429", "a page", "418", "banned until", "in words"],
)
def test_an_exchange_that_wants_to_be_left_alone_is_not_asked_again(
    world: World, answer: Response, seconds: float
) -> None:
    world.answers(answer)
    store = MemoryBudget()
    for _ in range(3):
        with pytest.raises(ExchangeSaysWait, match="here candles BTC/USDT") as told:
            world.candles(budget=store)
        assert told.value.seconds == pytest.approx(seconds, abs=10, rel=0.1)
    assert world.binance.asked == 1


def test_the_right_one_of_many_answers_says_how_long_to_wait(world: World) -> None:
    answers = iter(
        [JSONResponse([row(0)]) for _ in range(10)]
        + [text("{}", 429, retry_after="44")]
        + [JSONResponse([row(0)]) for _ in range(9)]
    )
    world.binance.candles = lambda: next(answers)

    async def ask(exchange: CcxtExchange) -> list[Any]:
        await exchange.markets()
        asked = (exchange.candles("BTC/USDT", timeframe("1m"), NOON, 1) for _ in range(20))
        return await asyncio.gather(*asked, return_exceptions=True)

    told = [each for each in world.ask(ask) if isinstance(each, ExchangeSaysWait)]
    assert told
    assert all(wait.seconds == pytest.approx(44, abs=2) for wait in told)


@pytest.mark.parametrize(
    ("status", "headers", "body", "seconds"),
    [
        (429, {"Retry-After": "0.2"}, "", 1),
        (429, {"retry-after": "-5"}, "", 30),
        (429, {"retry-after": "soon"}, "", 30),
        (429, {"retry-after": "nan"}, "", 30),
        (429, {"date": DATE, "retry-after": formatdate(NOON / 1_000 + 9, usegmt=True)}, "", 9),
        (418, {"date": DATE}, f"banned until {NOON - 5_000}", 1),
        (418, {"date": DATE, "retry-after": "5"}, f"banned until {NOON + 60_000}", 60),
        (418, {"retry-after": "1e30"}, "", 3 * 86_400),
        (418, {}, f"banned until {NOON + 60_000}", 60),
    ],
)
def test_a_wait_is_read_from_headers_and_words(
    status: int, headers: dict[str, str], body: str, seconds: float
) -> None:
    assert seconds_asked(status, headers, body, NOON) == seconds


def test_a_market_that_an_answer_leaves_out_can_still_be_asked(world: World) -> None:
    world.answers(JSONResponse([row(0)]))
    both = [*MARKETS, SandboxMarket("ETH/USDT", D("0.01"), D("0.001"))]

    async def ask(exchange: CcxtExchange) -> Any:
        world.binance.markets = both
        before = await exchange.markets()
        world.binance.markets = MARKETS
        after = await exchange.markets()
        candles = await exchange.candles("ETH/USDT", timeframe("1m"), NOON, 1)
        return [rules.pair for rules in before], [rules.pair for rules in after], len(candles)

    assert world.ask(ask) == (["BTC/USDT", "ETH/USDT"], ["BTC/USDT"], 1)


def test_an_exchange_without_a_market_makes_no_sense(world: World) -> None:
    async def ask(exchange: CcxtExchange) -> None:
        world.binance.markets = []
        try:
            await exchange.markets()
        finally:
            world.binance.markets = MARKETS

    with pytest.raises(ExchangeUnavailable, match="here markets: names no market"):
        world.ask(ask)
