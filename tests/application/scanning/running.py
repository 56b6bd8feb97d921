"""A scan of a fake exchange onto a real tape, and what it wrote."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from adapters.exchanges.fake import FakeExchange, FakePace
from adapters.postgres.attempts import AttemptTable
from adapters.postgres.market_memory import MarketMemory
from application.scanning import Scan, ScanPlan, Universe
from application.scanning.listings import Looked
from application.scanning.scan import Revalidated
from application.tapes import MarketTape
from domain.candles import Candle
from domain.timeframes import Timeframe, timeframe
from tests.adapters.exchanges.running import MINUTE, NOON
from tests.projections.history import ask
from tests.scenario import BTC, ETH, XRP, rules

D = Decimal
PAIRS = (BTC, ETH, XRP)
WARM_UP = 3
FIRST = -1_200
"""The fake has so many candles before noon, and `LAST` after it."""
LAST = 100

Told = list[tuple[str, str, str]]
"""Facts: topic, of what (pair, timeframe or exchange), and hour and minute of `at`."""

_TOLD = """
    SELECT topic, coalesce(fact->>'pair', fact->>'timeframe', fact->>'exchange'),
        to_char((fact->>'at')::timestamptz AT TIME ZONE 'UTC', 'HH24:MI')
    FROM market.events WHERE position > {after} ORDER BY position"""
_PERIODS = """
    SELECT to_char((fact->>'at')::timestamptz AT TIME ZONE 'UTC', 'HH24:MI'),
        (fact->>'markets')::int, fact->'missing'
    FROM market.events WHERE topic = 'PeriodClosed' ORDER BY position"""
_ON_TAPE = """
    SELECT version, fact->>'open', fact->>'high', fact->>'low', fact->>'close', fact->>'volume'
    FROM market.events WHERE topic = 'CandleClosed' AND fact->>'pair' = '{pair}'
        AND fact->>'timeframe' = '{frame}' ORDER BY version"""


def a_candle(number: int, frame: str = "1m", price: int = 1000) -> Candle:
    """The candle that opens so many periods after noon."""
    opened = NOON + number * timeframe(frame).ms
    first = D(price + number % 17)
    return Candle(opened, first, first + 9, first - 9, first + 5, D("12.5"))


def the_candles(frame: str = "1m", last: int = LAST) -> list[Candle]:
    return [a_candle(number, frame) for number in range(FIRST, last)]


class AnyOrder(FakeExchange):
    """Answers in an order of its own; things happen `before` and `behind` the answers of pairs."""

    order: Sequence[str] = ()
    before: Callable[[str], None] = staticmethod(lambda _pair: None)
    behind: Callable[[str], None] = staticmethod(lambda _pair: None)

    async def candles(
        self, pair: str, timeframe: Timeframe, since: int, limit: int
    ) -> Sequence[Candle]:
        for _ in range(self.order.index(pair) if pair in self.order else 0):
            await asyncio.sleep(0)
        self.before(pair)
        answer = await super().candles(pair, timeframe, since, limit)
        self.behind(pair)
        return answer


def an_exchange(
    frames: Sequence[str] = ("1m",),
    pairs: Sequence[str] = PAIRS,
    last: int = LAST,
    name: str = "binance",
) -> AnyOrder:
    """At noon, with candles long before and some after it."""
    series = {(pair, frame): the_candles(frame, last) for pair in pairs for frame in frames}
    markets = [replace(rules(pair), exchange=name) for pair in pairs]
    return AnyOrder(name, markets, series, NOON)


@dataclass
class Scanning:
    """A scanner of one exchange, and what it wrote."""

    url: str
    exchange: AnyOrder
    tape: MarketTape
    memory: MarketMemory
    log: AttemptTable
    plan: ScanPlan
    pace: FakePace = field(init=False)
    scan: Scan = field(init=False)

    def __post_init__(self) -> None:
        self.pace = FakePace(self.exchange)
        self.restart()

    def restart(self, **changes: Any) -> None:
        """Forget everything but the tape; `changes` are other collaborators of the scan."""
        given = {"exchange": self.exchange, "tape": self.tape, "memory": self.memory}
        others = {"plan": self.plan, "pace": self.pace, "log": self.log}
        self.scan = Scan(**{**given, **others, **changes})

    def at(self, moment: int) -> Told:
        """Scan when the exchange's true clock is there (ms); what is new on the tape."""
        before = self.tape.head()
        self.exchange.now = moment
        asyncio.run(self.scan.run())
        return self.since(before)

    def minutes(self, *numbers: int) -> Told:
        """Scan at so many minutes after noon, one after the other; what is new on the tape."""
        return [each for number in numbers for each in self.at(NOON + number * MINUTE)]

    def revalidate(self) -> Revalidated:
        """Ask for all that fails or is missing."""
        return asyncio.run(self.scan.revalidate())

    def discover(self) -> Looked:
        """Look for markets."""
        return asyncio.run(self.scan.discover())

    def since(self, position: int) -> Told:
        """What is on the tape behind a position."""
        return ask(self.url, _TOLD.format(after=position))

    def periods(self) -> list[tuple[str, int, list[str]]]:
        """Closed periods: when, of how many markets, and those without a candle."""
        return ask(self.url, _PERIODS)

    def missing(self) -> dict[str, list[str]]:
        """Closed periods with candles missing: when, and of which pairs."""
        return {at: pairs for at, _, pairs in self.periods() if pairs}

    def candles(self, pair: str, frame: str = "1m") -> list[Candle]:
        """Closed candles of a series as they are on the tape."""
        rows = ask(self.url, _ON_TAPE.format(pair=pair, frame=frame))
        return [Candle(row[0], *map(D, row[1:])) for row in rows]

    def facts(self, topic: str, *names: str) -> list[Any]:
        """These fields of every fact of a topic, a tuple where there are several."""
        columns = ", ".join(f"fact->'{name}'" for name in names)
        query = f"SELECT {columns} FROM market.events WHERE topic = '{topic}' ORDER BY position"
        return ask(self.url, query)

    def attempts(self, kind: str) -> list[tuple[str, str]]:
        """What was noted of a kind: pair and reason."""
        query = f"SELECT pair, reason FROM ops.attempts WHERE kind = '{kind}' ORDER BY id"
        return ask(self.url, query)

    def take_away(self, pair: str, numbers: Iterable[int], frame: str = "1m") -> list[Candle]:
        """Leave candles out of what the exchange has, by periods after noon; those candles."""
        times = {NOON + number * timeframe(frame).ms for number in numbers}
        series = self.exchange.series[pair, frame]
        self.exchange.series[pair, frame] = [each for each in series if each.open_time not in times]
        return [each for each in series if each.open_time in times]

    def give_back(self, pair: str, candles: Iterable[Candle], frame: str = "1m") -> None:
        """Let the exchange have these candles again."""
        series = self.exchange.series[pair, frame]
        self.exchange.series[pair, frame] = sorted([*series, *candles])

    def change(self, pair: str, number: int, change: Callable[[Candle], Candle]) -> None:
        """Let the exchange have another candle in that place."""
        self.give_back(pair, [change(each) for each in self.take_away(pair, [number])])


@contextmanager
def scanning(
    url: str,
    tape: MarketTape,
    exchange: AnyOrder,
    warm_up: Mapping[str, int] | None = None,
    universe: Universe | None = None,
) -> Iterator[Scanning]:
    """A scanner of an exchange, of all the pairs or of a universe, on 1m if not told otherwise."""
    memory, log = MarketMemory(url, exchange.name), AttemptTable(url, exchange.name)
    plan = ScanPlan(universe or Universe(PAIRS), warm_up or {"1m": WARM_UP})
    try:
        yield Scanning(url, exchange, tape, memory, log, plan)
    finally:
        log.close()
        memory.close()


def of(pairs: Sequence[str], at: str, *periods: str) -> Told:
    """Candles of pairs, then their period."""
    candles = [("CandleClosed", pair, at) for pair in pairs]
    return [*candles, *(("PeriodClosed", frame, at) for frame in periods)]


def topics(told: Told) -> list[str]:
    """Topics of facts but candles and periods."""
    usual = ("CandleClosed", "PeriodClosed", "MarketListed")
    return [topic for topic, _, _ in told if topic not in usual]
