"""What a backtest is fed with."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.backtesting.fingerprint import Fingerprint
from adapters.backtesting.prepared import Prepared
from adapters.backtesting.request import BadRequest
from application.backtest import Recorded
from domain.blocks import needed
from domain.candles import Candles
from domain.timeframes import Timeframe


@dataclass(frozen=True, slots=True)
class Inputs:
    """Candles and rules of the markets `pairs`.

    Trading lives through the closes behind `since` up to `until` (ms). `fingerprint` has all
    candles once the spans of `recorded` have been gone through. `position` is that of the market
    tape as of which they are read; None for files.
    """

    recorded: Recorded
    pairs: tuple[str, ...]
    since: int
    until: int
    fingerprint: Fingerprint
    position: int | None = None


def lived_through(prepared: Prepared, first: int, last: int) -> tuple[int, int]:
    """From when to when (ms) is traded, where there are candles from `first` on up to `last`.

    It begins where a period of the longest timeframe opens. Raises BadRequest where nothing is
    left.
    """
    request, longest = prepared.request, prepared.frames[-1]
    since = first if request.since is None else max(first, request.since)
    until = last if request.until is None else min(last, request.until)
    since = longest.open_of(since - 1) + longest.ms
    if since + longest.ms > until:
        raise BadRequest("there are no candles in that range")
    return since, until


def begin_of(prepared: Prepared, frame: Timeframe, since: int) -> int:
    """The open time (ms) from which candles of a timeframe are needed to trade from `since` on."""
    if frame != prepared.request.frame:
        return frame.open_of(since)
    return max(0, needed(since, frame, prepared.warm_up).since)


def between(candles: Candles, frame: Timeframe, begin: int, until: int) -> Candles:
    """Those that open from `begin` on and have closed at `until` (ms)."""
    first, end = candles.open_time.searchsorted((begin, until - frame.ms + 1))
    return candles[int(first) : int(end)]


def ends_of(candles: Mapping[Timeframe, Mapping[str, Candles]]) -> tuple[int, int]:
    """The first open and the last close (ms) of all; raises BadRequest where there are none."""
    found = [
        (int(each.open_time[0]), int(each.open_time[-1]) + frame.ms)
        for frame, by_pair in candles.items()
        for each in by_pair.values()
        if len(each)
    ]
    if not found:
        raise BadRequest("there are no candles in that range")
    return min(first for first, _ in found), max(last for _, last in found)
