"""The sandbox exchange's HTTP application."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import msgspec
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.candle_folders import exchange_folder
from adapters.exchanges.sandbox.answers import Answer, Answers
from adapters.exchanges.sandbox.clock import ClockRuns, SandboxClock
from adapters.exchanges.sandbox.faults import BadFaults, Clock, Faults, read_faults
from adapters.exchanges.sandbox.faults.candles import CandleFaults
from adapters.exchanges.sandbox.faults.kinds import MarketEvent, SeriesFault
from adapters.exchanges.sandbox.faults.markets import Markets
from adapters.exchanges.sandbox.faults.requests import Asked, Outages, RequestFaults
from adapters.exchanges.sandbox.faults.spoiling import error, spoiled
from adapters.exchanges.sandbox.files import CandleFiles
from adapters.exchanges.sandbox.pages import Pages
from adapters.exchanges.sandbox.requests import Refused
from adapters.exchanges.sandbox.settings import SandboxSettings
from adapters.exchanges.sandbox.simulator import Simulator
from adapters.exchanges.sandbox.sources import Source, all_timeframes, whole_span
from adapters.exchanges.sandbox.weight import Weight, weight_of
from domain.timeframes import timeframe

SIMULATED_START = 1_735_689_600_000  # 2025-01-01T00:00Z
_HISTORY = 500  # candles before the end, where a folder's clock starts unless told otherwise
_WEIGHT_HEADER = "X-MBX-USED-WEIGHT-1M"


def build_app(settings: SandboxSettings) -> Starlette:
    """The application over the settings' candles and clock; raises NoCandles and BadFaults."""
    faults = open_faults(settings)
    source = open_source(settings)
    _check_pairs(faults, source, settings)
    start = _default_start(source, settings) if settings.start is None else settings.start
    clock = SandboxClock(start, speed=settings.speed, end=settings.end)
    return SandboxExchange(source, clock, faults, settings).app()


def open_source(settings: SandboxSettings) -> Source:
    """The candle files that the settings name, or the simulator; raises NoCandles."""
    if settings.data is None:
        return Simulator(settings.seed, settings.pairs, settings.timeframes, settings.markets)
    folder = exchange_folder(settings.data, settings.exchange)
    return CandleFiles(folder, settings.pairs, settings.timeframes)


def open_faults(settings: SandboxSettings) -> Faults:
    """What the settings say goes wrong, with their limit; raises BadFaults."""
    faults = settings.faults
    if faults is None:
        faults = Faults()
    elif isinstance(faults, Path):
        faults = read_faults(faults)
    if settings.limit is None:
        return faults
    return replace(faults, limit=replace(faults.limit, weight=settings.limit))


class SandboxExchange:
    """Routes requests to their answers, through the limit and the faults of requests."""

    def __init__(
        self, source: Source, clock: SandboxClock, faults: Faults, settings: SandboxSettings
    ) -> None:
        seed = settings.seed if faults.seed is None else faults.seed
        numbered = list(enumerate(faults.faults, 1))
        markets = Markets(numbered, source)
        pages = Pages(markets.source, CandleFaults(numbered, markets.source, seed))
        clock_faults = [fault for fault in faults.faults if isinstance(fault, Clock)]
        self._clock = clock
        self._weight = Weight(faults.limit)
        self._answers = Answers(markets, pages, clock, clock_faults, self._weight)
        self._outages = Outages(numbered)
        self._faults = RequestFaults(numbered, seed)
        self._jitter = settings.jitter_ms / 1000
        self._chance = random.Random(settings.seed)

    def app(self) -> Starlette:
        answers = self._answers
        public = [
            Route(f"/api/v3/{path}", self._responding(self._public(path, answer)))
            for path, answer in answers.public().items()
        ]
        own: Iterable[tuple[str, Answer, str]] = (
            ("status", answers.status, "GET"),
            ("published", answers.published, "GET"),
            ("advance", answers.advance, "POST"),
        )
        return Starlette(
            routes=[
                *public,
                *(
                    Route(
                        f"/sandbox/{path}", self._responding(_answering(answer)), methods=[method]
                    )
                    for path, answer, method in own
                ),
            ]
        )

    def _responding(
        self, respond: Callable[[Request], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def response(request: Request) -> Response:
            self._answers.requests += 1
            if self._jitter:
                await asyncio.sleep(self._chance.random() * self._jitter)
            return respond(request)

        return response

    def _public(self, path: str, answer: Answer) -> Callable[[Request], Response]:
        """Count the weight of a request, refuse it, spoil its answer, or just answer."""
        answered, name = _answering(answer), path.partition("/")[0]

        def respond(request: Request) -> Response:
            refusal = self._weight.spend(weight_of(path, request.query_params))
            if refusal is not None:
                response = error(*refusal)
            elif self._faults or self._outages:
                response = self._met(name, request, lambda: answered(request))
            else:
                response = answered(request)
            response.headers[_WEIGHT_HEADER] = str(self._weight.used)
            return response

        return respond

    def _met(self, name: str, request: Request, true: Callable[[], Response]) -> Response:
        """What a request meets: an outage, a fault of its own, or nothing wrong."""
        asked = self._asked(name, request)
        now = self._clock.now()
        if self._outages.away(asked, now):
            self._answers.hits["outage"] += 1
            return error(503)
        fault = self._faults.hits(asked, now)
        if fault is None:
            return true()
        self._answers.hits[fault.kind] += 1
        return spoiled(fault, true)

    def _asked(self, name: str, request: Request) -> Asked:
        symbol = request.query_params.get("symbol")
        pair = None if symbol is None else self._answers.pairs.get(symbol, symbol)
        return Asked(name, pair, request.query_params.get("interval"))


def _answering(answer: Answer) -> Callable[[Request], Response]:
    def respond(request: Request) -> Response:
        try:
            return _json(answer(request))
        except Refused as refused:
            return _json({"code": refused.code, "msg": refused.message}, status=400)
        except ClockRuns as refused:
            return _json({"code": -1, "msg": str(refused)}, status=409)

    return respond


def _json(answer: object, status: int = 200) -> Response:
    body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
    return Response(body, status, media_type="application/json")


def _check_pairs(faults: Faults, source: Source, settings: SandboxSettings) -> None:
    """A fault of a market that is not there would never be seen."""
    file = settings.faults if isinstance(settings.faults, Path) else "faults"
    for number, fault in enumerate(faults.faults, 1):
        named = fault.pairs if isinstance(fault, SeriesFault) else ()
        named = (fault.pair,) if isinstance(fault, MarketEvent) else named
        for pair in named or ():
            if pair not in source.pairs:
                raise BadFaults(f"{file}: fault {number} ({fault.kind}): there is no {pair!r}")


def _default_start(source: Source, settings: SandboxSettings) -> int:
    if settings.data is None:
        return SIMULATED_START
    _, last = whole_span(source)
    return last - _HISTORY * timeframe(all_timeframes(source)[0]).ms
