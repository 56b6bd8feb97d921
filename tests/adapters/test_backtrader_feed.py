"""`TapeData`: what a strategy in Cerebro sees of the candles on the tape."""

import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.backtrader import NoSuchCandles, NoTape, TapeData
from adapters.bootstrap import market_head
from adapters.candle_writing import write_candles
from adapters.indicators.library import backtrader
from adapters.postgres import candle_blocks
from application.tapes import MarketTape
from domain.candles import Candles, Series
from domain.longer import as_seen, put_together
from domain.market_facts import candle_closed, candle_revised
from domain.timeframes import UnknownTimeframe, timeframe
from domain.times import from_ms, to_ms
from tests.adapters.indicators.series import random_candles
from tests.projections.history import ask

bt: Any = backtrader()
pytestmark = pytest.mark.filterwarnings("ignore:.*utcnow:DeprecationWarning")

SERIES = Series("binance", "BTC/USDT", "1h")
HOUR = timeframe("1h").ms
HOLED = random_candles(60, seed=1, quiet=0.2)
COLUMNS = ("open", "high", "low", "close", "volume")
WAYS = pytest.mark.parametrize(
    "way",
    [
        {},
        {"runonce": False},
        {"runonce": False, "preload": False},
        {"exactbars": 1},
        {"lookahead": 3},
    ],
    ids=str,
)


class Watching(bt.Strategy):  # type: ignore[misc]  # Backtrader has no types
    """Notes at each of its calls the newest bar of each feed."""

    def __init__(self) -> None:
        self.seen: list[list[tuple[float, ...] | None]] = []

    def next(self) -> None:
        """Note them."""
        self.seen.append([_bar(feed) if len(feed) else None for feed in self.datas])

    prenext = next


def _bar(feed: Any) -> tuple[float, ...]:
    return (feed.datetime[0], *(getattr(feed, name)[0] for name in COLUMNS))


def watch(*feeds: Any, **cerebro: Any) -> list[list[tuple[float, ...] | None]]:
    """What the strategy saw."""
    desk = bt.Cerebro(stdstats=False)
    for feed in feeds:
        desk.adddata(feed)
    desk.addstrategy(Watching)
    (strategy,) = desk.run(**cerebro)
    seen: list[list[tuple[float, ...] | None]] = strategy.seen
    return seen


def expected(candles: Candles, frame: str = "1h", *, at_open: bool = False) -> list[Any]:
    """The same candles, as they should be seen."""
    span = timedelta(0) if at_open else timeframe(frame).span
    dates = (_date(from_ms(opened) + span) for opened in candles.open_time.tolist())
    columns = (getattr(candles, name).tolist() for name in COLUMNS)
    return [[bar] for bar in zip(dates, *columns, strict=True)]


def _date(moment: datetime) -> float:
    """Backtrader's own number for it; a close at midnight is the end of the day before."""
    if moment.time() == datetime.min.time():
        moment -= timedelta(microseconds=10)
    return float(bt.date2num(moment.replace(tzinfo=None)))


def walk(frame: str, count: int, since: str = "2024-01-01") -> Candles:
    """Candles without a hole."""
    columns = random_candles(count, seed=5)
    start = to_ms(datetime.fromisoformat(since).replace(tzinfo=UTC))
    times = start + np.arange(count, dtype=np.int64) * timeframe(frame).ms
    return Candles(times, *(getattr(columns, name) for name in COLUMNS))


@pytest.fixture
def tape(database: str, market_tape: MarketTape) -> str:
    """The URL of a tape with one series; its candle of number 10 was revised last."""
    market_tape.record([candle_closed(SERIES, HOLED.candle(row)) for row in range(len(HOLED))])
    changed = HOLED.candle(10)._replace(volume=HOLED.candle(11).volume)
    market_tape.record([candle_revised(SERIES, changed)])
    return database


def of_tape(url: str | None, **given: Any) -> TapeData:
    return TapeData(exchange="binance", pair="BTC/USDT", timeframe="1h", url=url, **given)


