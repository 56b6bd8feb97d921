"""What scanning left on the market tape, beside what the sandbox exchange published in the end."""

from collections import defaultdict
from typing import Any

import httpx

from domain.times import to_ms
from tests.projections.history import ask

MINUTE = 60_000
UNSEEN = 10 * MINUTE
"""A market that is gone takes with it what was not read of its last minutes."""

Numbers = tuple[float, ...]

_CANDLES = """
    SELECT s.pair, c.open_time, c.open, c.high, c.low, c.close, c.volume
    FROM market.series AS s JOIN market.candles AS c ON c.series = s.id
    WHERE c.superseded_by IS NULL AND s.timeframe = '1m' ORDER BY s.pair, c.open_time"""
_DELISTED = """
    SELECT pair, at FROM (
        SELECT DISTINCT ON (1) fact->>'pair' AS pair, topic, (fact->>'at')::timestamptz AS at
        FROM market.events WHERE topic IN ('MarketListed', 'MarketDelisted')
        ORDER BY 1, position DESC) AS newest
    WHERE topic = 'MarketDelisted'"""
_LAST_CLOSE = (
    "SELECT max((fact->>'at')::timestamptz) FROM market.events WHERE topic = 'PeriodClosed'"
)
_GAPS = """
    SELECT topic, fact->>'pair', (fact->>'since')::timestamptz, (fact->>'until')::timestamptz
    FROM market.events WHERE topic IN ('GapFound', 'GapFilled') ORDER BY position"""
_OPEN_GAPS = """
    SELECT pair, sum(candles - filled)::int FROM read.gaps WHERE filled_at IS NULL GROUP BY pair"""
_STALLS = """
    SELECT count(*) FILTER (WHERE topic = 'ExchangeStalled'),
        count(*) FILTER (WHERE topic = 'ExchangeResumed') FROM market.events"""
_TYPED_UNLIKE_TAPE = """
    SELECT coalesce(e.position, c.position) FROM (
        SELECT position, fact->>'pair' AS pair, (fact->>'open')::float8 AS open,
            extract(epoch FROM (fact->>'at')::timestamptz)::bigint * 1000 - 60000 AS open_time,
            (fact->>'high')::float8 AS high, (fact->>'low')::float8 AS low,
            (fact->>'close')::float8 AS close, (fact->>'volume')::float8 AS volume
        FROM market.events WHERE topic IN ('CandleClosed', 'CandleRevised')) AS e
    FULL JOIN (
        SELECT c.*, s.pair FROM market.candles AS c JOIN market.series AS s ON s.id = c.series
    ) AS c USING (position, pair, open_time, open, high, low, close, volume)
    WHERE e.open IS NULL OR c.series IS NULL"""
_TWICE = """
    SELECT series, open_time FROM market.candles WHERE superseded_by IS NULL
    GROUP BY series, open_time HAVING count(*) > 1"""
_WRONGLY_MISSING = """
    SELECT p.position, pair.name FROM market.events AS p
    CROSS JOIN LATERAL jsonb_array_elements_text(p.fact->'missing') AS pair (name)
    JOIN market.series AS s ON s.pair = pair.name
    JOIN market.candles AS c ON c.series = s.id AND c.position < p.position
        AND c.open_time = extract(epoch FROM (p.fact->>'at')::timestamptz)::bigint * 1000 - 60000
    WHERE p.topic = 'PeriodClosed'"""
_CLOSES = """
    SELECT extract(epoch FROM (fact->>'at')::timestamptz)::bigint * 1000
    FROM market.events WHERE topic = 'PeriodClosed' ORDER BY position"""


def candles(database: str) -> dict[str, dict[int, Numbers]]:
    """The newest numbers of every candle, by pair and open time."""
    found: dict[str, dict[int, Numbers]] = defaultdict(dict)
    for pair, open_time, *numbers in ask(database, _CANDLES):
        found[pair][open_time] = tuple(numbers)
    return dict(found)


