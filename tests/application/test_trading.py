"""Trading on real Postgres: a function of the market tape, whoever begins it anew and wherever."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError

from adapters.indicators.engine import compute
from adapters.postgres.candles import CandleTable
from adapters.postgres.commands import CommandTable
from adapters.postgres.follower import MarketFollower
from application.desk import Desk, TapeWasCut
from application.plans import AccountPlan
from application.ports import Listings, TapeRow
from application.tapes import MarketTape, TradingTape, account_stream, event_id
from application.trading import AccountMoved
from domain.account.state import Account
from domain.candles import Candle, Candles, Floats, Series
from domain.facts import Fact
from domain.market_facts import MarketListed, PeriodClosed, candle_closed, candle_revised
from domain.strategies.ema_cross import EmaCross
from domain.strategies.strategy import Parameter, Rules, Strategy
from domain.times import to_ms
from tests.conftest import open_trading_tape
from tests.projections.history import HOUR, PAIRS, ask, market_of, period_closed
from tests.scenario import BTC, at
from tests.strategies import planned, resolve

D = Decimal
WARM_UP = 250
HOURS = 60
QUICK = planned(EmaCross(fast=2, slow=4, atr=2, stop=1.0, target=1.0), "1h", "0" * 64)
SLOW = planned(EmaCross(fast=3, slow=6, atr=2), "1h", "1" * 64)
MAIN = AccountPlan("main", "binance", "USDT", D(10_000), D(1_000), 5, "1h", PAIRS, (QUICK,))
SIDE = replace(
    MAIN, name="side", capital=D(500), stake=D(100), max_open_trades=1, strategies=(SLOW,)
)
EVERYTHING = """
    SELECT originator_id, originator_version, topic, state FROM trading.tape_events
    ORDER BY notification_id"""


OPEN_TRADES = """
    SELECT o.fact->>'pair', o.fact->>'stop' FROM trading.events AS o
    WHERE o.topic = 'TradeOpened' AND NOT EXISTS (
        SELECT FROM trading.events AS c
        WHERE c.topic = 'TradeClosed' AND c.fact->>'trade' = o.fact->>'trade')
    ORDER BY o.position"""


class Followed(NamedTuple):
    """The market tape, a few events at a time."""

    follower: MarketFollower
    most: int

    def page(self, after: int, limit: int) -> Sequence[TapeRow]:
        return self.follower.page(after, min(limit, self.most))

    def listings_at(self, position: int) -> dict[str, Listings]:
        return self.follower.listings_at(position)

    def last_period(self, exchange: str, frame: str, position: int) -> PeriodClosed | None:
        return self.follower.last_period(exchange, frame, position)

    def head(self) -> int:
        return self.follower.head()


class Office:
    """Opens desks over one database."""

    def __init__(self, url: str, tape: TradingTape, follower: MarketFollower) -> None:
        self.url = url
        self.tape = tape
        self._follower = follower
        self.strategies: dict[str, type[Strategy]] = {}

    def resolve(self, name: str, source: str, parameters: Mapping[str, Parameter]) -> Strategy:
        """A strategy of the test's own by its source, else a built-in one."""
        if source in self.strategies:
            return self.strategies[source].with_parameters(parameters)
        return resolve(name, source, parameters)

    def desk(self, *plans: AccountPlan, most: int = 100) -> Desk:
        """A desk that knows nothing but the tapes."""

        def history(exchange: str, frame: str) -> CandleTable:
            return CandleTable(self._follower.connection, exchange, frame)

        followed = Followed(self._follower, most)
        queue = CommandTable(self._follower.connection)
        return Desk(
            self.tape, followed, plans, history, compute, self.resolve, {"numpy": "2"}, queue
        )

    def trade(self, *plans: AccountPlan, most: int = 100, reload: bool = False) -> list[Any]:
        """Trade all there is, forgetting all after every page if told to; the whole tape."""
        desk = self.desk(*plans, most=most)
        while desk.trade_page():
            if reload:
                desk = self.desk(*plans, most=most)
        return self.facts()

    def facts(self) -> list[Any]:
        """All that is on the trading tape."""
        return ask(self.url, EVERYTHING)

    def topics(self, after: int = 0) -> list[str]:
        """The topics behind so many facts."""
        return [topic for _, _, topic, _ in self.facts()[after:]]

    def forget(self) -> None:
        """Begin all trading anew."""
        change(self.url, "TRUNCATE trading.tape_events, trading.tape_tracking")
        change(self.url, "TRUNCATE trading.tape_snapshots")


