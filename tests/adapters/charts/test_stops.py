"""How the stop of a wanted trade would follow the price."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from adapters.charts.content import ChartContent, ChartSignal, Side
from adapters.charts.limits import Life
from adapters.charts.stops import moves_after
from adapters.charts.wishes import end_of, to_be_seen
from domain.account.period import Opinion
from domain.account.terms import ExitPlan
from domain.candles import Candles

D = Decimal
MINUTE = 60_000
LOWS = [99, 100, 104, 107, 103, 90]
HIGHS = [101, 103, 108, 110, 106, 95]
LOW, HIGH = np.array(LOWS, dtype=np.float64), np.array(HIGHS, dtype=np.float64)
MIDDLE = (LOW + HIGH) / 2
UP = Candles(np.arange(6), MIDDLE, HIGH, LOW, MIDDLE, np.ones(6))
DOWN = replace(UP, high=200 - LOW, low=200 - HIGH)


@pytest.mark.parametrize(("side", "candles"), [("long", UP), ("short", DOWN)])
def test_a_stop_follows_the_best_price_until_it_is_reached(side: Side, candles: Candles) -> None:
    said = _said(side, ExitPlan(trail_distance=D(5)))
    assert _mirrored(side, _moves(said, candles, 95)) == [(2, 98), (3, 103), (4, 105)]


@pytest.mark.parametrize(("side", "candles"), [("long", UP), ("short", DOWN)])
def test_a_stop_moves_to_the_entry_once_it_is_so_far_in_profit(
    side: Side, candles: Candles
) -> None:
    said = _said(side, ExitPlan(stop_distance=D(5), break_even_distance=D(8)))
    assert _mirrored(side, _moves(said, candles, 95)) == [(3, 100)]


def test_a_stop_goes_where_the_strategy_wants_it_but_never_back() -> None:
    now = {row: _now(D(price)) for row, price in {1: 96, 2: 101, 3: 99, 4: 102}.items()}
    assert _moves(_said("long"), UP, 95, now) == [(2, 96), (3, 101), (5, 102)]
    assert _moves(_said("long"), UP, None, now) == [(2, 96), (3, 101), (5, 102)]


def test_a_wish_ends_at_its_stop_its_target_its_exit_or_another_entry() -> None:
    wish = ChartSignal("enter", "long", 0, 95)
    assert _end(wish) == 6
    assert _end(replace(wish, target=109)) == 4
    assert _end(replace(wish, moves=((3, 104),))) == 5
    assert _end(wish, ChartSignal("exit", "long", 2)) == 3
    assert _end(wish, ChartSignal("exit", "short", 2)) == 6
    assert _end(wish, ChartSignal("enter", "short", 1)) == 2


def test_exits_are_seen_behind_an_entry_of_their_side_and_where_it_is_no_turn() -> None:
    exits = [ChartSignal("exit", "long", time) for time in (0, 2, 3, 5)]
    entries = [ChartSignal("enter", "long", 1), ChartSignal("enter", "short", 5)]
    signals = sorted([*exits, *entries], key=lambda each: each.open_time)
    seen = [(each.purpose, each.open_time) for each in to_be_seen(signals)]
    assert seen == [("enter", 1), ("exit", 2), ("enter", 5)]


def test_a_life_has_its_stops_one_after_the_other() -> None:
    life = Life("long", 0, 50, 100, 95, None, [(10, 97), (20, 101), (80, 105)])
    assert list(life.stops()) == [(0, 10, 95), (10, 20, 97), (20, 50, 101), (50, 50, 105)]
    assert [life.risks(stop) for stop in (95, 100, 101)] == [True, False, False]
    assert list(Life("long", 0, 50, 100, None, None, []).stops()) == []


def _end(wish: ChartSignal, *others: ChartSignal) -> int:
    """The minute in which a wish of minutes ends."""
    signals = [
        replace(
            each,
            open_time=each.open_time * MINUTE,
            moves=[(at * MINUTE, stop) for at, stop in each.moves],
        )
        for each in (wish, *others)
    ]
    candles = replace(UP, open_time=UP.open_time * MINUTE)
    content = ChartContent("binance", "BTC/USDT", "1m", candles, signals=signals)
    return end_of(signals[0], content) // MINUTE


def _moves(
    said: Opinion, candles: Candles, stop: float | None, now: dict[int, Opinion] | None = None
) -> list[tuple[int, float]]:
    first = stop if stop is None or said.enter == "long" else 200 - stop
    return list(moves_after(0, said, first, candles, 1, now or {}))


def _mirrored(side: Side, moves: list[tuple[int, float]]) -> list[tuple[int, float]]:
    return [(at, stop if side == "long" else 200 - stop) for at, stop in moves]


def _said(side: Side, plan: ExitPlan | None = None) -> Opinion:
    return Opinion("x", "BTC/USDT", side, None, D(100), None, None, {}, exits=plan or ExitPlan())


def _now(trail: Decimal) -> Opinion:
    return Opinion("x", "BTC/USDT", None, None, D(100), None, None, {}, trail_long=trail)
