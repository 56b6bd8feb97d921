"""What the read models say of an account is what its state says, wherever the tape is cut."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from application.chains import chained
from application.tapes import TradingTape, event_id, period_stream
from domain.account.facts import (
    AccountReset,
    CashAdjusted,
    MarketLocked,
    OrderFilled,
    OrderPartlyFilled,
    OrderPlaced,
    SignalDeclined,
    StopHit,
    TargetHit,
    TradeClosed,
    TradeOpened,
    TradeReduced,
    TradingHalted,
)
from domain.account.state import Account
from domain.account.terms import Side
from projections.accounts import AccountRow, account
from projections.groups import TRADING
from projections.locks import active_locks, locks
from projections.orders import order, orders
from projections.queries import Connection
from projections.trades import trade, trades
from tests.projections.following import project, projector
from tests.projections.varied import Past, record_varied_past
from tests.scenario import BTC, ETH, at

ZERO = Decimal(0)
GOLDEN = Path(__file__).parents[1] / "domain" / "golden_payloads.json"
SEEDS = (1, 3, 7)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def past(database: str, trading_tape: TradingTape) -> Past:
    """A long past, projected."""
    *_, past = record_varied_past(trading_tape)
    project(database)
    return past


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_say_what_the_state_says_behind_every_decision(
    database: str, trading_tape: TradingTape, connection: Connection, seed: int
) -> None:
    with projector(database, TRADING) as following:
        for number, past in enumerate(record_varied_past(trading_tape, 150, seed)):
            if number % 3 == 0:
                following.catch_up()
                assert _in_tables(connection) == _in_state(past.account)


def _in_tables(connection: Connection) -> dict[str, Any]:
    row = account(connection, "varied")
    assert row is not None
    held = active_locks(connection)
    return {
        "money": (row.cash, row.open_cost, row.capital, row.epoch, row.open_trades, row.paused),
        "trades": {
            each.number: (
                each.left, each.stop, each.stop_kind, each.first_stop, each.ambiguous, each.frozen,
            )
            for each in trades(connection, status="open")
        },
        "orders": {
            each.number: (
                each.quantity - each.filled, each.limit, each.trigger, each.time_in_force,
                each.exit_reason or "signal", each.triggered_at is not None,
                each.cancel_requested_at is not None,
            )
            for each in orders(connection, status="waiting")
        },
        "locks": {f"{each.pair} {each.side or 'any'}": each.until for each in held if each.pair},
        "halts": {each.side or "any": each.until for each in held if each.pair is None},
    }  # fmt: skip


def _in_state(account: Account) -> dict[str, Any]:
    cost = sum((each.cost for each in account.trades.values()), ZERO)
    return {
        "money": (
            account.cash, cost, account.capital, account.epoch, len(account.trades), account.paused,
        ),
        "trades": {
            each.number: (
                each.left, each.stop, each.stops[-1].kind, each.first_stop, each.ambiguous,
                each.frozen,
            )
            for each in account.trades.values()
        },
        "orders": {
            each.number: (
                each.quantity, each.limit, each.trigger, each.time_in_force, each.reason,
                each.triggered, each.is_unwanted,
            )
            for each in account.orders.values()
        },
        "locks": account.locks,
        "halts": account.halts,
    }  # fmt: skip


def test_an_epoch_s_sums_are_those_of_its_facts(past: Past, connection: Connection) -> None:
    row = account(connection, "varied")
    assert row is not None
    resets = [place for place, fact in enumerate(past.facts) if isinstance(fact, AccountReset)]
    facts = past.facts[resets[-1] + 1 :]
    closed = [fact for fact in facts if isinstance(fact, TradeClosed)]
    doubtful = [fact for fact in closed if fact.ambiguous]
    fills = [fact for fact in facts if isinstance(fact, OrderFilled | OrderPartlyFilled | StopHit)]
    assert len(closed) > len(doubtful) > 0
    assert row.profit == sum(fact.profit for fact in closed)
    assert (row.closed_trades, row.ambiguous_trades) == (len(closed), len(doubtful))
    assert row.ambiguous_profit == sum(fact.profit for fact in doubtful)
    assert row.ambiguous_share == round(
        sum(abs(fact.profit) for fact in doubtful) / sum(abs(fact.profit) for fact in closed), 12
    )
    assert row.slippage == sum(fact.slippage for fact in fills) > 0
    assert row.declined_signals == sum(isinstance(fact, SignalDeclined) for fact in facts)
    paid_in = [fact.amount for fact in facts if isinstance(fact, CashAdjusted)]
    assert row.deposits == row.capital + sum(paid_in) != row.capital
    assert (row.epoch, row.band, row.sizing, row.shorts) == (
        len(resets) + 1, "realistic", "quote", True,
    )  # fmt: skip


def test_cash_and_open_trades_are_deposits_and_gross_profit_less_fees(
    database: str, trading_tape: TradingTape, connection: Connection
) -> None:
    for seed_past in _seen(database, trading_tape):
        row = account(connection, "varied")
        assert row is not None
        assert row.cash + row.open_cost == row.deposits + _gross(seed_past, row) - row.fees


def _seen(database: str, tape: TradingTape) -> Iterator[Past]:
    with projector(database, TRADING, page=7) as following:
        for number, past in enumerate(record_varied_past(tape, seed=3)):
            if number % 10 == 0:
                following.catch_up()
                yield past


def _gross(past: Past, row: AccountRow) -> Decimal:
    """What the parts that were left in this epoch gained, each for itself."""
    gross, spent = ZERO, {}
    for fact in past.facts:
        match fact:
            case AccountReset():
                gross = ZERO
            case TradeOpened():
                spent[fact.trade] = fact.side
            case TradeReduced():
                gross += fact.quantity * _gain(spent[fact.trade], fact.entry_price, fact.price)
            case TargetHit() | StopHit() | OrderFilled():
                last = fact.price
            case TradeClosed():
                price = last if fact.exit_reason not in {"delisted", "reset"} else fact.exit_price
                part = fact.quantity if fact.part is None else fact.part
                gross += part * _gain(fact.side, fact.entry_price, price)
    return gross


def _gain(side: str, entry: Decimal, price: Decimal) -> Decimal:
    return price - entry if side == "long" else entry - price


def test_a_closed_trade_says_what_its_end_said(past: Past, connection: Connection) -> None:
    closed = [fact for fact in past.facts if isinstance(fact, TradeClosed)]
    short_of: dict[int, Decimal] = {}
    for fact in past.facts:
        if isinstance(fact, TradeReduced | TradeClosed):
            short_of[fact.trade] = short_of.get(fact.trade, ZERO) + fact.shortfall
    for fact in closed:
        row = trade(connection, "varied", fact.trade)
        assert row is not None
        assert (row.status, row.left, row.frozen) == ("closed", ZERO, False)
        assert (
            row.exit_price, row.exit_reason, row.fees, row.slippage, row.profit, row.risk,
            row.r_multiple, row.duration, row.best, row.worst, row.ambiguous, row.caught_up,
            row.shortfall,
        ) == (
            fact.exit_price, fact.exit_reason, fact.fees, fact.slippage, fact.profit, fact.risk,
            fact.r_multiple, fact.duration, fact.best, fact.worst, fact.ambiguous, fact.caught_up,
            short_of[fact.trade],
        )  # fmt: skip


def test_an_order_adds_up_its_parts(past: Past, connection: Connection) -> None:
    filled: dict[int, list[OrderFilled | OrderPartlyFilled]] = {}
    for fact in past.facts:
        if isinstance(fact, OrderFilled | OrderPartlyFilled):
            filled.setdefault(fact.order, []).append(fact)
    assert max(map(len, filled.values())) > 2
    for placed in past.facts:
        if not isinstance(placed, OrderPlaced):
            continue
        parts = filled.get(placed.order, [])
        row = order(connection, "varied", placed.order)
        assert row is not None
        assert row.filled == sum(part.quantity for part in parts)
        assert row.slippage == sum(part.slippage for part in parts)
        assert row.fee == (sum(part.fee for part in parts) if parts else None)
        if len(parts) == 1:
            assert row.price == parts[0].price
        elif parts:
            value = sum((part.quantity * part.price for part in parts), ZERO)
            assert row.price == pytest.approx(value / row.filled, rel=Decimal("1e-15"))


def test_a_lock_says_who_ended_it(past: Past, connection: Connection) -> None:
    rows = locks(connection, account="varied", limit=10_000)
    ended = [row for row in rows if row.status == "ended"]
    assert {row.ended_by for row in ended} >= {"clock", "operator"}
    assert all(row.ended_at is not None and row.ended_at >= row.since for row in ended)
    guarded = next(row for row in rows if row.pair is None)
    assert (guarded.by, guarded.why) == ("guard", "max_drawdown")
    assert set(guarded.numbers) == {"drawdown", "max_allowed_drawdown", "equity", "peak"}
    assert [row.position for row in rows] == sorted((row.position for row in rows), reverse=True)
    begun = [fact for fact in past.facts if fact.topic in {"MarketLocked", "TradingHalted"}]
    assert len(rows) == len(begun)


def test_another_lock_of_the_same_market_and_side_takes_the_place_of_one(
    database: str, trading_tape: TradingTape, connection: Connection
) -> None:
    def locked(hour: int, until: int, pair: str = BTC, side: Side | None = None) -> MarketLocked:
        who = ("varied", "guard", "cool_down", None)
        return MarketLocked(at(hour), *who, side, pair, at(until), {})

    halted = TradingHalted(at(1), "varied", "guard", "daily_loss", None, None, at(9), {})
    facts = [locked(1, 3), locked(1, 3, ETH), locked(1, 3, side="long"), halted, locked(2, 5)]
    events = chained("varied", 0, facts, event_id(period_stream("binance", "1h"), 1))
    trading_tape.record(events, handled=1, before=0)
    project(database, page=2)
    rows = locks(connection, account="varied")
    assert [(row.pair, row.side, row.until, row.ended_at) for row in rows] == [
        (BTC, None, at(5), None),
        (None, None, at(9), None),
        (BTC, "long", at(3), None),
        (ETH, None, at(3), None),
        (BTC, None, at(3), at(2)),
    ]
    assert rows == [*active_locks(connection), rows[-1]]
    reset = AccountReset(at(4), "varied", 1, "operator", "another try", 2, Decimal(10))
    trading_tape.record(
        chained("varied", 5, [reset], event_id(period_stream("binance", "1h"), 2)),
        handled=2, before=1,
    )  # fmt: skip
    project(database)
    assert active_locks(connection) == []
    assert {(row.ended_by, row.ended_why) for row in locks(connection)} == {
        ("operator", "another try"), ("guard", "cool_down"),
    }  # fmt: skip


def test_facts_of_the_first_version_are_projected_with_what_they_meant(
    database: str, connection: Connection
) -> None:
    topics = (
        "AccountOpened", "AccountConfigured", "SignalRaised", "OrderPlaced", "OrderFilled",
        "TradeOpened", "StopHit", "TradeClosed",
    )  # fmt: skip
    kept = json.loads(GOLDEN.read_text())
    states = {each["topic"]: each["state"] for each in kept if each["v"] == 1}
    for position, topic in enumerate(topics, 1):
        connection.execute(
            "INSERT INTO trading.tape_events VALUES (gen_random_uuid(), 1, %s, %s, %s)",
            [topic, states[topic].encode(), position],
        )
    project(database)
    first, entry = trade(connection, "main", 1), order(connection, "main", 1)
    row = account(connection, "main")
    assert first is not None
    assert entry is not None
    assert row is not None
    assert (first.stop_kind, first.first_stop, first.left) == ("stop", first.stop, ZERO)
    assert (first.slippage, first.shortfall, first.risk, first.duration) == (ZERO, ZERO, None, None)
    assert (entry.time_in_force, entry.limit, entry.exit_reason) == ("gtd", None, None)
    assert (entry.filled, entry.price, entry.slippage) == (
        Decimal("0.02354"), Decimal(42480), ZERO,
    )  # fmt: skip
    assert (row.band, row.sizing, row.shorts, row.deposits) == (
        "plain", "quote", False, Decimal(10_000),
    )  # fmt: skip
    assert (row.open_cost, row.cash) == (ZERO, Decimal("9980.0248976"))
