"""Every read table says what the JSON of the tapes says, asked by SQL that shares nothing."""

from decimal import Decimal
from typing import Any

import pytest

from tests.projections.history import ask
from tests.system.conftest import FinishedDemo

SAME = {
    "markets": (
        """SELECT fact->>'exchange', fact->>'pair', (fact->>'tick')::numeric,
            (fact->>'lot')::numeric, (fact->>'taker')::numeric, (fact->>'at')::timestamptz
        FROM market.events WHERE topic = 'MarketListed'""",
        "SELECT exchange, pair, tick, lot, taker, listed_at FROM read.markets",
    ),
    "scans": (
        """SELECT fact->>'pair', max((fact->>'at')::timestamptz), 0, 0
        FROM market.events WHERE topic = 'CandleClosed' GROUP BY 1""",
        "SELECT pair, last_candle_at, missing_periods, failures FROM read.scans",
    ),
    "periods": (
        """SELECT (fact->>'at')::timestamptz, (fact->>'seen_at')::timestamptz,
            (fact->>'markets')::int, jsonb_array_length(fact->'missing'), position
        FROM market.events WHERE topic = 'PeriodClosed' ORDER BY position DESC LIMIT 1""",
        "SELECT closed_at, seen_at, markets, missing, position FROM read.periods",
    ),
    "exchanges": (
        """SELECT fact->>'exchange', max((fact->>'seen_at')::timestamptz), NULL
        FROM market.events WHERE topic = 'PeriodClosed' GROUP BY 1""",
        "SELECT exchange, clock, stalled_since FROM read.exchanges",
    ),
    "periods that markets had and missed": (
        """SELECT m.fact->>'pair',
            count(*) FILTER (WHERE NOT p.fact->'missing' ? (m.fact->>'pair')),
            count(*) FILTER (WHERE p.fact->'missing' ? (m.fact->>'pair'))
        FROM market.events AS m, market.events AS p
        WHERE m.topic = 'MarketListed' AND p.topic = 'PeriodClosed' GROUP BY 1""",
        "SELECT pair, seen_periods, missed_periods FROM read.scans",
    ),
    "signals and what became of them": (
        """SELECT s.fact->>'pair', s.fact->>'purpose', s.fact->>'side',
            (s.fact->>'close')::numeric, (s.fact->>'stop')::numeric,
            CASE a.topic WHEN 'OrderPlaced' THEN 'ordered' ELSE 'declined' END,
            CASE a.topic WHEN 'SignalDeclined' THEN a.fact->>'reason' END, s.position
        FROM trading.events AS s JOIN trading.events AS a
        ON a.topic IN ('OrderPlaced', 'SignalDeclined') AND a.fact->>'purpose' = s.fact->>'purpose'
            AND a.fact->>'correlation_id' = s.fact->>'correlation_id'
            AND a.fact->>'at' = s.fact->>'at'
        WHERE s.topic = 'SignalRaised'""",
        """SELECT pair, purpose, side, close, stop, outcome, reason, position FROM read.signals""",
    ),
    "orders by what became of them": (
        """SELECT coalesce(e.topic, 'waiting'), o.fact->>'type', o.fact->>'time_in_force', count(*),
            sum((o.fact->>'quantity')::numeric), sum((o.fact->>'limit')::numeric),
            sum((o.fact->>'trigger')::numeric)
        FROM trading.events AS o LEFT JOIN trading.events AS e
        ON e.topic IN ('OrderFilled', 'OrderCancelled', 'OrderExpired')
            AND e.fact->'account' = o.fact->'account' AND e.fact->'order' = o.fact->'order'
        WHERE o.topic = 'OrderPlaced' GROUP BY 1, 2, 3""",
        """SELECT CASE status WHEN 'waiting' THEN status ELSE 'Order' || initcap(status) END, type,
            time_in_force, count(*), sum(quantity), sum("limit"), sum(trigger)
        FROM read.orders GROUP BY 1, 2, 3""",
    ),
    "what of orders filled": (
        """SELECT fact->>'account', (fact->>'order')::bigint, sum((fact->>'quantity')::numeric),
            sum((fact->>'fee')::numeric), sum((fact->>'slippage')::numeric),
            sum((fact->>'quantity')::numeric * (fact->>'price')::numeric)
        FROM trading.events WHERE topic IN ('OrderFilled', 'OrderPartlyFilled') GROUP BY 1, 2""",
        """SELECT account, number, filled, fee, slippage, value FROM read.orders
        WHERE filled > 0""",
    ),
    "the order feed": (
        """SELECT position, topic, fact->>'id', fact FROM trading.events
        WHERE topic ~ '^(Order|Stop|Target|Trade|Trading|Market|Account(Paused|Re))'""",
        "SELECT position, type, event_id::text, data::jsonb FROM read.order_feed",
    ),
    "trades by how they ended": (
        """SELECT o.fact->>'pair', c.fact->>'exit_reason', count(*),
            sum((o.fact->>'quantity')::numeric * (o.fact->>'entry_price')::numeric),
            sum((c.fact->>'profit')::numeric), sum((c.fact->>'fees')::numeric),
            sum((c.fact->>'slippage')::numeric), sum((c.fact->>'risk')::numeric),
            sum((c.fact->>'r_multiple')::numeric), sum((c.fact->>'duration')::numeric),
            max((c.fact->>'at')::timestamptz)
        FROM trading.events AS o LEFT JOIN trading.events AS c
        ON c.topic = 'TradeClosed' AND c.fact->'trade' = o.fact->'trade'
            AND c.fact->'account' = o.fact->'account'
        WHERE o.topic = 'TradeOpened' GROUP BY 1, 2""",
        """SELECT pair, exit_reason, count(*), sum(quantity * entry_price), sum(profit),
            sum(fees), CASE WHEN exit_reason IS NOT NULL THEN sum(slippage) END, sum(risk),
            sum(r_multiple), sum(duration), max(exited_at) FROM read.trades GROUP BY 1, 2""",
    ),
    "the stops of trades": (
        """SELECT o.fact->>'account', (o.fact->>'trade')::bigint, (o.fact->>'stop')::numeric,
            coalesce((m.fact->>'stop')::numeric, (o.fact->>'stop')::numeric),
            coalesce(m.fact->>'kind', o.fact->>'stop_kind')
        FROM trading.events AS o LEFT JOIN LATERAL (
            SELECT fact FROM trading.events AS m
            WHERE m.topic = 'StopMoved' AND m.fact->'trade' = o.fact->'trade'
                AND m.fact->'account' = o.fact->'account'
            ORDER BY position DESC LIMIT 1) AS m ON true
        WHERE o.topic = 'TradeOpened'""",
        "SELECT account, number, first_stop, stop, stop_kind FROM read.trades",
    ),
    "an account's money": (
        """SELECT (opened.fact->>'capital')::numeric + coalesce(sum(
                CASE WHEN e.topic = 'TradeClosed' THEN (e.fact->>'quantity')::numeric
                    * ((e.fact->>'exit_price')::numeric - (e.fact->>'entry_price')::numeric)
                    * CASE e.fact->>'side' WHEN 'long' THEN 1 ELSE -1 END END), 0)
            - sum(CASE WHEN e.topic IN ('OrderFilled', 'StopHit', 'TargetHit')
                THEN (e.fact->>'fee')::numeric ELSE 0 END)
            - sum(CASE e.topic WHEN 'TradeOpened' THEN 1 WHEN 'TradeClosed' THEN -1 ELSE 0 END
                * (e.fact->>'quantity')::numeric * (e.fact->>'entry_price')::numeric),
            sum((e.fact->>'profit')::numeric),
            sum((e.fact->>'fee')::numeric) FILTER (WHERE e.topic <> 'TradeOpened'),
            count(*) FILTER (WHERE e.topic = 'TradeClosed'),
            count(*) FILTER (WHERE e.topic = 'SignalDeclined'),
            (opened.fact->>'capital')::numeric,
            count(*) FILTER (WHERE e.topic = 'TradeClosed' AND e.fact->>'ambiguous' = 'true')
        FROM trading.events AS opened JOIN trading.events AS e
        ON e.fact->'account' = opened.fact->'account'
        WHERE opened.topic = 'AccountOpened' GROUP BY opened.fact""",
        """SELECT cash, profit, fees, closed_trades, declined_signals, deposits, ambiguous_trades
        FROM read.accounts""",
    ),
    "typed candles": (
        """SELECT fact->>'pair', version, (fact->>'open')::float8, (fact->>'high')::float8,
            (fact->>'low')::float8, (fact->>'close')::float8, (fact->>'volume')::float8, position
        FROM market.events WHERE topic = 'CandleClosed'""",
        """SELECT s.pair, c.open_time, c.open, c.high, c.low, c.close, c.volume, c.position
        FROM market.candles AS c JOIN market.series AS s ON s.id = c.series""",
    ),
    "indicators of every pair and period": (
        """SELECT pair.name, extract(epoch FROM (p.fact->>'at')::timestamptz)::bigint * 1000 - 60000
        FROM market.events AS p,
            (SELECT fact->>'pair' AS name FROM market.events WHERE topic = 'MarketListed') AS pair
        WHERE p.topic = 'PeriodClosed'""",
        "SELECT pair, open_time FROM read.indicators",
    ),
}


