"""An exchange's budget: never over its limit, shared by all that ask, closed when it says so."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from adapters.exchanges.budget import (
    Allowance,
    Budget,
    BudgetStore,
    MemoryBudget,
    Reservation,
    within_a_minute,
)
from adapters.exchanges.traits import KNOWN
from adapters.postgres.budgets import PostgresBudget
from application.ports import ExchangeSaysWait


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[BudgetStore]:
    if request.param == "memory":
        yield MemoryBudget()
        return
    kept = PostgresBudget(request.getfixturevalue("database"), "binance")
    yield kept
    kept.close()


class Simulated:
    """A clock that only sleeping and waiting move."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def taken(budget: Budget, *costs: float) -> None:
    async def take() -> None:
        for cost in costs:
            await budget.take(cost)

    asyncio.run(take())


def most_in(seconds: float, asked: list[tuple[float, float]]) -> float:
    """The largest sum of costs in any span of so many seconds."""
    return max(
        sum(cost for at, cost in asked if start <= at < start + seconds) for start, _ in asked
    )


@given(
    burst_seconds=some.sampled_from([0.0, 30.0, 45.0]),
    asked=some.lists(
        some.tuples(some.sampled_from([0.0, 0.0, 0.3, 0.9, 5.0, 40.0]), some.floats(0.2, 16)),
        min_size=1,
        max_size=300,
    ),
)
@settings(max_examples=40, deadline=None)
def test_no_minute_has_more_than_the_limit(
    burst_seconds: float, asked: list[tuple[float, float]]
) -> None:
    clock, rate, done = Simulated(), 2.0, list[tuple[float, float]]()
    allowance = within_a_minute(rate, burst_seconds)
    budget = Budget(MemoryBudget(clock), allowance, patience=1e9, clock=clock, sleep=clock.sleep)

    async def ask() -> None:
        for idle, cost in asked:
            clock.now += idle
            await budget.take(cost)
            done.append((clock.now, cost))

    asyncio.run(ask())
    largest = max(cost for _, cost in asked)
    assert most_in(60, done) <= 60 * rate + (largest if largest > allowance.burst else 0) + 1e-6


@pytest.mark.parametrize("name", KNOWN)
def test_a_burst_and_what_follows_it_fit_into_a_minute(name: str) -> None:
    steady, burst = within_a_minute(20.0, KNOWN[name].burst_seconds)
    assert burst + 61 * steady <= 61 * 20.0
    assert burst + 60 * steady >= 60 * 20.0 * 0.99


def test_a_burst_goes_at_once_and_costs_few_statements() -> None:
    class Counting(MemoryBudget):
        asked = 0

        def reserve(self, *of: float) -> Reservation:
            self.asked += 1
            return super().reserve(*of)

    clock, store = Simulated(), Counting()
    budget = Budget(store, within_a_minute(20, 30), clock=clock, sleep=clock.sleep)
    started = clock.now
    taken(budget, *[0.4] * 500)
    assert clock.now == started
    assert store.asked < 10


def test_without_a_burst_requests_keep_their_distance() -> None:
    clock, times = Simulated(), list[float]()
    store = MemoryBudget(clock)
    budget = Budget(store, Allowance(1.0), clock=clock, sleep=clock.sleep)
    for _ in range(5):
        taken(budget, 1.2)
        times.append(clock.now)
    assert [later - earlier for earlier, later in pairwise(times)] == pytest.approx([1.2] * 4)


def test_an_infinite_rate_asks_no_store_but_waits_when_told() -> None:
    async def ask() -> None:
        budget = Budget(MemoryBudget(), Allowance(math.inf))
        await budget.take(1e9)
        await budget.close_for(30, "429")
        await budget.take(1)

    with pytest.raises(ExchangeSaysWait, match="429"):
        asyncio.run(ask())


def test_time_is_taken_once_and_the_next_waits(store: BudgetStore) -> None:
    assert store.reserve(10, 10, 60) == (True, 0.0, "")
    granted, seconds, _ = store.reserve(10, 10, 60)
    assert granted
    assert seconds == pytest.approx(10, abs=1)


def test_a_slack_lets_so_much_through_at_once(store: BudgetStore) -> None:
    waits = [store.reserve(10, 30, 60).seconds for _ in range(5)]
    assert waits == pytest.approx([0, 0, 0, 10, 20], abs=1)


def test_more_than_the_slack_goes_alone(store: BudgetStore) -> None:
    assert store.reserve(50, 30, 60).seconds == 0
    assert store.reserve(1, 30, 60).seconds == pytest.approx(21, abs=1)


