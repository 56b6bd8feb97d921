"""The bare loop keeps the account's rules, as far as the works need them."""

import pytest

from benchmarks.peers import bare_loops
from benchmarks.peers.bare_loops import DOWN, NONE, UP, Candles, crosses, trade, trade_many
from benchmarks.peers.works import CASH, FEE, MINUTE

BLOCK = bare_loops.BLOCK // MINUTE
Prices = tuple[float, float, float, float]

FLAT = (100.0, 100.0, 100.0, 100.0)
ENTERED = [(FLAT, UP), (FLAT, NONE)]  # at 100: the stop is 98, the target 104


def candles(*prices: Prices, first: int = 0) -> Candles:
    """Candles of these prices; `first` is the minute at which they begin."""
    opens, highs, lows, closes = map(list, zip(*prices, strict=True))
    times = [MINUTE * (first + at) for at in range(len(prices))]
    return Candles(times, opens, highs, lows, closes)


def closing(*closes: float, first: int) -> Candles:
    return candles(*((close,) * 4 for close in closes), first=first)


def exits(*rows: tuple[Prices, int]) -> list[tuple[float, str]]:
    prices, signals = zip(*rows, strict=True)
    trades, _ = trade("A/USDT", candles(*prices), list(signals))
    return [(each.exit_price, each.exit_reason) for each in trades]


@pytest.mark.parametrize(
    ("prices", "exit_"),
    [
        ((100, 103.99, 98.01, 100), []),
        ((100, 101, 98, 99), [(98, "stop")]),  # touching counts
        ((97, 105, 96, 100), [(97, "stop")]),  # gapped: the open
        ((98, 99, 97, 98), [(98, "stop")]),  # opened on it
        ((100, 104, 99, 100), [(104, "target")]),  # touching counts
        ((105, 106, 97, 100), [(105, "target")]),  # gapped: the open came first
        ((100, 105, 97, 100), [(98, "stop")]),  # both: the worse one
    ],
)
def test_a_candle_ends_a_trade_as_the_account_would(
    prices: Prices, exit_: list[tuple[float, str]]
) -> None:
    assert exits(*ENTERED, (prices, NONE)) == exit_


def test_a_stop_counts_in_the_candle_of_the_entry() -> None:
    assert exits((FLAT, UP), ((100, 100, 90, 95), NONE)) == [(98, "stop")]


def test_an_exit_that_waits_fills_at_the_open_before_the_stop() -> None:
    assert exits((FLAT, UP), (FLAT, DOWN), ((99, 100, 90, 95), NONE)) == [(99, "signal")]


def test_an_entry_whose_candle_does_not_come_is_over() -> None:
    late = candles(FLAT, FLAT)
    late.times[1] += MINUTE
    assert trade("A/USDT", late, [UP, NONE]) == ([], CASH)


def test_an_open_trade_counts_at_its_last_close_with_the_fee_of_its_entry() -> None:
    _, equity = trade("A/USDT", candles(FLAT, (100, 101, 99, 101)), [UP, NONE])
    assert equity == pytest.approx(CASH + 1 - 100 * FEE)


def test_an_average_crosses_where_it_was_not_above_and_is() -> None:
    rises = closing(3.0, 2.0, 1.0, 2.0, 3.0, 3.0, 1.0, first=BLOCK - 3)
    assert crosses(rises, 1, 2) == [NONE, NONE, NONE, UP, NONE, NONE, DOWN]


def test_nothing_is_heard_before_the_first_block_with_all_averages_before_it() -> None:
    rises = closing(3.0, 2.0, 1.0, 2.0, 1.0, 2.0, first=BLOCK - 5)
    assert crosses(rises, 1, 2) == [NONE, NONE, NONE, NONE, NONE, UP]
    assert (
        crosses(rises._replace(times=[each + 3 * MINUTE for each in rises.times]), 1, 2)
        == [NONE] * 6
    )


def test_after_an_outage_averages_begin_anew() -> None:
    falls_then_rises = closing(3.0, 2.0, 1.0, 2.0, first=BLOCK - 3)
    falls_then_rises.times[3] += 60 * MINUTE
    assert crosses(falls_then_rises, 1, 2) == [NONE] * 4


def test_places_are_taken_by_name_and_free_again_when_an_exit_has_filled() -> None:
    pairs = [f"{letter}/USDT" for letter in "ABCDEFG"]
    signals = {pair: [UP, NONE, NONE, NONE, DOWN] for pair in pairs}
    signals["A/USDT"][1] = DOWN  # fills in the third candle
    signals["F/USDT"][1] = signals["F/USDT"][2] = UP  # too early, in time
    trades, _ = trade_many(
        {pair: candles(*[FLAT] * 6) for pair in pairs},
        {pair: [*said, NONE] for pair, said in signals.items()},
    )
    entered = [(each.pair[0], each.entered_at // MINUTE) for each in trades]
    assert entered == [("A", 1), ("B", 1), ("C", 1), ("D", 1), ("E", 1), ("F", 3)]
