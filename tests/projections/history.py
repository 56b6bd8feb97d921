"""A small past on both tapes: markets that are scanned, accounts that trade them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from application.chains import chained
from application.tapes import MarketTape, TapeEvent, TradingTape, event_id, period_stream
from domain.account.decide import decide
from domain.account.evolve import evolve
from domain.account.facts import AccountConfigured, AccountOpened, StrategyDeployed
from domain.account.period import Opinion
from domain.account.state import Account
from domain.candles import Candle, Series
from domain.facts import Fact
from domain.market_facts import (
    CandleClosed,
    ExchangeResumed,
    ExchangeStalled,
    GapFilled,
    GapFound,
    MarketDelisted,
    MarketListed,
    MarketRevalidated,
    MarketRulesChanged,
    PeriodClosed,
    ScanFailed,
    candle_closed,
    candle_revised,
)
from domain.times import to_ms
from tests.scenario import BTC, ETH, XRP, at, enter, leave, period

D = Decimal
HOUR = timedelta(hours=1)
PAIRS = (BTC, ETH, XRP)
TABLES = (
    "accounts",
    "exchanges",
    "gaps",
    "indicator_sets",
    "indicators",
    "locks",
    "markets",
    "order_feed",
    "orders",
    "periods",
    "scans",
    "signals",
    "trades",
)


def dump(url: str) -> dict[str, list[str]]:
    """All rows of all read models, as text."""
    with psycopg.connect(url) as connection:
        return {table: _rows_of(connection, table) for table in TABLES}


def _rows_of(connection: psycopg.Connection[Any], table: str) -> list[str]:
    query = SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(Identifier("read", table))
    return [row[0] for row in connection.execute(query)]


def ask(url: str, query: str) -> list[Any]:
    """The rows of a query; rows of one column as plain values."""
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(query.encode()).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]


def market_of(pair: str, kind: type[MarketListed], when: datetime, tick: str) -> MarketListed:
    """A market's listing, or a change of its tick."""
    base, quote = pair.split("/")
    fees = (D("0.001"), D("0.002"))
    return kind(when, "binance", pair, base, quote, D(tick), D("0.001"), D("0.001"), D(5), *fees)


def candle_at(opened: datetime, price: str | Decimal = "100") -> Candle:
    """A candle that moved by two."""
    middle = D(price)
    return Candle(to_ms(opened), middle, middle + 2, middle - 2, middle + 1, D(7))


def closed(
    pair: str, opened: datetime, price: str | Decimal = "100", frame: str = "1h"
) -> CandleClosed:
    """The fact that the candle opened then has closed."""
    return candle_closed(Series("binance", pair, frame), candle_at(opened, price))


def period_closed(
    closed_at: datetime, missing: Sequence[str] = (), seen_at: datetime | None = None
) -> PeriodClosed:
    """The fact that an hour of all markets is over."""
    return PeriodClosed(closed_at, "binance", "1h", seen_at or closed_at, len(PAIRS), list(missing))


def market_past(hours: int, seed: int = 7) -> Iterator[list[Fact]]:
    """Facts by transaction: scans with missing, failing, late and revised candles, and troubles."""
    random, troubled = Random(seed), Random(seed + 1)
    yield [market_of(pair, MarketListed, at(0), "0.01") for pair in PAIRS]
    late: list[Fact] = []
    for hour in range(hours):
        opened = at(0) + hour * HOUR
        missing = [pair for pair in PAIRS if random.random() < 0.2]
        facts = [*late]
        facts += [closed(pair, opened, str(100 + hour)) for pair in PAIRS if pair not in missing]
        failed = [pair for pair in missing if random.random() < 0.5]
        facts += [ScanFailed(opened + HOUR, "binance", pair, "1h", "timeout") for pair in failed]
        late = [closed(pair, opened, str(100 + hour)) for pair in failed]
        if random.random() < 0.1 and BTC not in missing:
            series = Series("binance", BTC, "1h")
            facts.append(candle_revised(series, candle_at(opened, str(101 + hour))))
        seen_at = opened + HOUR + timedelta(seconds=random.randrange(1, 9))
        yield [*facts, period_closed(opened + HOUR, missing, seen_at)]
        yield from _troubles(troubled, opened + HOUR)
    yield [market_of(ETH, MarketRulesChanged, at(0) + hours * HOUR, "0.1")]
    yield [market_of(ETH, MarketRulesChanged, at(1) + hours * HOUR, "0.05")]