@WAYS
def test_a_strategy_sees_each_candle_dated_by_its_close(way: dict[str, Any]) -> None:
    assert watch(TapeData.of(HOLED, "1h"), **way) == expected(HOLED)


@WAYS
def test_the_tape_gives_the_same_in_blocks_as_of_a_position(
    tape: str, way: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candle_blocks, "BLOCK", 7)
    assert watch(of_tape(tape, as_of=len(HOLED)), **way) == expected(HOLED)


def test_the_newest_position_is_that_when_the_feed_was_made(
    tape: str, market_tape: MarketTape
) -> None:
    feed = of_tape(tape)
    market_tape.record([candle_revised(SERIES, HOLED.candle(10))])
    (seen,) = watch(feed)[10]
    assert seen is not None
    assert seen[-1] == HOLED.volume[11]


def test_a_feed_can_be_run_again(tape: str) -> None:
    desk = bt.Cerebro(stdstats=False)
    desk.adddata(of_tape(tape))
    desk.addstrategy(Watching)
    first, again = desk.run(), desk.run(preload=False, runonce=False)
    assert first[0].seen == again[0].seen
    assert len(again[0].seen) == len(HOLED)


@pytest.mark.parametrize(
    "since",
    [
        "2015-08-20T00:00",
        datetime.fromisoformat("2015-08-20T03:00+03:00"),
        datetime.fromisoformat("2015-08-20"),
        date(2015, 8, 20),
        1_440_028_800_000,
    ],
)
def test_a_range_is_one_of_open_times(since: Any) -> None:
    candles = walk("1h", 96, "2015-08-18")
    until = datetime(2015, 8, 21, 2, tzinfo=UTC)
    seen = watch(TapeData.of(candles, "1h", since=since, until=until))
    assert seen == expected(candles[48:74])


def test_a_range_chooses_on_the_tape(tape: str) -> None:
    since, until = int(HOLED.open_time[20]), int(HOLED.open_time[31])
    assert watch(of_tape(tape, since=since, until=until)) == expected(HOLED[20:31])


@WAYS
def test_backtrader_s_own_range_is_one_of_dates(way: dict[str, Any]) -> None:
    candles = walk("1h", 72)
    since, until = map(datetime.fromisoformat, ("2024-01-01T05:00", "2024-01-02T03:00"))
    feed = TapeData.of(candles, "1h", fromdate=since, todate=until)
    assert watch(feed, **way) == expected(candles[4:27])


def test_bars_can_be_dated_by_their_opens() -> None:
    candles = walk("1h", 23, "2024-01-01T01:00")
    seen = watch(TapeData.of(candles, "1h", stamped="open"))
    assert seen == expected(candles, at_open=True)


def test_quiet_candles_are_seen_unless_they_are_left_out() -> None:
    candles = walk("1h", 5)
    for name in ("open", "high", "low"):
        getattr(candles, name)[2] = candles.close[2]
    candles.volume[2] = 0
    assert len(watch(TapeData.of(candles, "1h"))) == 5
    assert watch(TapeData.of(candles, "1h", quiet=False)) == expected(candles.traded())


@pytest.mark.parametrize(
    ("frame", "unit", "count"),
    [
        ("1m", "Minutes", 1),
        ("15m", "Minutes", 15),
        ("1h", "Minutes", 60),
        ("4h", "Minutes", 240),
        ("1d", "Days", 1),
        ("3d", "Days", 3),
        ("1w", "Weeks", 1),
    ],
)
def test_a_timeframe_is_said_in_backtrader_s_words(frame: str, unit: str, count: int) -> None:
    candles = walk(frame, 30)
    feed = TapeData.of(candles, frame)
    assert watch(feed) == expected(candles, frame)
    assert (feed._timeframe, feed._compression) == (getattr(bt.TimeFrame, unit), count)


