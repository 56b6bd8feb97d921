"""How the stop of a trade would follow the price, had it been entered at a signal's close."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.charts.content import Side
from domain.account.period import Opinion
from domain.candles import Candles


@dataclass(slots=True)
class _Trade:
    """A trade that is only wished for; `best` is the best price since its entry."""

    side: Side
    entry: float
    best: float
    stop: float | None

    def improves(self, stop: float) -> bool:
        return self.stop is None or self.beyond(stop, self.stop)

    def beyond(self, price: float, than: float) -> bool:
        """Whether a price is further in the trade's favour than another."""
        return price > than if self.side == "long" else price < than


def moves_after(
    row: int, said: Opinion, stop: float | None, candles: Candles, period: int,
    opinions: Mapping[int, Opinion],
) -> Iterator[tuple[int, float]]:  # fmt: skip
    """The moves of the stop of an entry at the candle of `row`, until a candle reaches it.

    Each with the time (ms) from which it holds; `opinions` by the open time of their candle.
    """
    assert said.enter is not None
    close = float(said.close)
    trade = _Trade(said.enter, close, close, stop)
    bests, worsts = (candles.high, candles.low)[:: 1 if trade.side == "long" else -1]
    for later in range(row + 1, len(candles)):
        if trade.stop is not None and not trade.beyond(float(worsts[later]), trade.stop):
            return
        if trade.beyond(float(bests[later]), trade.best):
            trade.best = float(bests[later])
        open_time = int(candles.open_time[later])
        for wanted in _wanted(trade, said, opinions.get(open_time)):
            if trade.improves(wanted):
                trade.stop = wanted
                yield open_time + period, wanted


def _wanted(trade: _Trade, said: Opinion, now: Opinion | None) -> Iterator[float]:
    """Where the stop belongs by what the entry said, and by what is said now."""
    plan, sign = said.exits, 1 if trade.side == "long" else -1
    if plan.trail_distance is not None:
        yield trade.best - sign * float(plan.trail_distance)
    if plan.break_even_distance is not None:
        far = trade.entry + sign * float(plan.break_even_distance)
        if not trade.beyond(far, trade.best):
            yield trade.entry
    if now is None:
        return
    trail = now.trail_long if trade.side == "long" else now.trail_short
    if trail is not None:
        yield float(trail)
