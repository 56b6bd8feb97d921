"""The reference account on candles whose outcome is written down in the design."""

from dataclasses import replace

import pytest

from tests.reference.paper import Candle, Entry, Exit, Market, Rules, Side, Trade, simulate

MINUTE = 60_000
MARKET = Market("A/Q", tick=0.5)
RULES = Rules()
FLAT = (100.0, 100.0, 100.0, 100.0)
CALM = (100.0, 100.5, 99.5, 100.0)
LONG = Entry("A/Q", 0, stop=95.0, target=110.0)

Prices = tuple[float, float, float, float]


def at(minute: int, prices: Prices, volume: float = 1.0) -> Candle:
    return (minute * MINUTE, *prices, volume)


def mirror(prices: Prices) -> Prices:
    open_, high, low, close = (200 - price for price in prices)
    return open_, low, high, close


def mirror_entry(entry: Entry) -> Entry:
    def across(price: float | None) -> float | None:
        return None if price is None else 200 - price

    return replace(
        entry,
        side="short",
        limit=across(entry.limit),
        trigger=across(entry.trigger),
        stop=across(entry.stop),
        target=across(entry.target),
    )


def run(
    entry: Entry,
    *prices: Prices,
    side: Side = "long",
    exits: tuple[int, ...] = (),
    rules: Rules = RULES,
) -> list[tuple[float, float, str, bool]]:
    """Entry price, exit price, reason and mark of each trade, as a long has them."""
    if side == "short":
        entry, prices = mirror_entry(entry), tuple(mirror(each) for each in prices)
    candles = [at(minute, each) for minute, each in enumerate(prices)]
    leaves = [Exit("A/Q", index) for index in exits]
    trades = simulate(rules, [MARKET], {"A/Q": candles}, [entry], leaves)
    return [_outcome(trade) for trade in trades]


def _outcome(trade: Trade) -> tuple[float, float, str, bool]:
    entered, left = trade.entry_price, trade.exit_price
    if trade.side == "short":
        entered, left = 200 - entered, 200 - left
    return entered, left, trade.exit_reason, trade.ambiguous


BOTH = pytest.mark.parametrize("side", ["long", "short"])


@BOTH
@pytest.mark.parametrize(
    ("candle", "price", "reason", "ambiguous"),
    [
        pytest.param((100, 101, 95, 99), 95, "stop", False, id="touching counts"),
        pytest.param((100, 100, 80, 82), 95, "stop", False, id="traded through"),
        pytest.param((90, 96, 88, 92), 90, "stop", False, id="gapped"),
        pytest.param((95, 99, 94, 98), 95, "stop", False, id="opened on the stop"),
        pytest.param((100, 110, 99, 109), 110, "target", False, id="touched the target"),
        pytest.param((115, 118, 112, 116), 115, "target", False, id="gapped over the target"),
        pytest.param((100, 112, 94, 109), 95, "stop", True, id="both"),
        pytest.param((112, 113, 94, 96), 112, "target", False, id="the open came first"),
    ],
)
def test_a_candle_ends_an_open_trade(
    candle: Prices, price: float, reason: str, ambiguous: bool, side: Side
) -> None:
    assert run(LONG, FLAT, CALM, candle, side=side) == [(100, price, reason, ambiguous)]


@BOTH
def test_a_candle_between_stop_and_target_ends_nothing(side: Side) -> None:
    assert run(LONG, FLAT, CALM, (100, 108, 96, 104), side=side) == []


@BOTH
@pytest.mark.parametrize(
    ("entry", "candle", "outcome"),
    [
        pytest.param(LONG, (100, 103, 94, 101), (100, 95, "stop", False), id="at the open"),
        pytest.param(LONG, (90, 97, 89, 96), (90, 90, "stop", False), id="beyond its stop"),
        pytest.param(
            replace(LONG, order_type="limit", limit=98.0),
            (100, 112, 94, 109),
            (98, 95, "stop", True),
            id="a limit does not get the high before it",
        ),
        pytest.param(
            replace(LONG, order_type="stop", trigger=102.0),
            (100, 112, 94, 109),
            (102, 95, "stop", True),
            id="a stop may have been filled after the low",
        ),
        pytest.param(
            replace(LONG, order_type="stop", trigger=102.0),
            (100, 112, 96, 109),
            (102, 110, "target", False),
            id="a stop gets the high after it",
        ),
        pytest.param(
            replace(LONG, order_type="stop_limit", trigger=102.0, limit=99.0),
            (100, 112, 94, 98),
            (99, 95, "stop", True),
            id="a stop-limit knows neither",
        ),
    ],
)
def test_the_candle_of_an_entry_can_end_the_trade(
    entry: Entry, candle: Prices, outcome: tuple[float, float, str, bool], side: Side
) -> None:
    assert run(entry, FLAT, candle, side=side) == [outcome]