def change(url: str, statement: str) -> None:
    """Change what the database else refuses to change."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement.encode())


@contextmanager
def open_office(url: str) -> Iterator[Office]:
    follower = MarketFollower(url)
    try:
        with open_trading_tape(url) as tape:
            yield Office(url, tape, follower)
    finally:
        follower.close()


@pytest.fixture
def office(database: str) -> Iterator[Office]:
    with open_office(database) as made:
        yield made


def scans() -> Iterator[list[Fact]]:
    """Facts by scan: a lively market with missing, late and revised candles."""
    random = Random(6)
    price = dict.fromkeys(PAIRS, D(100))
    yield [market_of(pair, MarketListed, at(0), "0.01") for pair in PAIRS]
    yield [a_candle(random, price, pair, hour) for hour in range(WARM_UP) for pair in PAIRS]
    late: list[Fact] = []
    for hour in range(WARM_UP, WARM_UP + HOURS):
        closed_at = at(0) + (hour + 1) * HOUR
        facts = {pair: a_candle(random, price, pair, hour) for pair in PAIRS}
        missing = [pair for pair in PAIRS if random.random() < 0.1]
        in_time = [fact for pair, fact in facts.items() if pair not in missing]
        revised = [a_revision(price, hour - 1)] if random.random() < 0.1 and not late else []
        seen_at = closed_at + timedelta(seconds=2)
        yield [*revised, *late, *in_time, period_closed(closed_at, missing, seen_at)]
        late = [facts[pair] for pair in missing if random.random() < 0.7]


def a_candle(random: Random, price: dict[str, Decimal], pair: str, hour: int) -> Fact:
    first = price[pair]
    last = price[pair] = max(first + D(random.randrange(-300, 301)) / 100, D(20))
    up, down = (D(random.randrange(0, 150)) / 100 for _ in range(2))
    candle = Candle(
        to_ms(at(0) + hour * HOUR), first, max(first, last) + up, min(first, last) - down, last,
        D(9),
    )  # fmt: skip
    return candle_closed(Series("binance", pair, "1h"), candle)


def a_revision(price: Mapping[str, Decimal], hour: int) -> Fact:
    last = price[BTC]
    candle = Candle(to_ms(at(0) + hour * HOUR), last, last + 1, last - 1, last, D(10))
    return candle_revised(Series("binance", BTC, "1h"), candle)


@pytest.fixture
def market(market_tape: MarketTape) -> MarketTape:
    """A tape on which much has happened."""
    for facts in scans():
        market_tape.record(facts)
    return market_tape


def test_live_in_bulk_and_begun_anew_at_every_event_the_facts_are_the_same(
    office: Office, market_tape: MarketTape
) -> None:
    desk = office.desk(MAIN, SIDE)
    for facts in scans():
        market_tape.record(facts)
        while desk.trade_page():
            pass
    live = office.facts()
    topics = {topic for _, _, topic, _ in live}
    assert {"StopHit", "TargetHit", "OrderExpired", "SignalDeclined", "TradeClosed"} <= topics
    for most, reload in ((100, False), (7, True), (1, True)):
        office.forget()
        assert office.trade(MAIN, SIDE, most=most, reload=reload) == live


def test_snapshots_change_nothing_of_what_is_loaded(
    office: Office, market: MarketTape, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = office.trade(MAIN, SIDE)
    loaded = {name: office.tape.account(name) for name in ("main", "side")}
    office.forget()
    monkeypatch.setattr("application.desk.SNAPSHOT_EVERY", 5)
    assert office.trade(MAIN, SIDE, most=3, reload=True) == without
    assert ask(office.url, "SELECT count(*) FROM trading.tape_snapshots")[0] > 5
    assert {name: office.tape.account(name) for name in ("main", "side")} == loaded
    change(office.url, "UPDATE trading.tape_snapshots SET topic = 'Account/0'")
    assert {name: office.tape.account(name) for name in ("main", "side")} == loaded


def test_facts_and_the_position_they_come_from_are_committed_together(
    office: Office, market: MarketTape
) -> None:
    handled = "SELECT notification_id FROM trading.tape_tracking"
    desk = office.desk(MAIN, most=10)
    while desk.trade_page():
        assert ask(office.url, handled) == [desk.position]
        newest = "SELECT coalesce(max((fact->>'at')::timestamptz), '2024-01-01Z') FROM {}.events"
        until = f"{newest.format('market')} WHERE topic = 'PeriodClosed' AND position <= "
        assert ask(office.url, newest.format("trading")) <= ask(
            office.url, f"{until}{desk.position}"
        )
    assert desk.position == market.head()


def test_the_second_of_two_desks_is_refused_and_leaves_nothing(
    office: Office, market: MarketTape
) -> None:
    first, second = office.desk(MAIN), office.desk(MAIN)
    assert first.trade_page()
    facts = office.facts()
    with pytest.raises(IntegrityError):
        second.trade_page()
    assert office.facts() == facts
    assert not office.desk(MAIN).trade_page()


def test_a_desk_that_was_refused_can_begin_anew(office: Office, market: MarketTape) -> None:
    alone = office.trade(MAIN)
    office.forget()
    desks = [office.desk(MAIN, most=5), office.desk(MAIN, most=5)]
    refused = 0
    random = Random(6)
    for _ in range(500):
        place = random.randrange(2)
        try:
            if not desks[place].trade_page():
                break
        except IntegrityError:
            refused += 1
            desks[place] = office.desk(MAIN, most=5)
    assert (office.facts(), refused > 3) == (alone, True)


def test_accounts_do_not_touch_each_other(office: Office, market: MarketTape) -> None:
    alone = office.trade(MAIN)
    main = office.tape.account("main")
    office.forget()
    both = office.trade(SIDE, MAIN)
    assert len(both) > len(alone)
    assert [each for each in both if each in alone] == alone
    assert office.tape.account("main") == main
    side = office.tape.account("side")
    assert isinstance(side, Account)
    assert side.cash != D(500)
    assert office.tape.account_names() == ["main", "side"]


def test_what_is_configured_anew_holds_from_the_next_start(
    office: Office, market_tape: MarketTape
) -> None:
    past = [*scans()]
    for facts in past[:30]:
        market_tape.record(facts)
    office.trade(MAIN)
    before = len(office.facts())
    changed = replace(MAIN, stake=D(50), strategies=())
    for facts in past[30:32]:
        market_tape.record(facts)
        office.trade(changed)
    told = office.topics(before)
    assert told[:2] == ["AccountConfigured", "StrategyWithdrawn"]
    assert [each for each in told if each in {"AccountConfigured", "StrategyWithdrawn"}] == told[:2]
    for facts in past[32:34]:
        market_tape.record(facts)
    before = len(office.facts())
    office.trade(MAIN)
    assert office.topics(before)[:2] == ["AccountConfigured", "StrategyDeployed"]
    when = """
        SELECT DISTINCT e.fact->>'at' = p.fact->>'at' FROM trading.events AS e
        JOIN market.events AS p ON p.topic = 'PeriodClosed'
            AND p.position = (SELECT min(position) FROM market.events WHERE topic = 'PeriodClosed'
                AND position > (e.fact->>'market_position')::bigint)
        WHERE e.fact ? 'market_position'"""
    assert ask(office.url, when) == [True]


def test_no_candle_in_time_no_signal(office: Office, market: MarketTape) -> None:
    office.trade(MAIN, SIDE)
    missing = """
        SELECT count(*) FROM market.events AS p JOIN trading.events AS e
        ON e.topic = 'SignalRaised' AND e.fact->>'at' = p.fact->>'at'
        WHERE p.topic = 'PeriodClosed' AND p.fact->'missing' ? (e.fact->>'pair')"""
    raised = "SELECT count(*) > 20 FROM trading.events WHERE topic = 'SignalRaised'"
    assert (ask(office.url, missing), ask(office.url, raised)) == ([0], [True])


def test_a_late_candle_settles_what_it_would_have_settled(
    office: Office, market: MarketTape
) -> None:
    office.trade(MAIN, SIDE)
    caught_up = """
        SELECT count(*) FROM trading.events
        WHERE topic = 'TradeClosed' AND (fact->>'caught_up')::boolean"""
    assert ask(office.url, caught_up)[0] > 0


def test_a_stop_that_only_the_revised_candle_reached_is_settled_with_the_next_period(
    office: Office, market_tape: MarketTape
) -> None:
    desk = office.desk(MAIN)
    for hour, facts in enumerate(scans(), start=WARM_UP - 1):  # listings and warm-up come first
        market_tape.record(facts)
        while desk.trade_page():
            pass
        if (open_trades := ask(office.url, OPEN_TRADES)) and hour > WARM_UP + 2:
            break
    pair, stop = open_trades[0]
    before, closed_at = len(office.facts()), at(0) + hour * HOUR
    fell = Candle(to_ms(closed_at - HOUR), D(stop), D(stop), D(1), D(2), D(9))
    market_tape.record([candle_revised(Series("binance", pair, "1h"), fell)])
    market_tape.record([period_closed(closed_at + HOUR, list(PAIRS), closed_at + HOUR)])
    assert "StopHit" in [topic for _, _, topic, _ in office.trade(MAIN)[before:]]


def test_a_revision_that_comes_later_changes_no_decision(
    office: Office, market: MarketTape
) -> None:
    before = office.trade(MAIN)
    office.forget()
    newest = "SELECT max(version) FROM market.events WHERE topic = 'CandleClosed'"
    hour = (ask(office.url, newest)[0] - to_ms(at(0))) // 3_600_000
    for back in range(6):
        market.record([a_revision({BTC: D(500)}, hour - back)])
    assert office.trade(MAIN) == before


def test_a_market_tape_whose_tail_is_gone_is_refused(office: Office, market: MarketTape) -> None:
    office.trade(MAIN)
    change(office.url, f"DELETE FROM market.tape_events WHERE notification_id = {market.head()}")
    with pytest.raises(TapeWasCut, match="its tail is gone"):
        office.desk(MAIN)


def test_every_fact_names_its_cause(office: Office, market: MarketTape) -> None:
    office.trade(MAIN, SIDE)
    facts = ask(office.url, "SELECT fact FROM trading.events ORDER BY position")
    seen = {str(each) for each in _period_ids(office.url)}
    for fact in facts:
        assert fact["causation_id"] in seen or fact["causation_id"] == fact["id"]
        seen.add(fact["id"])
    assert len({fact["id"] for fact in facts}) == len(facts)


def _period_ids(url: str) -> list[Any]:
    rows = ask(url, "SELECT stream, version FROM market.events WHERE topic = 'PeriodClosed'")
    return [event_id(*row) for row in rows]


def test_an_open_account_does_not_move_to_another_exchange(
    office: Office, market: MarketTape
) -> None:
    before = office.trade(MAIN)
    with pytest.raises(AccountMoved, match="open on binance in USDT, but configured on kraken"):
        office.desk(replace(MAIN, exchange="kraken"))
    assert office.facts() == before


class Broken(EmaCross, frozen=True):
    """Fails where the price has risen."""

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        if candles.close[-1] > candles.close[-2]:
            raise ZeroDivisionError("division by\nzero")
        return super().rules(candles, values)


def test_a_strategy_that_fails_is_told_of_once_a_market_and_stops_nothing(
    office: Office, market: MarketTape
) -> None:
    broken = planned(Broken(fast=2, slow=4, atr=2), "1h", "2" * 64)
    office.strategies["2" * 64] = Broken
    without = office.trade(MAIN)
    office.forget()
    office.trade(MAIN, replace(SIDE, strategies=(broken,)))
    failed = ask(
        office.url,
        "SELECT fact->>'account', fact->>'pair', fact->>'error' FROM trading.events"
        " WHERE topic = 'StrategyFailed' ORDER BY 1, 2",
    )
    assert failed == [("side", pair, "ZeroDivisionError: division by zero") for pair in PAIRS]
    main = [row for row in office.facts() if row[0] == account_stream("main")]
    assert main == [row for row in without if row[0] == account_stream("main")]
