"""Periods that are over, and which of their candles are missing."""

from collections.abc import Iterator, Sequence

from application.scanning.looks import Looks
from application.scanning.reading import Came, Pending
from domain.market_facts import PeriodClosed
from domain.times import from_ms


def proven_closes(pending: Pending, looks: Looks) -> Pending:
    """Those of the pending closes, from the first on, that are proven to be over."""
    return {
        frame: closes[: sum(1 for close in closes if looks.proves(close))]
        for frame, closes in pending.items()
    }


def period_facts(
    exchange: str, pairs: Sequence[str], closes: Pending, came: Sequence[Came], seen_at: int
) -> Iterator[PeriodClosed]:
    """A fact for each close, which names the pairs without a candle."""
    there = {each.series: set(each.open_times) for each in came}
    by_pair = {(series.pair, series.timeframe): times for series, times in there.items()}
    for frame, some in closes.items():
        for close in some:
            opened = close - frame.ms
            missing = [p for p in pairs if opened not in by_pair.get((p, frame.name), ())]
            yield PeriodClosed(
                from_ms(close), exchange, frame.name, from_ms(seen_at), len(pairs), missing
            )