def _troubles(random: Random, now: datetime) -> Iterator[list[Fact]]:
    """What happens between two scans: outages, stalls, markets that come and go."""
    pair = random.choice(PAIRS)
    if random.random() < 0.3:
        yield [MarketRevalidated(now, "binance", pair, "1h", 2)]
    if random.random() < 0.3:
        since, candles = at(0) - 10 * (now - at(0)), random.randrange(1, 9)
        yield [gap_found(pair, since, candles)]
        if random.random() < 0.7:
            yield [gap_filled(pair, since, 1, seen_at=now)]
        if candles > 2 and random.random() < 0.5:
            yield [gap_filled(pair, since + 2 * HOUR, candles - 2, seen_at=now)]
            yield [gap_filled(pair, since + HOUR, 1, seen_at=now + HOUR)]
    if random.random() < 0.2:
        yield [ExchangeStalled(now, "binance", f"no answer at {now:%H:%M}")]
        if random.random() < 0.6:
            yield [ExchangeResumed(now + HOUR, "binance", now)]
    if random.random() < 0.2:
        yield [MarketDelisted(now, "binance", pair, "not active")]
        if random.random() < 0.6:
            yield [market_of(pair, MarketListed, now + HOUR, "0.02")]
            if random.random() < 0.5:
                yield [market_of(pair, MarketRulesChanged, now + HOUR, "0.03")]


def gap_found(
    pair: str, since: datetime, candles: int, reason: str = "outage", frame: str = "1h"
) -> GapFound:
    """The fact that so many hours of a market are missing."""
    until = since + candles * HOUR
    return GapFound(until + HOUR, "binance", pair, frame, since, until, candles, reason)


def gap_filled(
    pair: str, since: datetime, candles: int, *, seen_at: datetime, frame: str = "1h"
) -> GapFilled:
    """The fact that a run of candles of a gap came."""
    return GapFilled(seen_at, "binance", pair, frame, since, since + candles * HOUR, candles)


def record_market_past(tape: MarketTape, hours: int) -> None:
    """Write a market's past."""
    for facts in market_past(hours):
        tape.record(facts)


def opened_account(name: str) -> list[Any]:
    """The first facts of an account."""
    by = ("operator", "a test")
    pairs = list(PAIRS)
    return [
        AccountOpened(at(0), name, "binance", "USDT", D("10000.50"), 0, *by),
        AccountConfigured(at(0), name, "1h", D(900), 2, pairs, 0, *by),
        AccountConfigured(at(0), name, "1h", D(1000), 2, pairs, 0, *by),
        StrategyDeployed(at(0), name, "ema_cross", "1h", {}, "0" * 64, 0, *by),
    ]


def trading_past(hours: int, names: Sequence[str] = ("main", "side")) -> Iterator[list[TapeEvent]]:
    """The events of accounts, one decision after the other."""
    random = Random(11)
    accounts = [Account(name) for name in names]
    for account in accounts:
        facts = opened_account(account.name)
        for fact in facts:
            evolve(account, fact)
        yield chained(account.name, 0, facts, event_id(period_stream("binance", "1h"), 1))
    for hour in range(1, hours):
        closed_at = at(0) + hour * HOUR
        candles = {pair: _candle(random) for pair in PAIRS if random.random() < 0.95}
        cause = event_id(period_stream("binance", "1h"), to_ms(closed_at))
        for account in accounts:
            opinions = [_opinion(random, pair) for pair in PAIRS if random.random() < 0.4]
            before = account.version
            decided = decide(account, period(closed_at, candles, opinions=opinions))
            yield chained(account.name, before, decided, cause)


def _candle(random: Random) -> str:
    first, last = (D(random.randrange(9_700, 10_300)) / 100 for _ in range(2))
    up, down = (D(random.randrange(0, 900)) / 100 for _ in range(2))
    return f"{first} {max(first, last) + up} {min(first, last) - down} {last}"


def _opinion(random: Random, pair: str) -> Opinion:
    if random.random() < 0.3:
        return leave(pair, strategy="ema_cross")
    stop = D(random.randrange(9_000, 10_050)) / 100
    return enter(pair, stop=stop, target=D(108), strategy="ema_cross")


def record_trading_past(tape: TradingTape, hours: int) -> int:
    """Write the accounts' past; returns how many events it has."""
    events = [event for decision in trading_past(hours) for event in decision]
    before = tape.handled()
    tape.record(events, handled=before + 1, before=before)
    return len(events)
