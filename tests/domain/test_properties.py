"""What holds for an account whatever markets and strategies do."""

import json
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.strategies import SearchStrategy

from domain.account.decide import decide
from domain.account.evolve import evolve
from domain.account.facts import (
    AccountFact,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderPlaced,
    SignalDeclined,
    SignalRaised,
    StopHit,
    TargetHit,
    TradeClosed,
    TradeFact,
)
from domain.account.period import Opinion, Period
from domain.account.state import Account
from domain.candles import Candle
from domain.facts import decode, encode
from domain.times import from_ms
from tests.scenario import BTC, DAY, ETH, XRP, D, candle, opened, period, rules

HOUR = timedelta(hours=1)
PAIRS = (BTC, ETH, XRP)
Config = dict[str, Decimal]

modest = settings(max_examples=30, deadline=None, database=None)

CENTS = some.integers(8_000, 12_000)
SHAPES = some.tuples(
    CENTS,
    some.integers(0, 900),
    some.integers(0, 900),
    some.integers(0, 100),
    some.sampled_from(["in time", "in time", "in time", "missing", "late"]),
)
WISHES = some.tuples(
    some.sampled_from(["long", "long", "long", "short", None]),
    some.sampled_from(["long", None, None]),
    some.sampled_from([None, -300, 150, 300, 500, 1_500]),
    some.sampled_from([None, 1, 400, 1_500]),
)
MOMENTS = some.tuples(
    some.lists(some.tuples(SHAPES, WISHES), min_size=3, max_size=3),
    some.sampled_from([0, 0, 0, 0, 0, 1, 59, 60, 300]),
)
RULES: SearchStrategy[Config] = some.fixed_dictionaries(
    {
        "tick": some.sampled_from([D("0.01"), D("0.05"), D("0.5")]),
        "lot": some.sampled_from([D("0.00001"), D("0.1"), D("0.03"), D(1)]),
        "min_quantity": some.sampled_from([D(0), D("0.5")]),
        "min_notional": some.sampled_from([D(5), D(100)]),
        "maker": some.sampled_from([D(0), D("0.001")]),
        "taker": some.sampled_from([D(0), D("0.00075"), D("0.002"), D("0.0333333")]),
    }
)


class Life(NamedTuple):
    """An account's life: what it was given, the periods that closed, and all that followed."""

    capital: Decimal
    most: int
    candles: list[tuple[str, Candle]]
    facts: list[AccountFact]
    account: Account


@some.composite
def lives(draw: some.DrawFn) -> Life:
    capital = draw(some.sampled_from([D(1_000), D("2000.01"), D("333.3333"), D(100_000)]))
    stake = draw(some.sampled_from([D(90), D("333.33"), D(998), D(1_000)]))
    most = draw(some.integers(1, 3))
    facts = opened(capital=capital, stake=stake, most=most)
    account = _folded(facts)
    candles, periods = _market(draw(some.lists(MOMENTS, min_size=2, max_size=10)), draw(RULES))
    for each in periods:
        facts.extend(decide(account, each))
    return Life(capital, most, candles, facts, account)


def _market(moments: list[tuple], config: Config) -> tuple[list[tuple[str, Candle]], list[Period]]:  # type: ignore[type-arg]
    """Periods one after the other; a late candle comes with the next one."""
    known: dict[str, list[Candle]] = {pair: [] for pair in PAIRS}
    markets = {pair: rules(pair, **config) for pair in PAIRS}
    candles, periods = [], []
    late: list[tuple[str, Candle]] = []
    for number, (shapes, delay) in enumerate(moments, 1):
        closed_at = DAY + number * HOUR
        came, opinions, now_late = {}, [], []
        for pair, (shape, wish) in zip(PAIRS, shapes, strict=True):
            formed = _candle(shape, closed_at - HOUR)
            if shape[-1] == "missing":
                continue
            candles.append((pair, formed))
            known[pair].append(formed)
            if shape[-1] == "late":
                now_late.append((pair, formed))
                continue
            came[pair] = formed
            opinions.append(_opinion(pair, formed.close, wish))
        periods.append(
            period(
                closed_at,
                came,
                seen_at=closed_at + timedelta(minutes=delay),
                opinions=opinions,
                late=late,
                history=known,
                markets=markets,
            )
        )
        late = now_late
    return candles, periods


def _candle(shape: tuple[int, int, int, int, str], opened_at: datetime) -> Candle:
    start, up, down, part, _ = shape
    low, high = start - down, start + up
    end = low + (high - low) * part // 100
    return candle(" ".join(str(D(cents) / 100) for cents in (start, high, low, end)), opened_at)


def _opinion(pair: str, close: Decimal, wish: tuple) -> Opinion:  # type: ignore[type-arg]
    side, leaves, below, above = wish
    stop = None if below is None else close - D(below) / 100
    target = None if above is None else close + D(above) / 100
    return Opinion("cross", pair, side, leaves, close, stop, target, {"ema": close / 3})


