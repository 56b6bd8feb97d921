"""The real account and the reference one live through recorded candles: the same trades.

By default over some candles; `CANDLES=1000000 MARKETS=20` takes that many of that many markets.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from time import perf_counter
from typing import NamedTuple

import pytest

from domain.timeframes import timeframe
from domain.times import from_ms
from tests.reference.driving import Desk, Outcome, drive
from tests.reference.inputs import Rules, Trade
from tests.reference.paper import simulate
from tests.reference.recorded import RECORDED, STAKE, Part, chosen, market
from tests.reference.signals import ORDER_TYPES, signals

CANDLES = int(os.environ.get("CANDLES", "40000"))
MARKETS = int(os.environ.get("MARKETS", "12"))

PLAIN = Rules(stake=STAKE)
FAR = replace(PLAIN, slippage_points=10.0, slippage_range=0.1, limit_touch=True)
SLOWER = {"1m": "5m", "5m": "15m", "15m": "1h", "1h": "4h"}


class Life(NamedTuple):
    """What differs between runs; the name is the seed of the signals.

    `is_slower`: the strategy has a longer timeframe than the account.
    """

    name: str
    rules: Rules
    is_slower: bool = False
    patience: int = 1

    def usual(self) -> set[str]:
        """What a run may not lack."""
        if self.patience > 1 and CANDLES < 1_000_000:
            return {"stop", "target"}
        sides = ("long", "short")
        entries = {f"{side} {order_type}" for side in sides for order_type in ORDER_TYPES}
        reasons = {"stop", "target", "trailing_stop", "break_even", "ambiguous"}
        return entries | reasons | ({"signal", "time"} if self.patience == 1 else {"backing"})


pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="no recorded candles here")


@pytest.mark.parametrize(
    "life",
    [
        pytest.param(Life("plain", PLAIN), id="plain"),
        pytest.param(
            Life("touch", replace(PLAIN, limit_touch=True), is_slower=True), id="touched, slower"
        ),
        pytest.param(Life("points", replace(PLAIN, slippage_points=5.0)), id="slipping"),
        pytest.param(Life("range", FAR), id="slipping far, touched"),
        pytest.param(Life("patient", FAR, patience=8), id="patient"),
    ],
)
def test_both_accounts_make_the_same_trades(life: Life) -> None:
    began = perf_counter()
    candles, markets, made = 0, set(), Counter[str]()
    differences: list[str] = []
    for parts in chosen(CANDLES, MARKETS):
        desk = _desk(parts, life)
        outcomes = drive(desk)
        expected = simulate(desk.rules, desk.markets, desk.candles, desk.entries, desk.exits)
        differences += _differences(desk, expected, [outcome.trade for outcome in outcomes])
        candles += sum(len(each) for each in desk.candles.values())
        markets |= {(desk.exchange, each.pair) for each in desk.markets}
        made.update(_kinds(outcomes))
    print(
        f"\n{life.name}: {candles:,} candles of {len(markets)} markets, {made['trades']:,} trades, "
        f"{perf_counter() - began:.0f} s\n  {dict(made.most_common())}"
    )
    assert not differences, "\n".join([f"{len(differences)} differ", *differences[:40]])
    assert candles >= CANDLES
    assert len(markets) >= MARKETS
    assert made["trades"] >= CANDLES // (200 if life.patience == 1 else 4_000)
    assert not life.usual() - made.keys()


def _desk(parts: Sequence[Part], life: Life) -> Desk:
    """An account of all the parts, and the signals for it."""
    source = parts[0].source
    strategy_frame = SLOWER[source.frame] if life.is_slower else source.frame
    frame_ms, strategy_ms = timeframe(source.frame).ms, timeframe(strategy_frame).ms
    candles = {part.source.pair: part.candles() for part in parts}
    markets = [market(pair, each) for pair, each in candles.items()]
    entries, exits = [], []
    for each in markets:
        enter, leave = signals(
            each, candles[each.pair], life.name, frame_ms, strategy_ms, patience=life.patience
        )
        entries += enter
        exits += leave
    rules = replace(life.rules, timeframe_ms=frame_ms, strategy_timeframe_ms=strategy_ms)
    return Desk(
        source.exchange, source.frame, strategy_frame, rules, markets, candles, entries, exits
    )


def _differences(desk: Desk, expected: Sequence[Trade], got: Sequence[Trade]) -> Iterator[str]:
    """The first difference of each market: what follows may follow from it."""
    for each in desk.markets:
        mine = _by_entry(expected, each.pair)
        others = _by_entry(got, each.pair)
        for one, other in zip_longest(mine, others):
            if one is None or other is None or not _is_same(one, other, each.tick, each.lot):
                yield f"{desk.exchange} {desk.frame} expected {_told(one)}\n    got {_told(other)}"
                break


def _by_entry(trades: Sequence[Trade], pair: str) -> list[Trade]:
    mine = (trade for trade in trades if trade.pair == pair)
    return sorted(mine, key=lambda trade: (trade.entered_at, trade.exited_at))


def _is_same(one: Trade, other: Trade, tick: float, lot: float) -> bool:
    """Prices within a tick; the profit is what they make of it, to a hair."""
    entry = abs(one.entry_price - other.entry_price)
    leave = abs(one.exit_price - other.exit_price)
    allowed = (entry + leave) * 1.01 * one.quantity + 1e-7 + 1e-9 * STAKE
    return (
        _plain(one) == _plain(other)
        and max(entry, leave) <= tick * 1.001
        and abs(one.quantity - other.quantity) < lot / 2
        and abs(one.profit - other.profit) <= allowed
    )


def _plain(trade: Trade) -> tuple[object, ...]:
    """What has to be the same exactly."""
    return (
        trade.pair, trade.side, trade.entered_at, trade.exited_at, trade.exit_reason,
        trade.ambiguous,
    )  # fmt: skip


def _told(trade: Trade | None) -> str:
    if trade is None:
        return "none"
    entered, left = from_ms(trade.entered_at), from_ms(trade.exited_at)
    return (
        f"{trade.pair} {trade.side} {trade.quantity} {entered:%Y-%m-%d %H:%M} {trade.entry_price} "
        f"-> {left:%Y-%m-%d %H:%M} {trade.exit_price} {trade.exit_reason} {trade.profit:.8f}"
        f"{' ambiguous' if trade.ambiguous else ''}"
    )


def _kinds(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What there was, to be counted."""
    for trade, order_type in outcomes:
        yield "trades"
        yield f"{trade.side} {order_type}"
        yield trade.exit_reason
        if trade.ambiguous:
            yield "ambiguous"
