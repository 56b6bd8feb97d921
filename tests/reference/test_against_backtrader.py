"""One idea as a Backtrader strategy in Cerebro and as ours on the paper account: which trades.

By default over 10,000 candles of each of three markets; `CANDLES=60000` takes more, where there
are.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import psycopg
import pytest

from adapters.backtrader import TapeData
from adapters.postgres.candles import CandleTable
from application.tapes import MarketTape
from domain.candles import Candles, Series
from domain.market_facts import candle_closed
from domain.timeframes import timeframe
from domain.values import exact, round_down
from tests.adapters.indicators.series import random_candles, recorded
from tests.reference.cerebro import AtOnce, Bracket, Crossing, run
from tests.reference.crossing import Crossing as OurCrossing
from tests.reference.crossing import Heard, hear, rows_of, trades
from tests.reference.differences import (
    ASLEEP,
    BOTH,
    ENTRY_CANDLE,
    EQUAL,
    EXPIRED,
    Compared,
    Difference,
    Levels,
    differences,
)
from tests.reference.driving import Desk, drive
from tests.reference.inputs import Candle, Entry, Market, Rules, Trade
from tests.reference.recorded import RECORDED, STAKE, TAKER, market

CANDLES = int(os.environ.get("CANDLES", "10000"))
HOUR = timeframe("1h")
PAGE = 10_000
FILES = {
    "BTC/USDT": "binance/BTC-USDT/1h.parquet",
    "ETH/USDT": "binance/ETH-USDT/1h.parquet",
    "DOGE/USDT": "binance/DOGE-USDT/1h.parquet",
}
HOLED = {
    "BTC/USDT": "binance/BTC-USDT/1h.2017-2024.parquet",  # outages of the exchange
    "BTC/USD": "kraken/BTC-USD/1h.parquet",  # hours without a trade
}
WHOLE = [random_candles(3_000, seed) for seed in range(3)]
WITH_HOLES = [random_candles(3_000, 3, outages=6), random_candles(3_000, 4, quiet=0.05)]
FINE = Market("", tick=1e-8, lot=1e-6, maker=TAKER, taker=TAKER)


class Sides(NamedTuple):
    """The trades of both sides in a market, and what our strategy said."""

    heard: Heard
    ours: list[Trade]
    theirs: list[Trade]


def test_a_strategy_makes_the_same_trades_in_cerebro_as_on_the_account(
    database: str, market_tape: MarketTape
) -> None:
    for pair, candles in candles_of(FILES).items():
        record(market_tape, Series("binance", pair, "1h"), candles)
        feed = TapeData(exchange="binance", pair=pair, timeframe="1h", url=database, stamped="open")
        heard, ours, theirs = both(
            on_tape(database, pair), feed, OurCrossing(waits=1_000), replace(FINE, pair=pair)
        )
        after = [trade for trade in theirs if trade.entered_at > min(heard.awake)]
        print(f"\n{pair}: {len(candles):,} candles, {len(ours)} trades")
        assert [told(trade) for trade in ours] == [told(trade) for trade in after]
        assert [trade.fees for trade in ours] == pytest.approx([t.fees for t in after], abs=2e-8)
        assert len(ours) > len(candles) // 70


def test_by_which_end_a_bar_is_dated_changes_no_trade() -> None:
    feeds = (TapeData.of(WHOLE[0], "1h", stamped=end) for end in ("open", "close"))
    by_open, by_close = (run(Crossing, feed, bracket=Bracket()) for feed in feeds)
    dates = [trade.entered_at + HOUR.ms for trade in by_open]
    assert [trade.entered_at for trade in by_close] == pytest.approx(dates, rel=0, abs=1)
    assert [filled(trade) for trade in by_open] == [filled(trade) for trade in by_close]


@pytest.mark.parametrize("bracket", [Bracket(), Bracket(target_first=True)])
def test_every_other_trade_with_stop_and_target_is_explained_by_a_rule(bracket: Bracket) -> None:
    found = compared(candles_of(FILES), bracket)
    counted = Counter(each.why for each in found)
    print(f"\n{bracket}: {len(found)} entries: {dict(counted.most_common())}")
    assert [each for each in found if each.why is None] == []
    assert counted.keys() <= {EQUAL, ENTRY_CANDLE, BOTH}
    assert counted[EQUAL] > len(found) // 2
    assert counted[ENTRY_CANDLE] > len(found) // 50
    assert bracket.target_first or not counted[BOTH]


def test_where_candles_are_missing_every_other_trade_is_explained_by_a_rule() -> None:
    found = compared(candles_of(HOLED, instead=WITH_HOLES), Bracket())
    counted = Counter(each.why for each in found)
    print(f"\nwith holes: {len(found)} entries: {dict(counted.most_common())}")
    assert [each for each in found if each.why is None] == []
    assert counted.keys() == {EQUAL, ENTRY_CANDLE, EXPIRED, ASLEEP}


FLAT, CALM = (100.0, 100.0, 100.0, 100.0), (100.0, 101.0, 99.0, 100.0)


@pytest.mark.parametrize(
    ("candles", "bracket", "ours", "theirs"),
    [
        pytest.param([CALM, (100, 101, 95, 99)], Bracket(), (2, 95), (2, 95), id="touched"),
        pytest.param([CALM, (90, 96, 88, 92)], Bracket(), (2, 90), (2, 90), id="gapped"),
        pytest.param([CALM, (100, 112, 94, 109)], Bracket(), (2, 95), (2, 95), id="stop first"),
        pytest.param(
            [(100, 103, 94, 101), CALM], Bracket(), (1, 95), None, id="in the entry candle"
        ),
        pytest.param(
            [(90, 97, 89, 96), (97, 98, 96, 97)], Bracket(), (1, 90), None, id="beyond its stop"
        ),
        pytest.param(
            [CALM, (100, 112, 94, 109)], Bracket(True), (2, 95), (2, 110), id="target first"
        ),
        pytest.param([CALM, (112, 113, 94, 96)], Bracket(), (2, 112), (2, 95), id="open first"),
        pytest.param(
            [CALM, (90, 111, 89, 96)], Bracket(True), (2, 90), (2, 110), id="open, target first"
        ),
    ],
)
def test_what_both_make_of_a_candle_with_a_stop_at_95_and_a_target_at_110(
    candles: Sequence[tuple[float, float, float, float]],
    bracket: Bracket,
    ours: tuple[int, float],
    theirs: tuple[int, float] | None,
) -> None:
    rows = [(hour * HOUR.ms, *each, 1.0) for hour, each in enumerate([FLAT, *candles])]
    columns = list(zip(*rows, strict=True))
    series = Candles(np.array(columns[0]), *(np.array(each, float) for each in columns[1:]))
    entry = Entry("A/Q", 0, stop=95.0, target=110.0)
    rules, one = Rules(timeframe_ms=HOUR.ms, stake=STAKE), Market("A/Q")
    desk = Desk("binance", "1h", "1h", rules, [one], {"A/Q": rows}, [entry], [])
    feed = TapeData.of(series, "1h", stamped="open")
    made = run(AtOnce, feed, bracket=bracket, stop=95.0, target=110.0)
    assert [left(outcome.trade, rows) for outcome in drive(desk)] == [ours]
    assert [left(trade, rows) for trade in made] == ([] if theirs is None else [theirs])


def candles_of(files: dict[str, str], instead: Sequence[Candles] = WHOLE) -> dict[str, Candles]:
    """Recorded candles in which something was traded, or random ones where there are none."""
    if RECORDED.exists():
        found = (recorded(RECORDED / file, CANDLES) for file in files.values())
    else:
        found = (rounded(candles) for candles in instead)
    return {pair: candles.traded() for pair, candles in zip(files, found, strict=True)}


def rounded(candles: Candles) -> Candles:
    """With numbers of two digits."""
    columns = (np.round(getattr(candles, name), 2) for name in Candles.__slots__[1:])
    return Candles(candles.open_time, *columns)


def compared(markets: dict[str, Candles], bracket: Bracket) -> list[Difference]:
    """All entries of both sides in all markets."""
    found: list[Difference] = []
    for pair, candles in markets.items():
        rows = rows_of(candles)
        one = replace(market(pair, rows), maker=TAKER)
        feed = TapeData.of(candles, "1h", pair=pair, stamped="open")
        heard, ours, theirs = both(candles, feed, OurCrossing(bracket=1), one, bracket)
        levels = {
            time: Levels(float(said.stop), float(said.target))
            for time, said in heard.opinions
            if said.stop is not None and said.target is not None
        }
        awake = frozenset(heard.awake)
        found += differences(Compared(rows, HOUR.ms, one.tick, awake, levels, ours, theirs))
    return found


def both(
    candles: Candles,
    feed: TapeData,
    strategy: OurCrossing,
    one: Market,
    bracket: Bracket | None = None,
) -> Sides:
    """The same idea on both sides of a market."""
    heard = hear(strategy, one.pair, candles, "1h")
    ours = trades("1h", [one], {one.pair: candles}, {one.pair: heard}, STAKE)
    return Sides(heard, ours, run(Crossing, feed, one.taker, bought(one), bracket=bracket))


def bought(one: Market) -> Callable[[float], float]:
    """How much the stake buys at a close, to the lot."""
    return lambda close: float(round_down(exact(STAKE) / exact(close), exact(one.lot)))


def told(trade: Trade) -> tuple[object, ...]:
    """What has to be the same exactly."""
    return (
        trade.entered_at, trade.entry_price, trade.exited_at, trade.exit_price, trade.quantity,
    )  # fmt: skip


def filled(trade: Trade) -> tuple[object, ...]:
    """What does not depend on how bars are dated."""
    return trade.entry_price, trade.exit_price, trade.exit_reason, trade.quantity


def left(trade: Trade, rows: Sequence[Candle]) -> tuple[int, float]:
    """In which candle, by number, and at which price; only its open is dated by its beginning."""
    hour = trade.exited_at // HOUR.ms
    at_open = hour < len(rows) and trade.exit_price == rows[hour][1]
    return hour if at_open else hour - 1, trade.exit_price


def record(tape: MarketTape, series: Series, candles: Candles) -> None:
    """Write candles to the market tape."""
    facts = [candle_closed(series, candles.candle(row)) for row in range(len(candles))]
    for start in range(0, len(facts), PAGE):
        tape.record(facts[start : start + PAGE])


def on_tape(url: str, pair: str) -> Candles:
    """The candles of a pair as they are recorded."""
    with psycopg.connect(url, autocommit=True) as connection:
        return CandleTable(connection, "binance", "1h").between(pair, 0, 2**62, 2**62)