def _folded(facts: list[AccountFact]) -> Account:
    account = Account("main")
    for fact in facts:
        evolve(account, fact)
    return account


@modest
@given(lives())
def test_cash_and_open_trades_are_capital_and_profit_less_fees_exactly(life: Life) -> None:
    account = Account("main")
    gross = fees = Fraction(0)
    for fact in life.facts:
        evolve(account, fact)
        if isinstance(fact, OrderFilled | StopHit | TargetHit):
            fees += Fraction(fact.fee)
        if isinstance(fact, TradeClosed):
            gain = Fraction(fact.exit_price) - Fraction(fact.entry_price)
            gross += Fraction(fact.quantity) * gain
        if _is_settled(fact):
            at_cost = sum(
                Fraction(trade.quantity) * Fraction(trade.entry_price)
                for trade in account.trades.values()
            )
            assert Fraction(account.cash) + at_cost == Fraction(life.capital) + gross - fees


def _is_settled(fact: AccountFact) -> bool:
    """Between a fill and what it did to its trade, the fee is known and not yet paid."""
    return not isinstance(fact, OrderFilled | StopHit | TargetHit | OrderCancelled)


@modest
@given(lives())
def test_profits_add_up_to_what_cash_gained_when_all_is_closed(life: Life) -> None:
    profit = sum((fact.profit for fact in life.facts if isinstance(fact, TradeClosed)), D(0))
    paid = sum((trade.cost + trade.entry_fee for trade in life.account.trades.values()), D(0))
    assert life.account.cash == life.capital + profit - paid


@modest
@given(lives())
def test_cash_is_never_negative_nor_are_more_trades_open_than_allowed(life: Life) -> None:
    account = Account("main")
    for fact in life.facts:
        evolve(account, fact)
        entries = [order for order in account.orders.values() if order.purpose == "enter"]
        filling = isinstance(fact, OrderFilled)
        assert account.cash >= 0
        assert filling or len(account.trades) + len(entries) <= life.most


@modest
@given(lives())
def test_no_fill_lies_outside_its_candle(life: Life) -> None:
    for fact in life.facts:
        if isinstance(fact, OrderFilled | StopHit | TargetHit):
            assert any(
                pair == fact.pair and formed.low <= fact.price <= formed.high
                for pair, formed in life.candles
                if fact.at in (from_ms(formed.open_time), from_ms(formed.open_time) + HOUR)
            )


@modest
@given(lives())
def test_nothing_ends_twice_or_before_it_began(life: Life) -> None:
    ends: Counter[tuple[str, int]] = Counter()
    placed: dict[int, OrderPlaced] = {}
    for fact in life.facts:
        match fact:
            case OrderPlaced():
                assert fact.order not in placed
                placed[fact.order] = fact
            case OrderFilled() | OrderCancelled() | OrderExpired():
                ends["order", fact.order] += 1
                assert fact.order in placed
            case TradeClosed():
                ends["trade", fact.trade] += 1
                assert fact.at >= fact.entered_at
        if isinstance(fact, OrderFilled):
            assert fact.at >= placed[fact.order].at
    assert all(count == 1 for count in ends.values())


@modest
@given(lives())
def test_every_signal_is_answered_once(life: Life) -> None:
    asked = [_question(fact) for fact in life.facts if isinstance(fact, SignalRaised)]
    answers = [
        _question(fact) for fact in life.facts if isinstance(fact, OrderPlaced | SignalDeclined)
    ]
    assert sorted(asked) == sorted(answers)
    assert len(set(asked)) == len(asked)


def _question(fact: SignalRaised | OrderPlaced | SignalDeclined) -> tuple[datetime, int, str]:
    return fact.at, fact.trade, fact.purpose


@modest
@given(lives())
def test_history_folds_to_the_state_that_decisions_left(life: Life) -> None:
    assert _folded(life.facts) == life.account


@modest
@given(lives())
def test_a_snapshot_of_the_state_is_read_back_equal(life: Life) -> None:
    snapshot = msgspec.json.encode(life.account)
    assert msgspec.json.decode(snapshot, type=Account) == life.account


@modest
@given(lives())
def test_best_and_worst_hold_entry_and_exit_between_them(life: Life) -> None:
    for fact in life.facts:
        if isinstance(fact, TradeClosed):
            assert fact.worst <= min(fact.entry_price, fact.exit_price)
            assert fact.best >= max(fact.entry_price, fact.exit_price)


@modest
@given(lives())
def test_every_fact_is_read_back_from_the_tape_and_written_the_same_again(life: Life) -> None:
    for fact in life.facts:
        state = encode(fact)
        again = decode(fact.topic, state)
        assert again == fact
        assert encode(again) == state
        plain = json.loads(state)
        assert state == json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


@modest
@given(lives())
def test_a_life_moves_one_trade_at_a_time_in_a_market(life: Life) -> None:
    account = Account("main")
    for fact in life.facts:
        evolve(account, fact)
        if isinstance(fact, TradeFact):
            pairs = [trade.pair for trade in account.trades.values()]
            assert len(set(pairs)) == len(pairs)