def test_a_wait_beyond_patience_is_refused_and_takes_nothing(store: BudgetStore) -> None:
    store.reserve(100, 0, 10)
    for _ in range(2):
        granted, seconds, why = store.reserve(10, 0, 10)
        assert (granted, why) == (False, "")
        assert seconds == pytest.approx(100, abs=1)


def test_a_closed_exchange_grants_nothing_and_says_why(store: BudgetStore) -> None:
    assert store.closed() is None
    store.close_for(30, "429 Too many requests")
    for refusal in (store.reserve(0.1, 0, 60), store.closed()):
        assert refusal is not None
        assert (refusal.granted, refusal.why) == (False, "429 Too many requests")
        assert refusal.seconds == pytest.approx(30, abs=1)


def test_the_longest_closure_stays(store: BudgetStore) -> None:
    store.close_for(120, "418")
    store.close_for(30, "429")
    closed = store.closed()
    assert closed is not None
    assert (closed.why, round(closed.seconds)) == ("418", 120)


def test_a_closure_ends(store: BudgetStore) -> None:
    store.reserve(1, 1, 60)
    store.close_for(0.05, "429")
    until(lambda: store.closed() is None)
    assert store.reserve(1, 10, 60).granted


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_processes_share_a_budget_and_a_restart_keeps_it(database: str) -> None:
    one, other = (PostgresBudget(database, "kraken") for _ in range(2))
    waits = [store.reserve(10, 0, 60).seconds for store in (one, other, one)]
    assert waits == pytest.approx([0, 10, 20], abs=1)
    one.close_for(90, "418 banned")
    one.close()
    other.close()
    again = PostgresBudget(database, "kraken")
    closed = again.closed()
    again.close()
    assert closed is not None
    assert (closed.why, round(closed.seconds)) == ("418 banned", 90)


def test_exchanges_do_not_share_a_budget(database: str) -> None:
    one, other = PostgresBudget(database, "kraken"), PostgresBudget(database, "binance")
    one.close_for(30, "429")
    assert other.reserve(1, 1, 60).granted
    one.close()
    other.close()


def test_many_that_ask_at_once_never_get_more_than_there_is(database: str) -> None:
    """Four consumers, each with a connection of its own, for a burst of 20 and 40 a second."""
    stores = [PostgresBudget(database, "binance") for _ in range(4)]
    done: list[tuple[float, float]] = []

    async def ask(budget: Budget) -> None:
        for _ in range(15):
            await budget.take(1)
            done.append((time.monotonic(), 1))

    async def all_ask() -> None:
        await asyncio.gather(*(ask(Budget(store, Allowance(40, 20))) for store in stores))

    started = time.monotonic()
    asyncio.run(all_ask())
    for store in stores:
        store.close()
    assert time.monotonic() - started >= (60 - 20) / 40 - 0.05
    assert len(done) == 60
    assert most_in(0.25, done) <= 20 + 40 * 0.25 + 4


def test_a_budget_outlives_its_connection(database: str) -> None:
    store = PostgresBudget(database, "binance")
    store.close_for(60, "429")
    kill("papertape budget binance", database)
    closed = store.closed()
    store.close()
    assert closed is not None
    assert closed.why == "429"


def test_a_database_that_is_gone_is_said() -> None:
    store = PostgresBudget("postgresql://127.0.0.1:1/none", "binance")
    with pytest.raises(psycopg.OperationalError):
        store.reserve(1, 1, 1)
    with pytest.raises(psycopg.OperationalError):
        taken(Budget(store, Allowance(1)), 1)
    store.close()


def kill(application: str, url: str) -> None:
    statement = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"{statement} WHERE application_name = %s", [application])


def test_what_waits_is_refused_when_the_exchange_closes() -> None:
    clock, store = Simulated(), MemoryBudget()

    async def sleep_while_another_is_banned(seconds: float) -> None:
        store.close_for(120, "418")

    budget = Budget(store, Allowance(0.5), clock=clock, sleep=sleep_while_another_is_banned)
    taken(budget, 1)
    clock.now += 1.5
    with pytest.raises(ExchangeSaysWait, match="418"):
        taken(budget, 1, 1)


def test_too_much_waiting_is_refused_with_the_time_to_come_back() -> None:
    clock = Simulated()
    budget = Budget(MemoryBudget(clock), Allowance(1.0), patience=5, clock=clock)
    taken(budget, 30)
    with pytest.raises(ExchangeSaysWait) as refused:
        taken(budget, 1)
    assert refused.value.seconds == pytest.approx(30)
