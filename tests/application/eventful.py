"""A past with all that can happen to a tape: for tests that live through one once more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import ClassVar
from uuid import uuid4

import numpy as np
import psycopg

from adapters.postgres.commands import ask as put
from application.commands import Asked, OpenAccount
from application.desk import Desk
from application.plans import AccountPlan
from application.tapes import MarketTape
from domain.account.commands import (
    AdjustCash,
    CancelOrder,
    ExitTrade,
    LockMarket,
    Pause,
    ResetAccount,
    Resume,
    SettleTrade,
    UnlockMarket,
)
from domain.account.terms import BANDS, ExitPlan, Guard, Terms
from domain.candles import Candle, Candles, Floats, Series
from domain.facts import Fact
from domain.market_facts import (
    MarketDelisted,
    MarketListed,
    MarketRulesChanged,
    PeriodClosed,
    candle_closed,
    candle_revised,
)
from domain.strategies.ema_cross import EmaCross
from domain.strategies.sma_cross import SmaCross
from domain.strategies.strategy import Parameter, Rules, Strategy
from domain.times import to_ms
from tests.application.test_trading import Office
from tests.projections.history import HOUR, PAIRS, ask, market_of
from tests.scenario import BTC, XRP, D, at
from tests.strategies import planned
from tests.strategies import resolve as usual

WARM_UP = 250
WHO = ("mara", "the news")
FRAMES = {"1h": 1, "2h": 2}
BROKEN = "2" * 64


class Broken(EmaCross, frozen=True):
    """Fails wherever one of the candles that it sees closed at a price that it cannot bear."""

    name: ClassVar[str] = "broken"

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        if (np.round(candles.close * 100) % 499 == 0).any():
            raise ZeroDivisionError("division by zero")
        return super().rules(candles, values)


EMA = planned(EmaCross(fast=2, slow=4, atr=2, stop=1.0, target=1.0), "1h", "0" * 64)
SMA = planned(SmaCross(fast=2, slow=5, stop=0.02, target=0.03), "2h", "1" * 64)
FAILS = planned(Broken(fast=3, slow=5, atr=2), "1h", BROKEN)
GUARDED = Terms(
    shorts=True,
    exits=ExitPlan(trail_rate=D("0.03"), time_stop=30),
    fills=BANDS["pessimistic"],
    guards=(
        Guard("cool_down", stop_duration=120),
        Guard("daily_loss", max_daily_loss=D("0.02")),
    ),
)
MAIN = AccountPlan("main", "binance", "USDT", D(10_000), D(1_000), 5, "1h", PAIRS, (EMA, SMA))
SIDE = replace(MAIN, name="side", capital=D(900), stake=D(200), strategies=(EMA,), terms=GUARDED)
SLOW = replace(MAIN, name="alone", max_open_trades=1, timeframe="2h", strategies=(SMA,))
FAILING = replace(MAIN, name="failing", pairs=("*/USDT",), strategies=(FAILS, SMA))
PLANS = (MAIN, SIDE, SLOW, FAILING)


class Market:
    """Prices of three markets, hour by hour."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._price = dict.fromkeys(PAIRS, D(100))
        self._hours: dict[tuple[str, int], Candle] = {}

    def candle(self, pair: str, frame: str, number: int) -> Candle:
        """The candle of a timeframe that opens so many of its lengths behind the beginning."""
        length = FRAMES[frame]
        hours = [self._hour(pair, each) for each in range(number * length, (number + 1) * length)]
        volume = sum((each.volume for each in hours), D(0))
        high, low = max(each.high for each in hours), min(each.low for each in hours)
        return Candle(hours[0].open_time, hours[0].open, high, low, hours[-1].close, volume)

    def _hour(self, pair: str, hour: int) -> Candle:
        if (pair, hour) not in self._hours:
            self._hours[pair, hour] = self._next(pair, hour)
        return self._hours[pair, hour]

    def _next(self, pair: str, hour: int) -> Candle:
        random, first = self.random, self._price[pair]
        opened = to_ms(at(0) + hour * HOUR)
        if random.random() < 0.05:
            return Candle(opened, first, first, first, first, D(0))
        moved = D(random.randrange(-300, 301)) / 100
        last = self._price[pair] = max(first + moved, D(20))
        up, down = (D(random.randrange(0, 150)) / 100 for _ in range(2))
        return Candle(opened, first, max(first, last) + up, min(first, last) - down, last, D(900))