@pytest.mark.parametrize("what", SAME)
def test_tables_say_what_the_tape_says(undisturbed: FinishedDemo, what: str) -> None:
    on_tape, in_table = (ask(undisturbed.url, query) for query in SAME[what])
    assert on_tape
    assert sorted(map(_in_words, in_table)) == sorted(map(_in_words, on_tape))


def _in_words(row: tuple[Any, ...]) -> str:
    return repr([value.normalize() if isinstance(value, Decimal) else value for value in row])


def test_the_indicators_that_a_signal_saw_are_those_of_the_table(
    undisturbed: FinishedDemo,
) -> None:
    both = """
        SELECT seen.value::float8, i.numbers[array_position(s.names, seen.key)]
        FROM trading.events AS e
        CROSS JOIN LATERAL jsonb_each_text(e.fact->'indicators') AS seen
        JOIN read.indicators AS i ON i.pair = e.fact->>'pair'
            AND i.open_time + 60000 = extract(epoch FROM (e.fact->>'at')::timestamptz) * 1000
        JOIN read.indicator_sets AS s ON s.deployment = i.deployment
        WHERE e.topic = 'SignalRaised'"""
    pairs = ask(undisturbed.url, both)
    assert pairs
    assert all(seen == pytest.approx(number, rel=1e-11) for seen, number in pairs)


def test_positions_on_both_tapes_have_no_gap(undisturbed: FinishedDemo) -> None:
    for tape in ("market", "trading"):
        query = f"SELECT min(position), max(position), count(*) FROM {tape}.events"
        ((first, last, count),) = ask(undisturbed.url, query)
        assert (first, last) == (1, count)


def test_the_report_counts_what_the_tapes_hold(undisturbed: FinishedDemo) -> None:
    topics = """
        SELECT topic, count(*) FROM (SELECT topic FROM market.events
            UNION ALL SELECT topic FROM trading.events) AS e GROUP BY 1"""
    assert undisturbed.report["events"] == dict(ask(undisturbed.url, topics))
    assert undisturbed.report["trades"]["closed"] > 0
