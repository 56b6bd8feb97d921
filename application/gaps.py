"""From holes to facts: gaps that are new on the tape, and what came into those found before."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

import numpy as np

from application.ports import RecordedGap
from domain.candles import Series, Times
from domain.gaps import Hole, outages
from domain.market_facts import GapFilled, GapFound
from domain.times import from_ms


def gaps_found(
    series: Series,
    open_times: Times,
    asked_since: int,
    recorded: Sequence[RecordedGap],
    *,
    quiet_candles: bool,
    reaches_back_to: int = 0,
) -> Iterator[GapFound]:
    """Outages between ascending open times that the tape does not know as gaps yet.

    Only what was asked for can be missing: holes that end before `asked_since` are passed over.
    Give up to 256 candles before it. What lies before `reaches_back_to` the exchange has no more.
    """
    for hole in outages(open_times, series.frame, quiet_candles=quiet_candles):
        if hole.until > asked_since and not any(_is_part(hole, gap) for gap in recorded):
            reason = "outage" if hole.since >= reaches_back_to else "out of reach"
            yield _found(series, hole, reason)


def gaps_filled(
    series: Series, open_times: Sequence[int], recorded: Sequence[RecordedGap], at: datetime
) -> Iterator[GapFilled]:
    """Runs of candles, of these ascending open times, that are missing in recorded gaps."""
    for gap in recorded:
        inside = [time for time in open_times if _is_missing(time, gap)]
        places = enumerate(inside)
        for _, run in groupby(places, lambda each: each[1] - each[0] * series.frame.ms):
            times = [time for _, time in run]
            until = times[-1] + series.frame.ms
            yield GapFilled(at, *series, from_ms(times[0]), from_ms(until), len(times))


def may_have_gaps(open_times: Times, series: Series) -> bool:
    """Whether there is any hole at all."""
    return bool(len(open_times)) and bool(np.any(np.diff(open_times) > series.frame.ms))


def _is_missing(time: int, gap: RecordedGap) -> bool:
    if not gap.since <= time < gap.until:
        return False
    return not any(since <= time < until for since, until in gap.filled)


def _is_part(hole: Hole, gap: RecordedGap) -> bool:
    """Whether a hole is what is left of a gap, or all of it."""
    return gap.since <= hole.since < gap.until


def _found(series: Series, hole: Hole, reason: str) -> GapFound:
    at = from_ms(hole.until + series.frame.ms)
    return GapFound(at, *series, from_ms(hole.since), from_ms(hole.until), hole.candles, reason)
