"""Why Backtrader's broker made another trade than the paper account: by which rule, or by none."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.reference.inputs import Candle, Trade

EQUAL = "equal"
ENTRY_CANDLE = "stop or target reached in the candle of the entry: Backtrader's do not stand yet"
OPEN_FIRST = "opened beyond one level, then came to the other: Backtrader tries in its own order"
BOTH = "stop and target in one candle: Backtrader takes the one that was submitted first"
EXPIRED = "no candle while the order was valid: Backtrader's market order waits for ever"
ASLEEP = "the strategy warms up after an outage: Backtrader's goes on over the hole"


class Levels(NamedTuple):
    """Where a trade was to be left, by its signal."""

    stop: float
    target: float


class Compared(NamedTuple):
    """One market: its candles, the levels by the open time of the signal, both sides' trades.

    `awake` are the open times at which the strategy might have spoken.
    """

    candles: Sequence[Candle]
    frame_ms: int
    tick: float
    awake: frozenset[int]
    levels: Mapping[int, Levels]
    ours: Sequence[Trade]
    theirs: Sequence[Trade]


class Difference(NamedTuple):
    """An entry of either side or both, and the rule that tells why they differ; None: no rule."""

    ours: Trade | None
    theirs: Trade | None
    why: str | None


def differences(compared: Compared) -> Iterator[Difference]:
    """All entries from the first on that both could make to the last that both have closed."""
    ours = {trade.entered_at: trade for trade in compared.ours}
    theirs = {trade.entered_at: trade for trade in compared.theirs}
    first, last = min(compared.awake), min(max(ours), max(theirs))
    for entered_at in sorted(ours.keys() | theirs.keys()):
        if first < entered_at <= last:
            one, other = ours.get(entered_at), theirs.get(entered_at)
            yield Difference(one, other, _why(compared, one, other))


def _why(compared: Compared, ours: Trade | None, theirs: Trade | None) -> str | None:
    if ours is None:
        assert theirs is not None
        return _why_only_theirs(compared, theirs)
    if theirs is None:
        return None
    if _is_same(ours, theirs, compared.tick):
        return EQUAL
    return _why_left_otherwise(compared, ours, theirs)


def _why_only_theirs(compared: Compared, theirs: Trade) -> str | None:
    signal = compared.candles[_row(compared, theirs.entered_at) - 1][0]
    if signal not in compared.awake:
        return ASLEEP
    waited_until = signal + 2 * compared.frame_ms
    return EXPIRED if theirs.entered_at >= waited_until else None


def _why_left_otherwise(compared: Compared, ours: Trade, theirs: Trade) -> str | None:
    """Of trades that were entered alike."""
    entered = _row(compared, ours.entered_at)
    levels = compared.levels[compared.candles[entered - 1][0]]
    left = next(
        row for row in range(entered, len(compared.candles))
        if _reaches(compared.candles[row], levels) or compared.candles[row][0] >= ours.exited_at
    )  # fmt: skip
    candle = compared.candles[left]
    if left == entered and _reaches(candle, levels):
        return ENTRY_CANDLE
    if _reaches_both(candle, levels) and theirs.exit_reason != ours.exit_reason:
        return OPEN_FIRST if _opens_beyond(candle, levels) else BOTH
    signal = compared.candles[_row(compared, theirs.exited_at) - 1][0]
    return ASLEEP if theirs.exit_reason == "signal" and signal not in compared.awake else None


def _row(compared: Compared, open_time: int) -> int:
    return bisect_left(compared.candles, open_time, key=lambda candle: candle[0])


def _reaches(candle: Candle, levels: Levels) -> bool:
    return candle[3] <= levels.stop or candle[2] >= levels.target


def _reaches_both(candle: Candle, levels: Levels) -> bool:
    return candle[3] <= levels.stop and candle[2] >= levels.target


def _opens_beyond(candle: Candle, levels: Levels) -> bool:
    return not levels.stop < candle[1] < levels.target


def _is_same(one: Trade, other: Trade, tick: float) -> bool:
    """Prices to the tick, which Backtrader does not know."""
    entry = abs(one.entry_price - other.entry_price)
    leave = abs(one.exit_price - other.exit_price)
    return (one.quantity, one.entered_at, one.exited_at, one.exit_reason) == (
        other.quantity,
        other.entered_at,
        other.exited_at,
        other.exit_reason,
    ) and max(entry, leave) < tick