@BOTH
def test_an_exit_order_comes_before_the_stop(side: Side) -> None:
    outcomes = run(LONG, FLAT, CALM, (90, 96, 88, 92), side=side, exits=(1,))
    assert outcomes == [(100, 90, "signal", False)]


@BOTH
def test_a_mark_stays_until_the_trade_ends(side: Side) -> None:
    entry = replace(LONG, order_type="limit", limit=98.0)
    outcomes = run(entry, FLAT, (100, 112, 97, 105), (105, 110, 104, 109), side=side)
    assert outcomes == [(98, 110, "target", True)]


@BOTH
def test_a_trailing_stop_is_valid_from_the_next_candle(side: Side) -> None:
    entry = Entry("A/Q", 0, trail_distance=4.0)
    outcomes = run(entry, FLAT, (100, 108, 97, 107), (107, 107, 103, 105), side=side)
    assert outcomes == [(100, 104, "trailing_stop", True)]


@BOTH
@pytest.mark.parametrize(("low", "ambiguous"), [(103.5, True), (104.0, True), (104.5, False)])
def test_a_candle_that_was_beyond_the_stop_that_it_moved_cannot_tell(
    low: float, ambiguous: bool, side: Side
) -> None:
    entry = Entry("A/Q", 0, trail_distance=4.0)
    moving, ending = (106.0, 108.0, low, 107.0), (107.0, 107.0, 103.0, 105.0)
    outcomes = run(entry, FLAT, FLAT, moving, ending, side=side)
    assert outcomes == [(100, 104, "trailing_stop", ambiguous)]


@BOTH
@pytest.mark.parametrize(
    ("trail", "price", "reason"),
    [(6.0, 95, "stop"), (5.0, 95, "stop"), (4.0, 96, "trailing_stop")],
)
def test_the_tighter_of_a_stop_and_a_trailing_one_holds_from_the_beginning(
    trail: float, price: float, reason: str, side: Side
) -> None:
    entry = replace(LONG, trail_distance=trail)
    outcomes = run(entry, FLAT, (100, 100, 90, 91), side=side)
    assert outcomes == [(100, price, reason, False)]


@BOTH
def test_a_trailing_stop_and_break_even_at_a_tie(side: Side) -> None:
    entry = replace(LONG, trail_distance=5.0, break_even_distance=5.0)
    outcomes = run(entry, FLAT, FLAT, (101, 105, 101, 104), (104, 104, 99, 101), side=side)
    assert outcomes == [(100, 100, "trailing_stop", False)]


@BOTH
def test_a_trade_that_came_far_leaves_where_it_entered(side: Side) -> None:
    entry = replace(LONG, break_even_distance=5.0)
    outcomes = run(entry, FLAT, (100, 105, 99, 104), (104, 104, 99, 101), side=side)
    assert outcomes == [(100, 100, "break_even", True)]


@BOTH
def test_a_trade_whose_time_is_up_leaves_at_the_next_open(side: Side) -> None:
    outcomes = run(replace(LONG, time_stop=2), FLAT, CALM, CALM, (101, 102, 100, 101), side=side)
    assert outcomes == [(100, 101, "time", False)]


def test_an_order_ends_while_candles_are_missing() -> None:
    entry = replace(LONG, order_type="limit", limit=98.0, valid_for=3)
    candles = [at(0, FLAT), at(4, (97.0, 98.0, 80.0, 90.0))]
    assert simulate(RULES, [MARKET], {"A/Q": candles}, [entry]) == []


def test_an_order_waits_through_a_quiet_candle() -> None:
    candles = [at(0, FLAT), at(1, (90.0,) * 4, volume=0.0), at(2, CALM), at(3, (94, 94, 94, 94))]
    entry = replace(LONG, valid_for=2)
    (trade,) = simulate(RULES, [MARKET], {"A/Q": candles}, [entry])
    assert (trade.entered_at, trade.entry_price) == (2 * MINUTE, 100)
    assert (trade.exited_at, trade.exit_price) == (3 * MINUTE, 94)


