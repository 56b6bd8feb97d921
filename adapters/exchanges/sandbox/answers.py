"""What the sandbox exchange answers: Binance's public requests, and the sandbox's own."""

from collections import Counter
from collections.abc import Callable

import msgspec
from starlette.requests import Request

from adapters.exchanges.sandbox.clock import SandboxClock
from adapters.exchanges.sandbox.exchange_info import MOST_WEIGHT, symbols, with_symbols
from adapters.exchanges.sandbox.faults.kinds import Clock
from adapters.exchanges.sandbox.faults.markets import Markets
from adapters.exchanges.sandbox.klines import Klines
from adapters.exchanges.sandbox.pages import Pages
from adapters.exchanges.sandbox.requests import (
    Refused,
    asked_frame,
    asked_limit,
    asked_pair,
    whole_number,
)
from adapters.exchanges.sandbox.sources import all_timeframes, whole_span
from adapters.exchanges.sandbox.tickers import Tickers
from adapters.exchanges.sandbox.weight import Weight

_MOST_PUBLISHED = 100_000

Answer = Callable[[Request], object]


class Answers:
    """Answers to requests, as what msgspec can write, or as JSON already."""

    def __init__(
        self,
        markets: Markets,
        pages: Pages,
        clock: SandboxClock,
        clock_faults: list[Clock],
        weight: Weight,
    ) -> None:
        self.hits: Counter[str] = Counter()
        self.requests = 0
        self._markets = markets
        self._source = markets.source
        self._pages = pages
        self._klines = Klines(self._source, pages)
        self._tickers = Tickers(self._source, self._klines)
        self._clock = clock
        self._clock_faults = clock_faults
        self._weight = weight
        self.pairs = {pair.replace("/", ""): pair for pair in self._source.pairs}
        self._timeframes = all_timeframes(self._source)
        self._written: tuple[int, msgspec.Raw] | None = None
        self._span: tuple[int, int] | None = None

    def public(self) -> dict[str, Answer]:
        """By path after `/api/v3/`."""
        return {
            "ping": lambda _: {},
            "time": lambda _: {"serverTime": self._told_time()},
            "klines": self._candle_rows,
            "exchangeInfo": self._exchange_info,
            "ticker/24hr": lambda request: self._ticker(request, self._tickers.day),
            "ticker/price": lambda request: self._ticker(request, self._tickers.price),
            "ticker/bookTicker": lambda request: self._ticker(request, self._tickers.book),
        }

    def status(self, _: Request) -> object:
        self._span = self._span or whole_span(self._source)
        first, last = self._span
        weight = self._weight
        return {
            "now": self._clock.now(),
            "mode": self._clock.mode,
            "speed": self._clock.speed,
            "end": self._clock.end,
            "first": first,
            "last": last,
            "timeframes": self._timeframes,
            "pairs": list(self._source.pairs),
            "requests": self.requests,
            "weight": {
                "limit": weight.limit,
                "most_in_a_minute": weight.most_in_a_minute,
                "refused": weight.refused,
            },
            "faults": dict(sorted((self.hits + self._pages.spelled).items())),
        }

    def advance(self, request: Request) -> object:
        to = whole_number(request, "to")
        if to is None:
            raise Refused(-1102, "Mandatory parameter 'to' was not sent.")
        return {"now": self._clock.advance(to)}

    def published(self, request: Request) -> bytes:
        """The final candles that have closed, of markets that are gone too."""
        pair = asked_pair(request, self.pairs)
        rows = self._klines.published(
            pair,
            asked_frame(request, self._timeframes),
            self._markets.gone_at(pair, self._clock.now()),
            start=whole_number(request, "startTime"),
            end=whole_number(request, "endTime"),
            limit=asked_limit(request, _MOST_PUBLISHED),
        )
        return _list(rows)

    def _told_time(self) -> int:
        """The clock's time, or what the faults of clocks make of it."""
        now = self._clock.now()
        wrong = [fault for fault in self._clock_faults if fault.holds(now)]
        if not wrong:
            return now
        self.hits["clock"] += 1
        return max(0, now + round(sum(fault.offset for fault in wrong) * 1000))

    def _candle_rows(self, request: Request) -> bytes:
        now = self._clock.now()
        rows = self._klines.rows(
            self._listed_pair(request, now),
            asked_frame(request, self._timeframes),
            now,
            start=whole_number(request, "startTime"),
            end=whole_number(request, "endTime"),
            limit=asked_limit(request),
        )
        return _list(rows)

    def _listed_pair(self, request: Request, now: int) -> str:
        pair = asked_pair(request, self.pairs)
        if not self._markets.is_listed(pair, now):
            raise Refused(-1121, "Invalid symbol.")
        return pair

    def _exchange_info(self, request: Request) -> object:
        now = self._clock.now()
        if "symbol" in request.query_params:
            market = self._markets.market(self._listed_pair(request, now), now)
            written: object = symbols([market])
        else:
            written = self._all_symbols(now)
        return with_symbols(written, self._told_time(), self._weight.limit or MOST_WEIGHT)

    def _all_symbols(self, now: int) -> msgspec.Raw:
        """The symbols of all markets as JSON, written anew when one has changed."""
        stage = self._markets.stage(now)
        if self._written is None or self._written[0] != stage:
            markets = [self._markets.market(pair, now) for pair in self._markets.listed(now)]
            self._written = stage, msgspec.Raw(msgspec.json.encode(symbols(markets)))
        return self._written[1]

    def _ticker(
        self, request: Request, ticker: Callable[[str, int], dict[str, object]]
    ) -> dict[str, object] | list[dict[str, object]]:
        now = self._clock.now()
        if "symbol" in request.query_params:
            return ticker(self._listed_pair(request, now), now)
        return [ticker(pair, now) for pair in self._markets.listed(now)]


def _list(rows: list[str]) -> bytes:
    return f"[{','.join(rows)}]".encode()
