"""Each market's health is one plain sentence, and a word for those that count."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from projections.gaps import Lack
from projections.health import Watched, health, is_trouble, sentence, state_of
from tests.scenario import DAY, at

PAIR = "XRP/USDT"
LONG = "binance candles XRP/USDT: 503 " + 50 * "Service Unavailable "
THREE_SECONDS = timedelta(seconds=3)


def watched(**others: Any) -> Watched:
    """A minute's market that was well until 12:03."""
    usual: dict[str, Any] = {
        "exchange": "binance",
        "timeframe": "1m",
        "pair": PAIR,
        "last_candle_at": at(12, 3),
        "last_seen_at": at(12, 3) + THREE_SECONDS,
        "missing_since": None,
        "missing_periods": 0,
        "failures": 0,
        "last_failure": None,
        "last_failure_at": None,
        "seen_periods": 1_000,
        "missed_periods": 0,
        "failing_since": None,
        "failures_in_a_row": 0,
        "closed_at": at(12, 3),
        "clock": at(12, 4),
    }
    return Watched(**{**usual, **others})


def missing(periods: int, **others: Any) -> Watched:
    """No candle came for so many minutes after 12:03."""
    usual = {
        "missing_since": at(12, 4),
        "missing_periods": periods,
        "missed_periods": periods,
        "closed_at": at(12, 3 + periods),
        "clock": at(12, 4 + periods),
    }
    return watched(**{**usual, **others})


def failing(scans: int, reason: str = "timeout", **others: Any) -> Watched:
    """The last scans failed, from 12:04 on."""
    last = {"last_failure": reason, "last_failure_at": at(12, 3 + scans), "failures": 99}
    return missing(scans, failing_since=at(12, 4), failures_in_a_row=scans, **last, **others)


def lack(candles: int, gaps: int, since: datetime, until: datetime, reason: str) -> Lack:
    return Lack("binance", "1m", PAIR, candles, gaps, since, until, reason)


@pytest.mark.parametrize(
    ("row", "state", "says"),
    [
        (watched(), "well", "well: the candle closed at 12:03 came at 12:03:03"),
        (
            watched(clock=at(36)),
            "well",
            "well: the candle closed at 2024-01-01 12:03 came at 2024-01-01 12:03:03",
        ),
        (watched(last_candle_at=None, last_seen_at=None), "well", "well: no candle yet"),
        (
            watched(closed_at=at(13)),
            "well",
            "not scanned any more: its newest candle closed at 12:03",
        ),
        (missing(1), "late", "no candle since 12:03, 1 period: the exchange answers without it"),
        (missing(5), "late", "no candle since 12:03, 5 periods: the exchange answers without it"),
        (
            missing(5, last_candle_at=None, last_seen_at=None, seen_periods=0),
            "late",
            "no candle yet, 5 periods: the exchange answers without it",
        ),
        (
            missing(5, last_candle_at=at(12, 7)),
            "late",
            "late since 12:04, 5 periods: its newest candle, closed at 12:07, came too late",
        ),
        (
            missing(2, missed_periods=302, seen_periods=700),
            "well",
            "quiet since 12:04, 2 periods: 30% of its periods have no candle",
        ),
        (
            missing(5, missed_periods=305, seen_periods=700),
            "late",
            "no candle since 12:03, 5 periods: the exchange answers without it",
        ),
        (
            failing(1),
            "failing",
            "fails since 12:04, 1 scan: timeout; its last candle came at 12:03:03",
        ),
        (
            failing(4, "candles XRP/USDT: 503\n  Service Unavailable"),
            "failing",
            "fails since 12:04, 4 scans in a row: candles XRP/USDT: 503 Service Unavailable;"
            " its last candle came at 12:03:03",
        ),
        (
            failing(4, last_seen_at=None),
            "failing",
            "fails since 12:04, 4 scans in a row: timeout; no candle came yet",
        ),
        (
            watched(failing_since=at(9), last_failure_at=at(9), failures_in_a_row=1),
            "well",
            "well: the candle closed at 12:03 came at 12:03:03",
        ),
        (
            watched(stalled_since=at(12, 3), stall_reason="its clock stands still"),
            "stalled",
            "stalled with its exchange since 12:03: its clock stands still;"
            " its last candle came at 12:03:03",
        ),
        (
            failing(4, stalled_since=at(12, 3), stall_reason="no answer"),
            "stalled",
            "stalled with its exchange since 12:03: no answer; its last candle came at 12:03:03",
        ),
        (
            failing(4, delisted_at=at(12, 2), delisted_reason="not active"),
            "delisted",
            "delisted on 2024-01-01: not active",
        ),
    ],
)
def test_a_market_s_health_is_said_in_a_word_and_a_sentence(
    row: Watched, state: str, says: str
) -> None:
    assert (state_of(row), sentence(row)) == (state, says)


@pytest.mark.parametrize(
    ("lacking", "says"),
    [
        (
            lack(34, 2, at(-14), at(-11), "outage"),
            "lacks 34 candles in 2 outages, the longest 2023-12-31 10:00 to 2023-12-31 13:00",
        ),
        (lack(1, 1, at(9), at(9, 1), "outage"), "lacks 1 candle in an outage, 09:00 to 09:01"),
        (
            lack(1_440, 1, at(1), at(11), "out of reach"),
            "lacks 1,440 candles in an outage, 01:00 to 11:00 (out of reach)",
        ),
    ],
)
def test_what_a_market_lacks_is_said_behind_its_health(lacking: Lack, says: str) -> None:
    assert sentence(watched(), lacking).partition("; ")[2] == says


def test_a_long_reason_is_cut() -> None:
    assert len(sentence(failing(3, LONG))) < 260


def test_health_carries_since_when_and_what_is_missing() -> None:
    row = health(failing(4), lack(34, 2, at(9), at(10), "outage"))
    assert (row.state, row.since, row.failures_in_a_row) == ("failing", at(12, 4), 4)
    assert (row.missing_candles, row.open_gaps, row.last_seen_at) == (
        34, 2, at(12, 3) + THREE_SECONDS,
    )  # fmt: skip


def test_that_a_market_is_gone_is_news_for_a_week() -> None:
    def gone(days: int) -> Watched:
        return watched(delisted_at=DAY, delisted_reason="", clock=DAY + timedelta(days=days))

    assert [is_trouble(gone(days)) for days in (0, 6, 7)] == [True, True, False]
    assert [is_trouble(row) for row in (watched(), missing(1), failing(1))] == [False, True, True]