def test_a_short_is_closed_where_its_backing_is_used_up() -> None:
    candles = [at(0, FLAT), at(1, CALM), at(2, (150, 210, 140, 160))]
    (trade,) = simulate(RULES, [MARKET], {"A/Q": candles}, [Entry("A/Q", 0, side="short")])
    assert (trade.exit_price, trade.exit_reason) == (200, "backing")
    assert trade.profit == -1_000


def test_fees_and_slippage_are_paid_on_both_sides() -> None:
    market = replace(MARKET, tick=0.01, maker=0.001, taker=0.002)
    rules = replace(RULES, slippage_points=10.0, slippage_range=0.1)
    candles = [at(0, FLAT), at(1, (100, 102, 98, 100)), at(2, (90, 96, 88, 92))]
    (trade,) = simulate(rules, [market], {"A/Q": candles}, [LONG])
    assert (trade.entry_price, trade.exit_price) == (100.5, 89.11)
    assert trade.fees == pytest.approx(10 * (100.5 + 89.11) * 0.002)
    assert trade.profit == pytest.approx(10 * (89.11 - 100.5) - trade.fees)


def test_signals_are_ignored_while_a_trade_is_open() -> None:
    entries = [replace(LONG, index=index) for index in (0, 1, 2)]
    candles = [at(0, FLAT), at(1, CALM), at(2, (100, 101, 95, 99)), at(3, (99, 111, 99, 99))]
    trades = simulate(RULES, [MARKET], {"A/Q": candles}, entries)
    assert [(each.entered_at, each.exited_at) for each in trades] == [
        (MINUTE, 3 * MINUTE),
        (3 * MINUTE, 4 * MINUTE),
    ]


SLIPPING = replace(RULES, slippage_range=0.2)


@BOTH
@pytest.mark.parametrize(
    ("limit", "candle", "price"),
    [
        pytest.param(104.0, (100, 106, 99, 105), 103.5, id="like a stop"),
        pytest.param(102.5, (100, 106, 99, 105), 102.5, id="never beyond its limit"),
        pytest.param(104.0, (102, 102, 101, 101), 102, id="gapped, within the candle"),
        pytest.param(104.0, (103.5, 106, 103, 105), 104, id="gapped, not beyond its limit"),
        pytest.param(104.0, (105, 106, 103, 105), 104, id="a limit from the open on"),
    ],
)
def test_a_stop_limit_slips(limit: float, candle: Prices, price: float, side: Side) -> None:
    entry = Entry("A/Q", 0, order_type="stop_limit", trigger=102.0, limit=limit)
    outcomes = run(entry, FLAT, candle, FLAT, side=side, exits=(1,), rules=SLIPPING)
    assert outcomes == [(price, 100, "signal", False)]


@BOTH
def test_a_candle_is_judged_by_where_the_price_was_before_it_slipped(side: Side) -> None:
    entry = Entry("A/Q", 0, order_type="stop", trigger=102.0, stop_distance=0.5)
    outcomes = run(entry, FLAT, (100, 106, 99, 105), side=side, rules=SLIPPING)
    assert outcomes == [(103.5, 101.5, "stop", False)]


@BOTH
@pytest.mark.parametrize(
    ("stop", "target", "is_taken"),
    [(101.0, 110.0, False), (98.0, 101.0, False), (98.0, 110.0, True)],
)
@pytest.mark.parametrize(("trigger", "limit"), [(102.0, 99.0), (99.0, 102.0)])
def test_stop_and_target_are_sound_against_both_prices_of_a_stop_limit(
    trigger: float, limit: float, stop: float, target: float, is_taken: bool, side: Side
) -> None:
    entry = Entry("A/Q", 0, "long", "stop_limit", limit, trigger, stop=stop, target=target)
    candles = ((100, 103, 98.5, 98.5), (98.5, 98.5, 90, 90))
    assert bool(run(entry, FLAT, *candles, side=side)) is is_taken


def test_a_used_up_backing_does_not_slip() -> None:
    candles = [at(0, FLAT), at(1, FLAT), at(2, (150, 210, 140, 160))]
    entry = Entry("A/Q", 0, side="short")
    (trade,) = simulate(SLIPPING, [MARKET], {"A/Q": candles}, [entry])
    assert (trade.exit_price, trade.exit_reason) == (200, "backing")
