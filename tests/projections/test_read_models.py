"""Each read model says what independent SQL over the tapes says."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest

from application.tapes import MarketTape, TradingTape
from domain.market_facts import (
    MarketDelisted,
    MarketListed,
    MarketRevalidated,
    MarketRulesChanged,
    ScanFailed,
)
from projections.accounts import AccountRow, account, accounts
from projections.markets import market, markets
from projections.order_feed import feed, feed_head
from projections.orders import order, orders
from projections.queries import Connection
from projections.scans import newest_periods, newest_seen_at, scans
from projections.signals import signals
from projections.trades import trade, trades
from tests.projections.following import project
from tests.projections.history import (
    ask,
    closed,
    market_of,
    period_closed,
    record_market_past,
    record_trading_past,
)
from tests.scenario import BTC, ETH, XRP, at

HOURS = 150


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def traded(database: str, trading_tape: TradingTape) -> str:
    """A database with a projected past of two accounts."""
    record_trading_past(trading_tape, HOURS)
    project(database)
    return database


def test_a_market_has_the_rules_of_its_newest_change(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    market_tape.record([market_of(pair, MarketListed, at(0), "0.01") for pair in (ETH, BTC)])
    market_tape.record([market_of(ETH, MarketRulesChanged, at(2), "0.1")])
    market_tape.record([market_of(ETH, MarketRulesChanged, at(3), "0.05")])
    project(database)
    assert [row.pair for row in markets(connection)] == [BTC, ETH]
    changed = market(connection, "binance", ETH)
    assert changed is not None
    assert (changed.tick, changed.listed_at, changed.changed_at) == (Decimal("0.05"), at(0), at(3))
    untouched = market(connection, "binance", BTC)
    assert untouched is not None
    assert (untouched.tick, untouched.changed_at) == (Decimal("0.01"), None)


def test_a_scan_counts_the_periods_in_which_a_market_is_missing(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    market_tape.record([closed(BTC, at(0)), closed(ETH, at(0)), period_closed(at(1))])
    for hour in (1, 2):
        failed = ScanFailed(at(hour + 1), "binance", ETH, "1h", f"timeout {hour}")
        market_tape.record([closed(BTC, at(hour)), failed, period_closed(at(hour + 1), [ETH, XRP])])
    project(database)
    btc, eth, xrp = scans(connection, timeframe="1h")
    assert (btc.last_candle_at, btc.last_seen_at, btc.missing_periods) == (at(3), at(3), 0)
    assert (eth.last_candle_at, eth.last_seen_at, eth.missing_since) == (at(1), at(1), at(2))
    assert (eth.failures, eth.last_failure, eth.last_failure_at) == (2, "timeout 2", at(3))
    assert (eth.missing_periods, xrp.missing_periods, xrp.last_candle_at) == (2, 2, None)


def test_a_delisted_market_is_gone_until_it_is_listed_again(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    market_tape.record([market_of(pair, MarketListed, at(0), "0.01") for pair in (BTC, ETH)])
    market_tape.record(
        [MarketDelisted(at(2), "binance", pair, "not active") for pair in (BTC, ETH)]
    )
    project(database)
    market_tape.record([market_of(ETH, MarketListed, at(4), "0.1")])
    project(database)
    btc, back = markets(connection)
    assert (btc.listed_at, btc.delisted_at, btc.delisted_reason) == (at(0), at(2), "not active")
    assert (back.listed_at, back.delisted_at, back.delisted_reason) == (at(4), None, None)
    assert back.tick == Decimal("0.1")


def test_failures_in_a_row_end_when_the_market_is_well_again(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    def failed(hour: int) -> ScanFailed:
        return ScanFailed(at(hour), "binance", ETH, "1h", f"timeout {hour}")

    market_tape.record([failed(1), failed(2)])
    market_tape.record([MarketRevalidated(at(3), "binance", ETH, "1h", 2)])
    project(database)
    (eth,) = scans(connection)
    assert (eth.failures, eth.failing_since, eth.failures_in_a_row) == (2, None, 0)
    market_tape.record([failed(4), failed(5)])
    project(database)
    market_tape.record([failed(6)])
    project(database)
    (eth,) = scans(connection)
    assert (eth.failures, eth.failing_since, eth.failures_in_a_row) == (5, at(4), 3)
    assert eth.last_failure == "timeout 6"


def test_periods_that_a_market_had_and_missed_are_counted(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    for hour in range(6):
        missing = [ETH] if hour in (1, 2, 5) else []
        facts = [closed(pair, at(hour)) for pair in (BTC, ETH) if pair not in missing]
        market_tape.record([*facts, period_closed(at(hour + 1), missing)])
        project(database)
    btc, eth = scans(connection)
    assert (btc.seen_periods, btc.missed_periods) == (6, 0)
    assert (eth.seen_periods, eth.missed_periods, eth.missing_periods) == (3, 3, 1)


def test_a_late_candle_is_known_but_was_not_in_time(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    market_tape.record([closed(ETH, at(0)), period_closed(at(1))])
    market_tape.record([period_closed(at(2), [ETH])])
    market_tape.record([closed(ETH, at(1)), period_closed(at(3), [ETH])])
    project(database)
    (eth,) = scans(connection)
    assert (eth.last_candle_at, eth.last_seen_at, eth.missing_periods) == (at(2), at(1), 2)
    market_tape.record([closed(ETH, at(3)), period_closed(at(4))])
    project(database)
    (eth,) = scans(connection)
    assert (eth.last_seen_at, eth.missing_since, eth.missing_periods) == (at(4), None, 0)


def test_the_newest_period_of_a_scan_says_what_is_late(
    database: str, market_tape: MarketTape, connection: Connection
) -> None:
    assert newest_seen_at(connection) is None
    seen_at = at(2) + timedelta(seconds=4)
    market_tape.record([period_closed(at(1)), period_closed(at(2), [ETH], seen_at)])
    project(database)
    (newest,) = newest_periods(connection)
    assert (newest.closed_at, newest.markets, newest.missing) == (at(2), 3, 1)
    assert newest_seen_at(connection) == seen_at


def test_scans_are_what_the_tape_says(database: str, market_tape: MarketTape) -> None:
    record_market_past(market_tape, 60)
    project(database)
    failures = "SELECT fact->>'pair', count(*) FROM market.events WHERE topic = 'ScanFailed'"
    assert ask(database, f"{failures} GROUP BY 1 ORDER BY 1") == ask(
        database, "SELECT pair, failures FROM read.scans ORDER BY pair"
    )
    last = """
        SELECT s.pair, max(p.fact->>'at')::timestamptz FROM market.series AS s
        JOIN market.events AS p ON p.topic = 'PeriodClosed' AND NOT p.fact->'missing' ? s.pair
        GROUP BY 1 ORDER BY 1"""
    in_time = """
        SELECT s.pair, p.closed_at - s.missing_periods * interval '1 h'
        FROM read.scans AS s JOIN read.periods AS p USING (exchange, timeframe) ORDER BY 1"""
    assert ask(database, last) == ask(database, in_time)


def test_every_signal_has_an_order_or_a_reason(traded: str, connection: Connection) -> None:
    raised = "SELECT count(*), sum((fact->>'close')::numeric) FROM trading.events WHERE topic = 'SignalRaised'"  # noqa: E501
    assert ask(traded, raised) == ask(traded, "SELECT count(*), sum(close) FROM read.signals")
    answers = """
        SELECT CASE topic WHEN 'OrderPlaced' THEN 'ordered' ELSE 'declined' END,
            CASE topic WHEN 'SignalDeclined' THEN fact->>'reason' END, count(*)
        FROM trading.events WHERE topic IN ('OrderPlaced', 'SignalDeclined')
        GROUP BY 1, 2 ORDER BY 1, 2"""
    assert ask(traded, answers) == ask(
        traded,
        "SELECT outcome, reason, count(*) FROM read.signals GROUP BY 1, 2 ORDER BY 1, 2",
    )
    declined = signals(connection, outcome="declined", limit=1)[0]
    assert (declined.numbers is not None, declined.indicators) == (True, {"ema_fast": "100.5"})


def test_orders_end_as_the_tape_says(traded: str, connection: Connection) -> None:
    ends = """
        SELECT lower(replace(topic, 'Order', '')), count(*), sum((fact->>'fee')::numeric)
        FROM trading.events WHERE topic IN ('OrderFilled', 'OrderCancelled', 'OrderExpired')
        GROUP BY 1 ORDER BY 1"""
    assert ask(traded, ends) == ask(
        traded,
        "SELECT status, count(*), sum(fee) FROM read.orders WHERE status <> 'waiting'"
        " GROUP BY 1 ORDER BY 1",
    )
    filled = orders(connection, account="main", status="filled", limit=1)[0]
    assert order(connection, "main", filled.number) == filled


def test_trades_close_as_the_tape_says(traded: str, connection: Connection) -> None:
    tape = """
        SELECT fact->>'account', fact->>'exit_reason', count(*),
            sum((fact->>'profit')::numeric), sum((fact->>'fees')::numeric),
            sum((fact->>'best')::numeric), count(*) FILTER (WHERE fact->>'ambiguous' = 'true')
        FROM trading.events WHERE topic = 'TradeClosed' GROUP BY 1, 2 ORDER BY 1, 2"""
    assert ask(traded, tape) == ask(
        traded,
        """SELECT account, exit_reason, count(*), sum(profit), sum(fees), sum(best),
            count(*) FILTER (WHERE ambiguous)
        FROM read.trades WHERE status = 'closed' GROUP BY 1, 2 ORDER BY 1, 2""",
    )
    opened = "SELECT count(*) FROM trading.events WHERE topic = 'TradeOpened'"
    assert ask(traded, opened) == ask(traded, "SELECT count(*) FROM read.trades")
    newest = trades(connection, limit=1)[0]
    assert trade(connection, newest.account, newest.number) == newest


def test_an_account_s_money_adds_up(traded: str, connection: Connection) -> None:
    for row in accounts(connection):
        still_open = trades(connection, account=row.account, status="open")
        entry_fees = sum((each.entry_fee for each in still_open), Decimal(0))
        assert row.open_cost == sum(each.quantity * each.entry_price for each in still_open)
        assert row.cash + row.open_cost == row.capital + row.profit - entry_fees
        assert row.open_trades == len(still_open)
        assert row.closed_trades > row.won_trades > 0


def test_an_account_s_sums_are_those_of_the_tape(traded: str, connection: Connection) -> None:
    sums = """
        SELECT sum((fact->>'profit')::numeric) FILTER (WHERE topic = 'TradeClosed'),
            sum((fact->>'fee')::numeric)
                FILTER (WHERE topic IN ('OrderFilled', 'StopHit', 'TargetHit')),
            count(*) FILTER (WHERE topic = 'SignalDeclined')
        FROM trading.events WHERE fact->>'account' = 'main'"""
    main = account(connection, "main")
    assert isinstance(main, AccountRow)
    assert ask(traded, sums) == [(main.profit, main.fees, main.declined_signals)]
    assert (main.stake, main.timeframe, main.capital) == (Decimal(1000), "1h", Decimal("10000.5"))


def test_the_feed_holds_the_facts_as_they_are_on_the_tape(
    traded: str, connection: Connection
) -> None:
    tape = """
        SELECT notification_id, topic, convert_from(state, 'UTF8') FROM trading.tape_events
        WHERE topic ~ '^(Order|Stop|Target|Trade|Trading|Market|Account(Paused|Re))'
        ORDER BY 1"""
    rows = feed(connection, 0, 10_000)
    assert [(row.position, row.type, row.data) for row in rows] == ask(traded, tape)
    assert all(str(row.event_id) in row.data for row in rows)
    assert {row.type for row in rows} >= {"TradeOpened", "StopHit", "TargetHit"}
    assert {row.type for row in rows if row.valid_until is not None} == {"OrderPlaced"}
    assert feed(connection, rows[9].position, 2) == rows[10:12]


def test_the_feed_s_head_passes_events_that_are_not_in_it(
    traded: str, connection: Connection
) -> None:
    head = "SELECT max(position) FROM trading.events"
    assert [feed_head(connection)] == ask(traded, head)


def test_pages_of_a_list_follow_each_other(traded: str, connection: Connection) -> None:
    everything = [row.position for row in signals(connection, limit=10_000)]
    paged, after = [], None
    while page := signals(connection, after=after, limit=17):
        paged += [row.position for row in page]
        after = paged[-1]
    assert paged == everything == sorted(everything, reverse=True)