def market_past(seed: int, hours: int) -> Iterator[list[Fact]]:
    """Facts by scan: missing, late, revised and very old candles; markets that come and go."""
    market = Market(seed)
    random = market.random
    yield [market_of(pair, MarketListed, at(0), "0.01") for pair in PAIRS]
    for frame, length in FRAMES.items():
        numbers = range(WARM_UP // length)
        yield [closed(market, pair, frame, number) for number in numbers for pair in PAIRS]
    late: list[Fact] = []
    for hour in range(WARM_UP, WARM_UP + hours):
        over = at(0) + (hour + 1) * HOUR
        facts = late
        late = []
        for frame, length in FRAMES.items():
            if (hour + 1) % length == 0:
                number = (hour + 1) // length - 1
                missing = [pair for pair in PAIRS if random.random() < 0.1]
                in_time = [pair for pair in PAIRS if pair not in missing]
                facts += [closed(market, pair, frame, number) for pair in in_time]
                facts += _revisions(random, market, frame, number, in_time)
                late += [
                    closed(market, pair, frame, number)
                    for pair in missing if random.random() < 0.8
                ]  # fmt: skip
                seen_at = over + timedelta(seconds=random.choice((2, 3, 4000)))
                facts.append(PeriodClosed(over, "binance", frame, seen_at, 3, missing))
        yield facts
        if random.random() < 0.05:
            yield [closed(market, BTC, "1h", -9_000 + hour)]
        yield from _listings(random, over)


def closed(market: Market, pair: str, frame: str, number: int) -> Fact:
    return candle_closed(Series("binance", pair, frame), market.candle(pair, frame, number))


def _revisions(
    random: Random, market: Market, frame: str, number: int, pairs: Sequence[str]
) -> Iterator[Fact]:
    """Of a candle of this period, of one long over, or of the same one twice."""
    while pairs and random.random() < 0.15:
        pair = random.choice(pairs)
        candle = market.candle(pair, frame, number - random.choice((0, 0, 40)))
        lower = candle._replace(low=candle.low - D(random.randrange(1, 900)) / 100)
        yield candle_revised(Series("binance", pair, frame), lower)


def _listings(random: Random, now: datetime) -> Iterator[list[Fact]]:
    if random.random() < 0.1:
        yield [MarketDelisted(now, "binance", XRP, "not active")]
    if random.random() < 0.4:
        yield [market_of(XRP, MarketListed, now, "0.05")]
    if random.random() < 0.05:
        yield [market_of(BTC, MarketRulesChanged, now, random.choice(("0.1", "0.01")))]


def resolve(name: str, source: str, parameters: Mapping[str, Parameter]) -> Strategy:
    """The strategies of these accounts."""
    kind = Broken if source == BROKEN else None
    return kind.with_parameters(parameters) if kind else usual(name, source, parameters)


def live(office: Office, tape: MarketTape, seed: int, hours: int = 120) -> None:
    """Accounts live through such a past; they are told things, configured anew, and restarted."""
    office.strategies[BROKEN] = Broken
    random = Random(seed + 100)
    plans: list[AccountPlan] = [*PLANS[:3]]
    desk = office.desk(*plans)
    for number, facts in enumerate(market_past(seed, hours)):
        tape.record(facts)
        if number == 20:
            plans.append(FAILING)
            desk = office.desk(*plans)
            tell(office, "failing", OpenAccount(*WHO))
        if random.random() < 0.1:
            plans[0] = replace(MAIN, stake=D(random.choice((500, 1_000))),
                               strategies=random.choice(((EMA,), (EMA, SMA))))  # fmt: skip
            desk = office.desk(*plans)
        if random.random() < 0.3:
            continue  # it is traded together with what comes next
        trade(desk)
        while random.random() < 0.3:
            account = random.choice(plans).name
            tell(office, account, _command(random, office, account))
            trade(desk)
    trade(desk)


def tell(office: Office, account: str, told: Asked) -> None:
    with psycopg.connect(office.url, autocommit=True) as connection:
        put(connection, uuid4(), account, told)


def trade(desk: Desk) -> None:
    """All that there is."""
    while desk.trade_page():
        pass


def _command(random: Random, office: Office, account: str) -> Asked:
    """Something that an operator may say; not all of it can be done."""
    told: list[Asked] = [
        Pause(*WHO), Resume(*WHO), LockMarket(*WHO, BTC, random.choice((None, "long"))),
        LockMarket(*WHO, BTC, None, at(9_000)), UnlockMarket(*WHO, BTC),
        AdjustCash(*WHO, D(random.randrange(-99, 99))), ResetAccount(*WHO),
        ResetAccount(*WHO, D(1_000)),
    ]  # fmt: skip
    for trade in ask(office.url, OPEN.format(account)):
        told += [ExitTrade(*WHO, trade), ExitTrade(*WHO, trade), SettleTrade(*WHO, trade)]
        told += [SettleTrade(*WHO, trade, D("77.5"))]
    for order in ask(office.url, WAITING.format(account)):
        told += [CancelOrder(*WHO, order)] * 3
    return random.choice(told)


OPEN = """
    SELECT (fact->>'trade')::int FROM trading.events AS o
    WHERE topic = 'TradeOpened' AND fact->>'account' = '{}' AND NOT EXISTS (
        SELECT FROM trading.events AS c WHERE c.topic = 'TradeClosed' AND c.stream = o.stream
            AND c.fact->>'trade' = o.fact->>'trade')"""
WAITING = """
    SELECT (fact->>'order')::int FROM trading.events AS o
    WHERE topic = 'OrderPlaced' AND fact->>'account' = '{}' AND NOT EXISTS (
        SELECT FROM trading.events AS e WHERE e.stream = o.stream AND e.version > o.version
            AND e.topic <> 'OrderPlaced' AND e.fact->>'order' = o.fact->>'order')"""
