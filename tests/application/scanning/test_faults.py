"""Everything that a sandbox exchange can do wrong, over HTTP, met by the real client and a scan.

Time begins at 11:57; what is wrong is so for a few minutes around noon, when markets are looked at.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from threading import Event
from typing import Any

import httpx
import pytest

from adapters.exchanges.ccxt_exchange import CcxtExchange
from adapters.exchanges.pace import LockstepPace
from adapters.exchanges.sandbox import SandboxSettings
from adapters.exchanges.sandbox.faults import (
    Absent,
    BadCandle,
    Clock,
    ContradictingDuplicates,
    Delisted,
    Descending,
    Disconnect,
    Duplicates,
    Empty,
    Fault,
    Faults,
    Halted,
    Hang,
    Late,
    Listed,
    NotJson,
    Outage,
    Restated,
    Rules,
    Seconds,
    Status,
    Truncated,
    WrongJson,
)
from adapters.postgres.attempts import AttemptTable
from adapters.postgres.market_memory import MarketMemory
from application.ports import ExchangeSaysWait, ExchangeUnavailable
from application.scanning import Scan, ScanPlan, Universe
from application.scanning.holes import ASK_AGAIN
from application.tapes import MarketTape
from domain.times import from_ms, to_ms
from tests.adapters.exchanges.running import MINUTE, NOON, sandbox
from tests.projections.history import ask
from tests.scenario import BTC, ETH, XRP

START = NOON - 3 * MINUTE
MINUTES = 9
PAIRS = (BTC, ETH, XRP)
DAY = 86_400

_TYPED = """
    SELECT s.pair, c.open_time, c.open, c.high, c.low, c.close, c.volume
    FROM market.candles AS c JOIN market.series AS s ON s.id = c.series {} ORDER BY 1, c.position"""
_JSON = """
    SELECT fact->>'pair', (extract(epoch FROM (fact->>'at')::timestamptz) * 1000)::bigint - 60000,
        (fact->>'open')::float8, (fact->>'high')::float8, (fact->>'low')::float8,
        (fact->>'close')::float8, (fact->>'volume')::float8
    FROM market.events WHERE topic IN ('CandleClosed', 'CandleRevised') ORDER BY 1, position"""
_CLOSES = """
    SELECT (extract(epoch FROM (fact->>'at')::timestamptz) * 1000)::bigint
    FROM market.events WHERE topic = 'PeriodClosed' ORDER BY position"""


def minute(number: float) -> datetime:
    """So many minutes after noon."""
    return from_ms(NOON + round(number * MINUTE))


WHILE: dict[str, Any] = {"since": minute(-2), "until": minute(2)}
"""From 11:58 until 12:02."""
TWICE: dict[str, Any] = {**WHILE, "times": 2}


@dataclass
class Seen:
    """What a scan of a faulty exchange left behind."""

    database: str
    url: str

    @property
    def topics(self) -> Counter[str]:
        return Counter(ask(self.database, "SELECT topic FROM market.events"))

    @property
    def attempts(self) -> Counter[str]:
        """Attempts by kind."""
        return Counter(ask(self.database, "SELECT kind FROM ops.attempts"))

    @property
    def visible(self) -> set[str]:
        """Kinds of attempts, and of facts that a scan without faults does not write."""
        usual = {"CandleClosed", "PeriodClosed", "MarketListed"}
        return set(self.topics) - usual | set(self.attempts)

    def fields(self, topic: str, *names: str) -> list[Any]:
        columns = ", ".join(f"fact->'{name}'" for name in names)
        query = f"SELECT {columns} FROM market.events WHERE topic = '{topic}' ORDER BY position"
        return ask(self.database, query)

    def missing(self) -> dict[str, list[str]]:
        """Periods with candles missing: hour and minute, and the pairs."""
        periods = self.fields("PeriodClosed", "at", "missing")
        return {at[11:16]: pairs for at, pairs in periods if pairs}

    def closes(self) -> list[int]:
        closes: list[int] = ask(self.database, _CLOSES)
        return closes

    def tape_is_what_was_published(self) -> bool:
        """The newest value of every candle is the final one, and none is left out."""
        until = self.closes()[-1] - MINUTE
        recorded = ask(self.database, _TYPED.format("WHERE c.superseded_by IS NULL"))
        for pair in {row[0] for row in recorded}:
            ours = sorted(row[1:] for row in recorded if row[0] == pair)
            assert ours == self._published(pair, ours[0][0], until), pair
        return True

    def table_is_json(self) -> bool:
        """The typed table has the candles of the facts, and no other."""
        return ask(self.database, _TYPED.format("")) == ask(self.database, _JSON)

    def _published(self, pair: str, since: int, until: int) -> list[tuple[Any, ...]]:
        asked: dict[str, str | int] = {"symbol": pair.replace("/", ""), "interval": "1m"}
        asked |= {"startTime": since, "endTime": until, "limit": 100_000}
        rows = httpx.get(f"{self.url}/sandbox/published", params=asked).json()
        return [(row[0], *map(float, row[1:6])) for row in rows]


@asynccontextmanager
async def scan_of(url: str, database: str, tape: MarketTape) -> AsyncIterator[Scan]:
    """A scan of everything in USDT by the real client."""
    exchange = CcxtExchange(
        "sandbox", "binance", url=url, requests_per_second=5_000, seconds_for_answer=0.4
    )
    memory, log = MarketMemory(database, "sandbox"), AttemptTable(database, "sandbox")
    pace, plan = LockstepPace(Event(), url), ScanPlan(Universe(quotes=("USDT",)), {"1m": 5})
    scan = Scan(exchange, tape, memory, plan, pace, log)
    try:
        yield scan
    finally:
        await scan.close()
        await pace.close()
        log.close()
        memory.close()


async def scan_on(url: str, database: str, tape: MarketTape, end: int) -> None:
    """Scan minute by minute up to a true time (ms); when it fails, a little later again."""
    client = httpx.AsyncClient(base_url=url)
    async with scan_of(url, database, tape) as scan, client:

        async def advanced(to: int) -> int:
            answer = await client.post("/sandbox/advance", params={"to": to})
            return int(answer.json()["now"])

        while (now := await advanced(0)) <= end:
            try:
                await scan.run()
            except ExchangeSaysWait as wait:
                await asyncio.sleep(min(wait.seconds, 2))
            except ExchangeUnavailable:
                await advanced(now + 10_000)
            else:
                await advanced((await advanced(0) // MINUTE + 1) * MINUTE)


@contextmanager
def scanned(
    database: str, tape: MarketTape, *faults: Fault, minutes: int = MINUTES
) -> Iterator[Seen]:
    """What is left when an exchange with these faults was scanned."""
    settings = SandboxSettings(start=START, pairs=PAIRS, faults=Faults(faults=faults))
    with sandbox(settings) as url:
        asyncio.run(scan_on(url, database, tape, START + minutes * MINUTE))
        yield Seen(database, url)


def all_periods(seen: Seen) -> bool:
    """Every period closed, once and in order."""
    closes = seen.closes()
    last = START + MINUTES * MINUTE
    return closes == list(range(closes[0], closes[-1] + 1, MINUTE)) and closes[-1] >= last - MINUTE


def names(cases: Sequence[tuple[Fault, set[str]]]) -> list[str]:
    return [f"{fault.kind}-{number}" for number, (fault, _) in enumerate(cases)]


REQUESTS: list[tuple[Fault, set[str]]] = [
    (Status(status=429, retry_after=1, pairs=(BTC,), **{**TWICE, "times": 1}), {"told to wait"}),
    (Status(status=429, retry_after=1, path="time", **{**TWICE, "times": 1}), {"told to wait"}),
    (Status(status=418, retry_after=1, pairs=(ETH,), **{**TWICE, "times": 1}), {"told to wait"}),
    *(
        (Status(status=status, html=html, **TWICE), {"unavailable"})
        for status in (500, 502, 503, 504)
        for html in (False, True)
    ),
    (Disconnect(**TWICE), {"unavailable"}),
    (Disconnect(path="klines", chance=0.3, **WHILE), {"unavailable"}),
    (Hang(seconds=1, path="klines", pairs=(ETH,), **{**TWICE, "times": 1}), {"unavailable"}),
    (Hang(seconds=0.1, then="close", path="klines", **TWICE), {"unavailable"}),
    (Truncated(**TWICE), {"unavailable"}),
    (Truncated(cut=True, **TWICE), {"unavailable"}),
    (NotJson(**TWICE), {"unavailable"}),
    (WrongJson(**TWICE), {"unavailable"}),
    (Empty(**TWICE), {"unavailable"}),
    (Empty(path="klines", pairs=(XRP,), **WHILE), {"unavailable", "ScanFailed", "GapFound"}),
    (Empty(path="exchangeInfo", **WHILE), {"unavailable"}),
    (Seconds(**TWICE), {"unavailable"}),
    (Seconds(pairs=(BTC,), **WHILE), {"unavailable", "ScanFailed", "MarketRevalidated"}),
    (BadCandle(**TWICE), {"bad candle"}),
    (BadCandle(how="negative", **TWICE), {"bad candle"}),
    (BadCandle(pairs=(ETH,), **WHILE), {"bad candle"}),
]


@pytest.mark.parametrize(("fault", "visible"), REQUESTS, ids=names(REQUESTS))
def test_wrong_answers_leave_a_trace_and_the_tape_as_it_would_be(
    database: str, market_tape: MarketTape, fault: Fault, visible: set[str]
) -> None:
    with scanned(database, market_tape, fault) as seen:
        assert all_periods(seen)
        assert seen.tape_is_what_was_published()
        assert seen.table_is_json()
        assert visible & seen.visible, seen.visible
        assert "CandleRevised" not in seen.topics


@pytest.mark.parametrize(
    "fault",
    [Descending(), Duplicates(), ContradictingDuplicates(**WHILE)],
    ids=lambda fault: fault.kind,
)
def test_rows_in_another_order_or_twice_do_no_harm(
    database: str, market_tape: MarketTape, fault: Fault
) -> None:
    with scanned(database, market_tape, fault) as seen:
        assert all_periods(seen)
        assert seen.tape_is_what_was_published()
        assert seen.table_is_json()
        assert seen.visible == set()


def test_history_that_contradicts_itself_is_a_gap_until_it_is_asked_for_again(
    database: str, market_tape: MarketTape
) -> None:
    contradicting = ContradictingDuplicates(pairs=(BTC,), until=minute(-2))
    with scanned(database, market_tape, contradicting) as seen:
        found = seen.fields("GapFound", "pair", "until")
        assert {pair for pair, _ in found} == {BTC}
        due = [until for _, until in found if _hours_before_noon(until) in ASK_AGAIN]
        assert len(due) > 50
        assert sorted(seen.fields("GapFilled", "until")) == sorted(due)
        assert seen.table_is_json()


def _hours_before_noon(at: str) -> int:
    return (NOON - to_ms(datetime.fromisoformat(at))) // (60 * MINUTE)


CANDLES: list[tuple[Fault, set[str]]] = [
    (Late(seconds=6, **WHILE), {"late"}),
    (Late(seconds=40, pairs=(ETH,), **WHILE), {"late"}),
    (Late(seconds=200, pairs=(ETH,), **WHILE), {"late", "GapFilled", "GapFound"}),
    (Restated(seconds=6, **WHILE), {"CandleRevised"}),
    (Restated(seconds=90, **WHILE), {"CandleRevised"}),
    (Absent(pairs=(ETH,), chance=0.5, **WHILE), {"late", "GapFound"}),
    (Absent(pairs=(ETH,), **WHILE), {"late", "GapFound"}),
    (Outage(mode="errors", **WHILE), {"unavailable", "ExchangeStalled", "ExchangeResumed"}),
    (
        Outage(mode="errors", pairs=(BTC,), **WHILE),
        {"unavailable", "ScanFailed", "MarketRevalidated"},
    ),
    (Outage(mode="silent", **WHILE), {"late", "ExchangeStalled", "ExchangeResumed", "GapFound"}),
    (
        Outage(mode="silent", published=60, **WHILE),
        {"late", "ExchangeStalled", "ExchangeResumed"},
    ),
    (Outage(mode="silent", pairs=(XRP,), **WHILE), {"late", "GapFound"}),
    (Outage(mode="flat", pairs=(XRP,), **WHILE), set()),
    (Outage(mode="flat", published=30, **WHILE), {"CandleRevised"}),
]


@pytest.mark.parametrize(("fault", "visible"), CANDLES, ids=names(CANDLES))
def test_wrong_candles_are_facts_and_are_right_in_the_end(
    database: str, market_tape: MarketTape, fault: Fault, visible: set[str]
) -> None:
    with scanned(database, market_tape, fault) as seen:
        assert all_periods(seen)
        assert seen.tape_is_what_was_published()
        assert seen.table_is_json()
        assert visible <= seen.visible, seen.visible


@pytest.mark.parametrize("offset", [3, 30, 300, -3, -30, -300, -400 * DAY])
def test_a_clock_that_is_off_leaves_the_tape_as_it_would_be(
    database: str, market_tape: MarketTape, offset: float
) -> None:
    with scanned(database, market_tape, Clock(offset=offset, **WHILE)) as seen:
        assert all_periods(seen)
        assert seen.tape_is_what_was_published()
        assert seen.table_is_json()
        assert "CandleRevised" not in seen.topics
        if abs(offset) > 3_600:
            assert {"ExchangeStalled", "ExchangeResumed"} <= seen.visible


def test_a_market_that_is_listed_is_scanned_from_the_next_hour_on(
    database: str, market_tape: MarketTape
) -> None:
    with scanned(database, market_tape, Listed(pair=XRP, at=minute(-1.5))) as seen:
        assert seen.fields("MarketListed", "pair") == [BTC, ETH, XRP]
        assert seen.fields("PeriodClosed", "markets")[:4] == [2, 2, 2, 2]
        assert seen.fields("PeriodClosed", "markets")[-1] == 3
        assert seen.tape_is_what_was_published()
        assert seen.table_is_json()


def test_a_market_that_is_delisted_is_no_more_waited_for(
    database: str, market_tape: MarketTape
) -> None:
    with scanned(database, market_tape, Delisted(pair=XRP, at=minute(-1.5))) as seen:
        assert seen.fields("MarketDelisted", "pair") == [XRP]
        assert seen.fields("PeriodClosed", "markets")[-1] == 2
        assert seen.missing()["12:00"] == [XRP]
        assert max(seen.missing()) == "12:00"
        assert seen.table_is_json()


def test_a_market_that_is_halted_comes_back(database: str, market_tape: MarketTape) -> None:
    with scanned(database, market_tape, Halted(pair=XRP, **WHILE), minutes=66) as seen:
        assert seen.fields("MarketDelisted", "pair") == [XRP]
        assert seen.fields("MarketListed", "pair") == [BTC, ETH, XRP, XRP]
        assert seen.fields("PeriodClosed", "markets")[-1] == 3
        assert seen.tape_is_what_was_published()
        assert seen.table_is_json()


def test_rules_that_change_are_a_fact_at_the_full_hour(
    database: str, market_tape: MarketTape
) -> None:
    changed = Rules(pair=ETH, at=minute(-1), tick=Decimal("0.1"), min_notional=Decimal(10))
    with scanned(database, market_tape, changed) as seen:
        fields = ("pair", "tick", "min_notional")
        assert seen.fields("MarketRulesChanged", *fields) == [(ETH, "0.1", "10")]
        assert seen.tape_is_what_was_published()
        assert seen.table_is_json()
