"""A past in which everything happens to an account: all orders, parts, moved stops, commands."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

import msgspec

from application.chains import chained
from application.tapes import TradingTape, event_id, period_stream
from domain.account.commands import (
    AdjustCash,
    AnyCommand,
    CancelOrder,
    CommandRefused,
    ExitTrade,
    LockMarket,
    Pause,
    ResetAccount,
    Resume,
    SettleTrade,
    UnlockMarket,
    perform,
)
from domain.account.decide import decide
from domain.account.evolve import fold
from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    StrategyDeployed,
)
from domain.account.period import Opinion, Period
from domain.account.state import Account
from domain.account.terms import ExitPlan, FillModel, Guard, Side, Terms
from domain.candles import Candle
from domain.times import to_ms
from tests.projections.history import HOUR, PAIRS
from tests.scenario import BTC, Tape, at, period

D = Decimal

TERMS = Terms(
    shorts=True,
    valid_for=2,
    fills=FillModel("realistic", D(5), volume_share=D("0.1")),
    exits=ExitPlan(time_stop=5),
    guards=(
        Guard("cool_down", stop_duration=60),
        Guard("stop_streak", 600, 120, trade_limit=3, only_per_side=True),
        Guard("max_drawdown", 2_000, 300, max_allowed_drawdown=D("0.01")),
    ),
)
"""Fills in parts, a time stop, and guards that lock and halt."""
RESETS = (40, 90)
"""Hours behind which the account begins anew."""
SIDES: tuple[Side, ...] = ("long", "short")
PLANS = (
    ExitPlan(stop_rate=D("0.05"), target_rate=D("0.04")),
    ExitPlan(trail_distance=D("2.5"), target_distance=D(4)),
    ExitPlan(stop_distance=D(4), break_even_rate=D("0.01")),
)


class Past(NamedTuple):
    """What was written of an account, and the state that it adds up to."""

    facts: list[AccountFact]
    account: Account


def record_varied_past(tape: TradingTape, hours: int = 250, seed: int = 6) -> Iterator[Past]:
    """Write the account's past, one decision after the other; the past so far behind each."""
    past = Past([], Account("varied"))
    for decided in _decisions(past.account, hours, Random(seed)):
        cause = event_id(period_stream("binance", "1h"), len(past.facts))
        events = chained("varied", len(past.facts), decided, cause)
        before = tape.handled()
        tape.record(events, handled=before + 1, before=before)
        past.facts.extend(decided)
        yield past


def _decisions(account: Account, hours: int, random: Random) -> Iterator[list[AccountFact]]:
    opened = _opened()
    fold(account, opened)
    yield opened
    candles: dict[str, list[Candle]] = {pair: [] for pair in PAIRS}
    gone: frozenset[str] = frozenset()
    for hour in range(1, hours):
        if random.random() < 0.1:
            gone = frozenset(random.sample(PAIRS, random.choice((0, 0, 1))))
        closed = _period(random, at(0) + hour * HOUR, candles, gone)
        yield decide(account, closed)
        command = _command(random, account, closed.seen_at)
        if hour in RESETS:
            command = ResetAccount("operator", "a test", D(4_000))
        if command is not None:
            try:
                yield perform(account, command, closed, hour)
            except CommandRefused:
                continue


def _opened() -> list[AccountFact]:
    who = (0, "operator", "a test")
    return [
        AccountOpened(at(0), "varied", "binance", "USDT", D("5000.50"), *who),
        AccountConfigured(at(0), "varied", "1h", D(900), 3, list(PAIRS), *who, TERMS),
        StrategyDeployed(at(0), "varied", "cross", "1h", {}, "0" * 64, *who),
    ]


def _period(
    random: Random, closed_at: datetime, known: dict[str, list[Candle]], gone: frozenset[str]
) -> Period:
    came = {}
    for pair in PAIRS:
        if pair not in gone and random.random() < 0.95:
            came[pair] = _candle(random, closed_at - HOUR)
            known[pair].append(came[pair])
    opinions = [_opinion(random, pair) for pair in came if random.random() < 0.5]
    seen_at = closed_at + timedelta(seconds=random.choice((2, 2, 2, 4_000)))
    closed = period(closed_at, came, seen_at=seen_at, opinions=opinions)
    return msgspec.structs.replace(closed, history=Tape(known), delisted=gone)


def _candle(random: Random, opened: datetime) -> Candle:
    first, last = (D(random.randrange(9_850, 10_150)) / 100 for _ in range(2))
    up, down = (D(random.randrange(0, 150)) / 100 for _ in range(2))
    volume = D(random.choice((0, 20, 60, 150)))
    high, low = max(first, last) + up, min(first, last) - down
    return Candle(to_ms(opened), first, high, low, last, volume)


def _opinion(random: Random, pair: str) -> Opinion:
    side: Side = random.choice(SIDES)
    if random.random() < 0.3:
        return Opinion("cross", pair, None, side, D(100), None, None, {"ema": D("99.5")})
    limit, trigger = (
        D(random.randrange(9_800, 10_200)) / 100 if random.random() < 0.5 else None
        for _ in range(2)
    )
    return Opinion(
        "cross", pair, side, None, D(100), None, None, {"ema": D("100.5")},
        limit=limit, trigger=trigger, exits=random.choice(PLANS),
    )  # fmt: skip


def _command(random: Random, account: Account, now: datetime) -> AnyCommand | None:
    """Now and then an operator wants something."""
    who = ("operator", "a test")
    wishes: list[AnyCommand] = [
        Pause(*who),
        Resume(*who),
        Resume(*who),
        LockMarket(*who, BTC, random.choice(("long", None)), now + timedelta(hours=2)),
        LockMarket(*who, BTC, None, random.choice((None, now + timedelta(hours=5)))),
        UnlockMarket(*who, BTC),
        AdjustCash(*who, D(random.randrange(-40_000, 60_000)) / 100),
    ]
    wishes += [CancelOrder(*who, number) for number in account.orders]
    wishes += [ExitTrade(*who, number) for number in account.trades]
    wishes += [SettleTrade(*who, number, D("98.7")) for number in account.trades]
    return random.choice(wishes) if random.random() < 0.3 else None