@pytest.mark.parametrize("way", [{}, {"runonce": False, "preload": False}], ids=str)
@pytest.mark.parametrize(
    ("frame", "longer", "unit", "count"),
    [
        ("1m", "15m", "Minutes", 15),
        ("15m", "1h", "Minutes", 60),
        ("1h", "4h", "Minutes", 240),
        ("1h", "1d", "Days", 1),
    ],
)
def test_what_backtrader_resamples_is_our_longer_candle_at_its_close(
    frame: str, longer: str, unit: str, count: int, way: dict[str, Any]
) -> None:
    candles = walk(frame, 300)
    feed = TapeData.of(candles, frame)
    desk = bt.Cerebro(stdstats=False)
    desk.adddata(feed)
    desk.resampledata(feed, timeframe=getattr(bt.TimeFrame, unit), compression=count)
    desk.addstrategy(Watching)
    (strategy,) = desk.run(**way)
    ratio = timeframe(longer).ms // timeframe(frame).ms
    together = expected(put_together(candles, timeframe(longer)), longer)
    for number, (_, bar) in enumerate(strategy.seen[: 300 // ratio * ratio], start=1):
        newest = [None] if number < ratio else together[number // ratio - 1]
        assert [bar] == [None if each is None else pytest.approx(each) for each in newest]


@pytest.mark.parametrize("way", [{}, {"runonce": False, "preload": False}], ids=str)
def test_of_two_feeds_the_longer_candle_is_seen_from_its_close_on(way: dict[str, Any]) -> None:
    hourly = walk("1h", 100)
    four = timeframe("4h")
    longer = put_together(hourly, four)
    seen = watch(TapeData.of(hourly, "1h"), TapeData.of(longer, "4h"), **way)
    closes = as_seen(longer.close, longer.open_time, four, hourly.open_time + HOUR)
    assert len(seen) == len(hourly)
    assert _closes(seen) == pytest.approx(closes.tolist(), nan_ok=True)


def test_dated_by_their_opens_the_longer_candle_would_be_seen_before_it_is_over() -> None:
    hourly = walk("1h", 100)
    longer = put_together(hourly, timeframe("4h"))
    seen = watch(
        TapeData.of(hourly, "1h", stamped="open"), TapeData.of(longer, "4h", stamped="open")
    )
    assert _closes(seen)[0] == hourly.close[3]


def _closes(seen: list[list[tuple[float, ...] | None]]) -> list[float]:
    return [float("nan") if bar is None else bar[4] for _, bar in seen]


def test_an_analyzer_s_day_is_a_day_of_candles() -> None:
    hourly = walk("1h", 72)
    desk = bt.Cerebro(stdstats=False)
    desk.adddata(TapeData.of(hourly, "1h"))
    desk.addstrategy(Watching)
    desk.addanalyzer(
        bt.analyzers.TimeReturn, timeframe=bt.TimeFrame.Days, data=desk.datas[0], firstopen=True
    )
    returns = desk.run()[0].analyzers[0].get_analysis()
    closes = hourly.close[23::24]
    opens = np.concatenate((hourly.open[:1], closes[:-1]))
    assert [each.date() for each in returns] == [date(2024, 1, day) for day in (1, 2, 3)]
    assert list(returns.values()) == pytest.approx((closes / opens - 1).tolist())


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_candle_files_need_no_database(tmp_path: Path, kind: str) -> None:
    paths = [tmp_path / f"{part}.{kind}" for part in range(2)]
    write_candles(paths[0], [HOLED[:40]])
    write_candles(paths[1], [HOLED[30:]])
    assert watch(TapeData.of(paths, "1h")) == expected(HOLED)
    assert watch(TapeData.of(str(paths[0]), "1h")) == expected(HOLED[:40])


def test_without_a_url_the_settings_say_where_the_tape_is(
    tape: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", tape)
    assert len(watch(of_tape(None))) == len(HOLED)


def test_a_run_that_breaks_off_leaves_no_connection_open(tape: str) -> None:
    class Failing(bt.Strategy):  # type: ignore[misc]  # Backtrader has no types
        def next(self) -> None:
            raise RuntimeError("the end")

    desk = bt.Cerebro(stdstats=False)
    desk.adddata(of_tape(tape))
    desk.addstrategy(Failing)
    with pytest.raises(RuntimeError, match="the end"):
        desk.run(preload=False, runonce=False)
    ours = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
    assert ask(tape, f"{ours} AND application_name = 'papertape backtrader'") == []


def test_parameters_are_tried_over_one_feed(tape: str) -> None:
    desk = bt.Cerebro(stdstats=False, maxcpus=1)
    desk.adddata(of_tape(tape))
    desk.optstrategy(bt.strategies.MA_CrossOver, fast=[2, 3], slow=[5, 6])
    assert len(desk.run()) == 4


def test_a_feed_goes_to_other_processes(tape: str) -> None:
    again = pickle.loads(pickle.dumps(of_tape(tape, as_of=len(HOLED))))
    assert watch(again) == expected(HOLED)


def test_a_feed_has_a_name(tape: str) -> None:
    assert of_tape(tape)._name == "binance BTC/USDT 1h"
    assert of_tape(tape, name="mine")._name == "mine"


def test_an_unknown_series_is_told_what_there_is(tape: str) -> None:
    words = "No candles of binance BTC/USD 1h are recorded. Recorded: binance BTC/USDT 1h."
    with pytest.raises(NoSuchCandles, match=words):
        TapeData(exchange="binance", pair="BTC/USD", timeframe="1h", url=tape)


def test_a_range_without_a_candle_is_refused(tape: str) -> None:
    words = r"binance BTC/USDT 1h: there are no candles from 2050-01-01T00:00Z on, as of 61\."
    with pytest.raises(NoSuchCandles, match=words):
        of_tape(tape, since="2050-01-01")
    with pytest.raises(NoSuchCandles, match="there are none from 1970-01-01T00:00Z to 2000-"):
        TapeData.of(HOLED, "1h", until="2000-01-01")


@pytest.mark.parametrize("position", [0, -1, 62])
def test_a_position_that_is_not_there_is_refused(tape: str, position: int) -> None:
    assert market_head(tape) == 61
    with pytest.raises(ValueError, match=f"there is no position {position}; the newest is 61"):
        of_tape(tape, as_of=position)


def test_a_database_without_a_tape_is_refused(server: str) -> None:
    with pytest.raises(NoTape, match=r"it holds no tape\. `papertape db url` prints"):
        of_tape(server)


def test_where_no_database_is_is_said() -> None:
    with pytest.raises(NoTape, match="There is no database at that address"):
        of_tape("postgresql://me:secret@127.0.0.1:1/none")
    with pytest.raises(ValueError, match="it is neither postgresql") as refused:
        of_tape("postgres//me:secret@nowhere")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({}, TypeError, "wants a timeframe by its name"),
        ({"timeframe": "1h"}, TypeError, "wants exchange, pair and timeframe"),
        ({"timeframe": "1h", "exchange": "binance"}, TypeError, "wants exchange, pair and"),
        ({"timeframe": 4}, TypeError, "wants a timeframe by its name"),
        ({"timeframe": "7x"}, UnknownTimeframe, "'7x' is not a timeframe"),
        ({"timeframe": "1h", "stamped": "middle"}, ValueError, "must be 'close' or 'open'"),
        ({"timeframe": "1h", "since": "soon"}, ValueError, "since: 'soon' is no time"),
        ({"timeframe": "1h", "until": -1}, ValueError, "until: -1 is no time"),
        ({"timeframe": "1h", "symbol": "x"}, TypeError, "TapeData has no parameter 'symbol'"),
    ],
)
def test_what_cannot_be_is_said_plainly(
    given: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        TapeData(**given)


def test_a_day_ends_where_backtrader_s_sessions_end() -> None:
    feed = TapeData.of(walk("1d", 3), "1d")
    ends: Iterator[datetime] = (bt.num2date(row[0][0]) for row in watch(feed) if row[0])
    assert [end.date() for end in ends] == [date(2024, 1, day) for day in (1, 2, 3)]
    assert feed.p.sessionend == datetime.max.time().replace(microsecond=999_990)
