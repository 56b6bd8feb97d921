"""The sentence of the account's tests: given past facts, when a period closes, then new facts."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.account.commands import AnyCommand, perform
from domain.account.decide import decide
from domain.account.evolve import fold
from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    OrderFilled,
    OrderPlaced,
    OrderType,
    SignalRaised,
    StrategyDeployed,
    TradeOpened,
)
from domain.account.period import NO_PLAN, Opinion, Period
from domain.account.state import Account
from domain.account.terms import USUAL_TERMS, ExitPlan, Side, Terms
from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import timeframe
from domain.times import EPOCH, to_ms

D = Decimal
BTC, ETH, XRP = "BTC/USDT", "ETH/USDT", "XRP/USDT"
POSITION = 7
"""The market position at which commands are given."""
DAY = datetime(2024, 1, 1, tzinfo=EPOCH.tzinfo)


def at(hour: int, minute: int = 0) -> datetime:
    """A moment of the first of January 2024."""
    return DAY + timedelta(hours=hour, minutes=minute)


def candle(prices: str, opened: datetime = DAY) -> Candle:
    """A candle from the text of its open, high, low and close."""
    first, high, low, last = (D(price) for price in prices.split())
    return Candle(to_ms(opened), first, high, low, last, D(1))


def rules(pair: str, **others: Decimal) -> MarketRules:
    """A market with tick 0.01, lot 0.00001, at least 5 quote, fees 0.1% maker and 0.2% taker."""
    base, quote = pair.split("/")
    usual = {
        "tick": D("0.01"),
        "lot": D("0.00001"),
        "min_quantity": D("0.00001"),
        "min_notional": D(5),
        "maker": D("0.001"),
        "taker": D("0.002"),
    }
    return MarketRules("binance", pair, base, quote, **{**usual, **others})


RULES = {pair: rules(pair) for pair in (BTC, ETH, XRP)}


@dataclass
class Tape:
    """The candles that are known, for the extremes between entry and exit."""

    candles: dict[str, list[Candle]] = field(default_factory=dict)

    def extremes(self, pair: str, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        known = [c for c in self.candles.get(pair, []) if since <= c.open_time < until]
        if not known:
            return None
        return max(c.high for c in known), min(c.low for c in known)

    def last(self, pair: str) -> Decimal | None:
        known = self.candles.get(pair)
        return known[-1].close if known else None


def period(
    closed_at: datetime,
    candles: Mapping[str, str | Candle] | None = None,
    *,
    seen_at: datetime | None = None,
    opinions: Sequence[Opinion] = (),
    late: Sequence[tuple[str, Candle]] = (),
    history: Mapping[str, list[Candle]] | None = None,
    markets: Mapping[str, MarketRules] = RULES,
    frame: str = "1h",
    delisted: Set[str] = frozenset(),
) -> Period:
    """A closed period; a candle given as text opens where the period does."""
    opened = closed_at - timedelta(milliseconds=timeframe(frame).ms)
    return Period(
        exchange="binance",
        timeframe=frame,
        closed_at=closed_at,
        seen_at=seen_at or closed_at,
        candles={
            pair: candle(prices, opened) if isinstance(prices, str) else prices
            for pair, prices in (candles or {}).items()
        },
        rules=markets,
        history=Tape(dict(history or {})),
        opinions=opinions,
        late=late,
        delisted=delisted,
    )


def enter(
    pair: str = BTC,
    *,
    side: Side = "long",
    close: Decimal = Decimal(100),
    stop: Decimal | None = Decimal(95),
    target: Decimal | None = Decimal(110),
    strategy: str = "cross",
    limit: Decimal | None = None,
    trigger: Decimal | None = None,
    exits: ExitPlan = NO_PLAN,
    strength: Decimal | None = None,
    volatility: Decimal | None = None,
    valid_for: int | None = None,
) -> Opinion:
    """A strategy would enter."""
    return Opinion(
        strategy, pair, side, None, close, stop, target, {"ema_fast": D("100.5")}, limit, trigger,
        exits, strength=strength, volatility=volatility, valid_for=valid_for,
    )  # fmt: skip


def leave(pair: str = BTC, *, side: Side = "long", strategy: str = "cross") -> Opinion:
    """A strategy would exit."""
    return Opinion(strategy, pair, None, side, D(100), None, None, {"ema_fast": D("99.5")})


def opened(
    *,
    capital: Decimal = Decimal(10_000),
    stake: Decimal = Decimal(1_000),
    most: int = 3,
    frame: str = "1h",
    terms: Terms = USUAL_TERMS,
) -> list[AccountFact]:
    """An account with one strategy, `cross` on 1h; `frame` is the execution timeframe."""
    by, why = "operator", "test"
    return [
        AccountOpened(at(0), "main", "binance", "USDT", capital, 1, by, why),
        AccountConfigured(at(0), "main", frame, stake, most, [BTC, ETH, XRP], 1, by, why, terms),
        StrategyDeployed(at(0), "main", "cross", "1h", {"fast": D(12)}, "00" * 32, 1, by, why),
    ]


OPENED = opened()


def entry_order(
    trade: int = 1,
    pair: str = BTC,
    *,
    placed: datetime | None = None,
    side: Side = "long",
    stop: Decimal | None = Decimal(95),
    target: Decimal | None = Decimal(110),
    quantity: Decimal = Decimal(10),
    limit: Decimal | None = None,
    valid_for: int = 1,
    exits: ExitPlan = NO_PLAN,
) -> list[AccountFact]:
    """An order to enter at the next open, placed at 09:00 unless told, valid for an hour.

    With a `limit` it waits for that price instead; `valid_for` hours in any case.
    """
    when = placed or at(9)
    kind: OrderType = "market" if limit is None else "limit"
    return [
        SignalRaised(
            when, "main", trade, pair, "cross", "1h", side, "enter", D(100), stop, target, {},
            limit, exits=exits,
        ),
        OrderPlaced(
            when, "main", trade, pair, trade, "cross", "1h", side, "enter", kind, quantity,
            quantity * D("100.2"), when + timedelta(hours=valid_for), stop, target, limit,
            exits=exits,
        ),
    ]  # fmt: skip


def open_trade(
    trade: int = 1,
    pair: str = BTC,
    *,
    entered: datetime | None = None,
    stop: Decimal | None = Decimal(95),
    target: Decimal | None = Decimal(110),
    cash: Decimal = Decimal(8_998),
    side: Side = "long",
    exits: ExitPlan = NO_PLAN,
) -> list[AccountFact]:
    """A trade, long unless told, of 10 entered at 100, at 09:00 unless told, for a fee of 2."""
    when = entered or at(9)
    return [
        *entry_order(trade, pair, placed=when, side=side, stop=stop, target=target, exits=exits),
        OrderFilled(when, "main", trade, pair, trade, side, "enter", D(10), D(100), D(2)),
        TradeOpened(
            when, "main", trade, pair, "cross", "1h", side, D(10), D(100), D(2), stop, target,
            cash, exits=exits,
        ),
    ]  # fmt: skip


LONG_TRADE = open_trade()


def exit_order(
    trade: int = 1, pair: str = BTC, *, placed: datetime | None = None
) -> list[AccountFact]:
    """The exit of a trade was signalled, at 10:00 unless told, and waits."""
    when = placed or at(10)
    return [
        SignalRaised(
            when, "main", trade, pair, "cross", "1h", "long", "exit", D(100), None, None, {}
        ),
        OrderPlaced(
            when, "main", trade, pair, 10 + trade, "cross", "1h", "long", "exit", "market", D(10),
            D(0), None, None, None,
        ),
    ]  # fmt: skip


@dataclass
class Story:
    """An account with a past, and what the last period led to."""

    account: Account
    past: list[AccountFact]
    new: list[AccountFact] = field(default_factory=list)

    def when(self, *steps: Period | AnyCommand, moment: Period | None = None) -> "Story":
        """Periods close, one after the other; `then` speaks of all of them together.

        An operator's command comes when `moment`, the period up to 10:00 unless told, is handled.
        """
        new: list[AccountFact] = []
        for step in steps:
            if isinstance(step, Period):
                new.extend(decide(self.account, step))
            else:
                new.extend(perform(self.account, step, moment or period(at(10)), POSITION))
        return Story(self.account, [*self.past, *new], new)

    def then(self, *facts: AccountFact) -> "Story":
        """Exactly these facts."""
        assert self.new == list(facts)
        return self

    def then_topics(self, *topics: str) -> "Story":
        """Facts of exactly these topics, in this order."""
        assert [fact.topic for fact in self.new] == list(topics)
        return self

    def then_nothing(self) -> "Story":
        return self.then_topics()

    def then_fact(self, topic: str, **fields: Any) -> "Story":
        """One fact of the topic, with these fields among others."""
        (fact,) = (fact for fact in self.new if fact.topic == topic)
        assert {name: getattr(fact, name) for name in fields} == fields
        return self

    def then_declined(self, reason: str, **numbers: Decimal) -> "Story":
        """The signal was declined for this reason, with these numbers."""
        self.then_topics("SignalRaised", "SignalDeclined")
        return self.then_fact("SignalDeclined", reason=reason, numbers=numbers)


def given(*past: AccountFact | Iterable[AccountFact]) -> Story:
    """An account to which these facts happened."""
    facts: list[AccountFact] = []
    for part in past:
        facts.extend([part] if isinstance(part, AccountFact) else part)
    return Story(fold(Account("main"), facts), facts)
