"""The sandbox exchange's HTTP application."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.exchanges.sandbox.clock import ClockRuns, SandboxClock
from adapters.exchanges.sandbox.exchange_info import exchange_info
from adapters.exchanges.sandbox.files import CandleFiles, exchange_folder
from adapters.exchanges.sandbox.klines import Klines
from adapters.exchanges.sandbox.requests import (
    Refused,
    asked_frame,
    asked_limit,
    asked_pair,
    whole_number,
)
from adapters.exchanges.sandbox.settings import SandboxSettings
from adapters.exchanges.sandbox.simulator import Simulator
from adapters.exchanges.sandbox.sources import Source, shortest_first, whole_span
from adapters.exchanges.sandbox.tickers import Tickers
from domain.timeframes import timeframe

SIMULATED_START = 1_735_689_600_000  # 2025-01-01T00:00Z
_HISTORY = 500  # candles before the end, where a folder's clock starts unless told otherwise


def build_app(settings: SandboxSettings) -> Starlette:
    """The application over the settings' candles and clock; raises NoCandles."""
    source = open_source(settings)
    start = _default_start(source, settings) if settings.start is None else settings.start
    clock = SandboxClock(start, speed=settings.speed, end=settings.end)
    return SandboxExchange(source, clock, settings).app()


def open_source(settings: SandboxSettings) -> Source:
    """The candle files that the settings name, or the simulator; raises NoCandles."""
    if settings.data is None:
        return Simulator(settings.seed, settings.pairs, settings.timeframes)
    folder = exchange_folder(settings.data, settings.exchange)
    return CandleFiles(folder, settings.pairs, settings.timeframes)


class SandboxExchange:
    """Answers to requests: Binance's public ones, and two about the clock."""

    def __init__(self, source: Source, clock: SandboxClock, settings: SandboxSettings) -> None:
        self._source = source
        self._clock = clock
        self._klines = Klines(source)
        self._tickers = Tickers(source, self._klines)
        self._pairs = {pair.replace("/", ""): pair for pair in source.pairs}
        self._jitter = settings.jitter_ms / 1000
        self._chance = random.Random(settings.seed)
        self._span: tuple[int, int] | None = None
        self._requests = 0

    def app(self) -> Starlette:
        answers: dict[str, Callable[[Request], object]] = {
            "/api/v3/ping": lambda _: {},
            "/api/v3/time": lambda _: {"serverTime": self._clock.now()},
            "/api/v3/klines": self._candle_rows,
            "/api/v3/exchangeInfo": self._exchange_info,
            "/api/v3/ticker/24hr": lambda request: self._ticker(request, self._tickers.day),
            "/api/v3/ticker/price": lambda request: self._ticker(request, self._tickers.price),
            "/api/v3/ticker/bookTicker": lambda request: self._ticker(request, self._tickers.book),
            "/sandbox/status": self._status,
        }
        routes = [Route(path, self._answering(answer)) for path, answer in answers.items()]
        advance = Route("/sandbox/advance", self._answering(self._advance), methods=["POST"])
        return Starlette(routes=[*routes, advance])

    def _answering(
        self, answer: Callable[[Request], object]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            self._requests += 1
            if self._jitter:
                await asyncio.sleep(self._chance.random() * self._jitter)
            try:
                return _json(answer(request))
            except Refused as refused:
                return _json({"code": refused.code, "msg": refused.message}, status=400)
            except ClockRuns as refused:
                return _json({"code": -1, "msg": str(refused)}, status=409)

        return respond

    def _candle_rows(self, request: Request) -> bytes:
        rows = self._klines.rows(
            asked_pair(request, self._pairs),
            asked_frame(request),
            self._clock.now(),
            start=whole_number(request, "startTime"),
            end=whole_number(request, "endTime"),
            limit=asked_limit(request),
        )
        return f"[{','.join(rows)}]".encode()

    def _exchange_info(self, request: Request) -> object:
        pairs = list(self._source.pairs)
        if "symbol" in request.query_params:
            pairs = [asked_pair(request, self._pairs)]
        return exchange_info(map(self._source.market, pairs), self._clock.now())

    def _ticker(
        self, request: Request, ticker: Callable[[str, int], dict[str, object]]
    ) -> dict[str, object] | list[dict[str, object]]:
        now = self._clock.now()
        if "symbol" in request.query_params:
            return ticker(asked_pair(request, self._pairs), now)
        return [ticker(pair, now) for pair in self._source.pairs]

    def _advance(self, request: Request) -> object:
        to = whole_number(request, "to")
        if to is None:
            raise Refused(-1102, "Mandatory parameter 'to' was not sent.")
        return {"now": self._clock.advance(to)}

    def _status(self, _: Request) -> object:
        self._span = self._span or whole_span(self._source)
        first, last = self._span
        return {
            "now": self._clock.now(),
            "mode": self._clock.mode,
            "speed": self._clock.speed,
            "end": self._clock.end,
            "first": first,
            "last": last,
            "timeframes": _timeframes(self._source),
            "pairs": list(self._source.pairs),
            "requests": self._requests,
        }


def _json(answer: object, status: int = 200) -> Response:
    body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
    return Response(body, status, media_type="application/json")


def _timeframes(source: Source) -> list[str]:
    return shortest_first({name for pair in source.pairs for name in source.timeframes(pair)})


def _default_start(source: Source, settings: SandboxSettings) -> int:
    if settings.data is None:
        return SIMULATED_START
    _, last = whole_span(source)
    return last - _HISTORY * timeframe(_timeframes(source)[0]).ms
