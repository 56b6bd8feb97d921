"""Candles that are late, restated, absent or of an outage, over HTTP."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.exchanges.sandbox.faults import Absent, Late, Outage, Restated
from domain.times import from_ms
from tests.adapters.exchanges.running import MINUTE, NOON, Asking, faulty

HOUR = 60 * MINUTE
D = Decimal


def minutes(rows: Any) -> list[int]:
    """Open times, in minutes after noon."""
    return [(row[0] - NOON) // MINUTE for row in rows]


def outage(mode: Any = "silent", *, first: float = 10, last: float = 20, **more: Any) -> Outage:
    """From ten minutes after noon to twenty, unless told otherwise."""
    since, until = (from_ms(NOON + int(minute * MINUTE)) for minute in (first, last))
    return Outage(since=since, until=until, mode=mode, **more)


def seen_at(exchange: Asking, minute: float, **asked: Any) -> Any:
    """The rows from noon on that are seen so many minutes later."""
    exchange.advance(NOON + int(minute * MINUTE))
    return exchange.klines(startTime=NOON, **asked)


def test_a_late_candle_is_not_seen_though_the_next_one_forms() -> None:
    with faulty(Late(seconds=30)) as exchange:
        assert minutes(seen_at(exchange, 2.4)) == [0, 2]
        assert minutes(seen_at(exchange, 2.5)) == [0, 1, 2]
        assert exchange.status()["faults"] == {"late": 1}


def test_a_late_candle_is_what_it_would_have_been() -> None:
    with faulty(Late(seconds=30, chance=0.5)) as late, faulty() as true:
        assert seen_at(late, 60.5)[:-1] == seen_at(true, 60.5)[:-1]


def test_a_restated_candle_shows_other_numbers_that_could_be_and_then_the_final_ones() -> None:
    with faulty(Restated(seconds=90)) as exchange:
        before, final = seen_at(exchange, 1)[0], seen_at(exchange, 2.5)[0]
        assert seen_at(exchange, 2.5, limit=2)[1] != exchange.published(startTime=NOON)[1]
        assert final == exchange.published(startTime=NOON)[0]
        assert before[:2] == final[:2]
        assert before[4:6] != final[4:6]
        opened, high, low, close, volume = map(D, before[1:6])
        assert low <= min(opened, close) <= max(opened, close) <= high
        assert 0 < volume < D(final[5])
        assert all(price % D("0.01") == 0 for price in (high, low, close))
        assert exchange.status()["faults"] == {"restated": 3}


def test_only_some_candles_are_struck_and_the_same_whatever_is_asked_first() -> None:
    with faulty(Absent(chance=0.3)) as one, faulty(Absent(chance=0.3)) as other:
        one.advance(NOON + 5 * HOUR)
        other.advance(NOON + 5 * HOUR)
        pieces = [other.klines(startTime=NOON + at * MINUTE, limit=10) for at in (200, 100, 0)]
        rows = one.klines(startTime=NOON, limit=1_000)
        assert 180 < len(rows) < 240
        assert all(row in rows for piece in pieces for row in piece)
        assert minutes(one.klines("ETHUSDT", startTime=NOON, limit=1_000)) != minutes(rows)
        assert len(one.klines(startTime=NOON, limit=100)) == 100


def test_absent_candles_never_come() -> None:
    since, until = from_ms(NOON + 2 * MINUTE), from_ms(NOON + 4 * MINUTE)
    with faulty(Absent(since=since, until=until)) as exchange:
        assert minutes(seen_at(exchange, 2.5)) == [0, 1]
        assert minutes(seen_at(exchange, 600, limit=5)) == [0, 1, 4, 5, 6]
        assert minutes(exchange.published(startTime=NOON, limit=3)) == [0, 1, 4]
        assert exchange.status()["faults"] == {"absent": 2}


def test_in_a_silent_outage_nothing_new_is_seen_and_a_hole_stays() -> None:
    with faulty(outage(), pairs=("BTC/USDT", "ETH/USDT")) as exchange:
        assert minutes(seen_at(exchange, 15)) == list(range(10))
        assert minutes(seen_at(exchange, 20.5)) == [*range(10), 20]
        assert minutes(seen_at(exchange, 600, limit=12)) == [*range(10), 20, 21]
        assert exchange.ask("ticker/price", symbol="ETHUSDT").status_code == 200


def test_a_longer_candle_outlives_an_outage_within_it() -> None:
    with faulty(outage()) as exchange:
        assert seen_at(exchange, 15, interval="1h") == []
        assert minutes(seen_at(exchange, 21, interval="1h")) == [0]
        assert minutes(exchange.published(interval="1h", startTime=NOON)) == []


def test_candles_of_an_outage_may_be_published_later() -> None:
    with faulty(outage(published=120)) as exchange, faulty() as true:
        assert minutes(seen_at(exchange, 21.5)) == [*range(10), 20, 21]
        assert seen_at(exchange, 22) == seen_at(true, 22)


def test_in_an_outage_of_errors_all_is_away_and_then_all_is_there() -> None:
    with faulty(outage("errors")) as exchange:
        exchange.advance(NOON + 10 * MINUTE)
        for path in ("time", "exchangeInfo", "ticker/price"):
            assert exchange.ask(path).status_code == 503
        assert exchange.ask("klines", symbol="BTCUSDT", interval="1m").status_code == 503
        assert minutes(seen_at(exchange, 20)) == list(range(21))


def test_an_outage_of_one_market_leaves_the_others() -> None:
    with faulty(outage("errors", pairs=("BTC/USDT",), published="never")) as exchange:
        exchange.advance(NOON + 10 * MINUTE)
        assert exchange.ask("klines", symbol="BTCUSDT", interval="1m").status_code == 503
        assert exchange.ask("klines", symbol="ETHUSDT", interval="1m").status_code == 200
        assert exchange.ask("time").status_code == 200
        assert minutes(seen_at(exchange, 20)) == [*range(10), 20]


@pytest.mark.parametrize(("published", "flat_for_ever"), [(None, True), (60, False)])
def test_in_a_flat_outage_candles_stand_still_at_the_last_close(
    published: int | None, flat_for_ever: bool
) -> None:
    with faulty(outage("flat", published=published)) as exchange:
        rows = seen_at(exchange, 15)
        assert minutes(rows) == list(range(16))
        last = rows[9][4]
        assert {tuple(map(D, row[1:6])) for row in rows[10:]} == {(*[D(last)] * 4, D(0))}
        assert (seen_at(exchange, 30)[:16] == rows) is flat_for_ever
        assert (exchange.published(startTime=NOON)[:16] == rows) is flat_for_ever


def test_what_is_published_has_closed_and_may_be_long() -> None:
    with faulty(Late(seconds=3_600)) as exchange:
        exchange.advance(NOON + 2 * MINUTE + 59_999)
        assert minutes(exchange.published(startTime=NOON)) == [0, 1]
        assert minutes(exchange.published(startTime=NOON, endTime=NOON)) == [0]
        assert minutes(exchange.klines(startTime=NOON)) == [2]
        rows = exchange.published(startTime=NOON - 5_000 * MINUTE, limit=100_000)
        assert minutes(rows) == list(range(-5_000, 2))


def test_candles_of_files_have_the_same_faults(tmp_path: Path) -> None:
    folder = tmp_path / "BTC-USDT"
    folder.mkdir()
    lines = [f"{NOON + n * MINUTE},1.5,1.7,1.4,1.6,{n}" for n in range(30)]
    header = "open_time_ms,open,high,low,close,volume"
    (folder / "1m.csv").write_text("\n".join([header, *lines]))
    with faulty(outage("flat"), Restated(seconds=60), data=tmp_path) as exchange:
        rows = seen_at(exchange, 15)
        assert rows[12][1:6] == ["1.6", "1.6", "1.6", "1.6", "0"]
        assert rows[14][1:6] == ["1.6", "1.6", "1.6", "1.6", "0"]
        assert seen_at(exchange, 4)[3] == rows[3]