def published(sandbox: str, pair: str, since: int, until: int) -> dict[int, Numbers]:
    """The exchange's final candles that open from `since` to `until` (ms)."""
    asked: dict[str, str | int] = {"symbol": pair.replace("/", ""), "interval": "1m"}
    asked |= {"startTime": since, "endTime": until, "limit": 100_000}
    answer = httpx.get(f"{sandbox}/sandbox/published", params=asked, timeout=60)
    return {row[0]: tuple(map(float, row[1:6])) for row in answer.raise_for_status().json()}


def status(sandbox: str) -> dict[str, Any]:
    """What the sandbox exchange says of itself."""
    answer = httpx.get(f"{sandbox}/sandbox/status", timeout=60)
    told: dict[str, Any] = answer.raise_for_status().json()
    return told


def assert_is_published(database: str, sandbox: str) -> int:
    """The tape has all that was published since it first looked, and nothing else.

    Left out are the last ten minutes of a market that is gone: who cannot be read then, never can.
    """
    delisted = {pair: to_ms(at) for pair, at in ask(database, _DELISTED)}
    (last_close,) = ask(database, _LAST_CLOSE)
    compared = 0
    for pair, recorded in candles(database).items():
        final = published(sandbox, pair, min(recorded), to_ms(last_close) - MINUTE)
        wrong = {time for time, numbers in recorded.items() if final.get(time) != numbers}
        due = to_ms(last_close)
        if pair in delisted:
            due = max(time for time in final if time < delisted[pair]) - UNSEEN
        lost = {time for time in final if time < due and time not in recorded}
        assert not wrong, (pair, sorted(wrong)[:5])
        assert not lost, (pair, sorted(lost)[:5], len(lost))
        compared += len(recorded)
    return compared


def gaps(database: str) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Open times of the candles that are in a gap for ever, and of those that came; by pair."""
    found: dict[str, set[int]] = defaultdict(set)
    filled: dict[str, set[int]] = defaultdict(set)
    for topic, pair, since, until in ask(database, _GAPS):
        times = set(range(to_ms(since), to_ms(until), MINUTE))
        if topic == "GapFound":
            assert not found[pair] & times, (pair, since, "found twice")
            found[pair] |= times
        else:
            assert times <= found[pair] - filled[pair], (pair, since, "filled, but not missing")
            filled[pair] |= times
    return {pair: times - filled[pair] for pair, times in found.items()}, dict(filled)


def assert_every_hole_is_a_gap(database: str) -> None:
    """What is missing between two candles of a series stands in a gap, and nothing else does."""
    missing, _ = gaps(database)
    for pair, recorded in candles(database).items():
        holes = set(range(min(recorded), max(recorded), MINUTE)) - recorded.keys()
        assert holes == missing.get(pair, set()), pair


def assert_tables_are_the_tape(database: str) -> None:
    """Typed candles are those of the JSON; no position and no period is left out or twice."""
    assert ask(database, _TYPED_UNLIKE_TAPE) == []
    assert ask(database, _TWICE) == []
    assert ask(database, _WRONGLY_MISSING) == []
    for tape in ("market", "trading"):
        query = f"SELECT max(position), count(*) FROM {tape}.events"
        ((last, count),) = ask(database, query)
        assert (last or 0) == count
    closes = ask(database, _CLOSES)
    assert closes == list(range(closes[0], closes[-1] + MINUTE, MINUTE))


def assert_gaps_are_in_the_table(database: str) -> None:
    """Open gaps, delisted markets and the last candles stand in the tables; nothing is stalled."""
    missing, _ = gaps(database)
    lacking = {pair: len(times) for pair, times in missing.items() if times}
    assert dict(ask(database, _OPEN_GAPS)) == lacking
    gone = "SELECT pair, delisted_at FROM read.markets WHERE delisted_at IS NOT NULL"
    assert dict(ask(database, gone)) == dict(ask(database, _DELISTED))
    last = "SELECT pair, extract(epoch FROM last_candle_at)::bigint * 1000 - 60000 FROM read.scans"
    newest = {pair: max(recorded) for pair, recorded in candles(database).items()}
    assert dict(ask(database, last)) == newest
    ((begun, ended),) = ask(database, _STALLS)
    stalled = "SELECT stalled_since IS NOT NULL AND resumed_at IS NULL FROM read.exchanges"
    assert begun == ended
    assert ask(database, stalled) == [False]
