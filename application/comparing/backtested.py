"""The backtest of an account's time: its first configuration, on the candles as they are now."""

from collections.abc import Iterator
from itertools import pairwise

from application.backtest import Outcome, Recorded, Span, backtest
from application.lives.witness import Witness
from application.plans import AccountPlan
from application.replay.listed import Listed
from application.replay.planning import plan_behind
from application.replay.shelf import BeforePlace
from domain.account.state import Account
from domain.blocks import BLOCK, needed
from domain.candles import Candles
from domain.markets import chosen
from domain.timeframes import Timeframe, timeframe

NOW = 2**62
"""A position behind all others."""

AT_ONCE = 2_000_000
"""So many candles are in memory at once, or few more."""


class NothingToCompare(ValueError):
    """The account has traded no period yet."""


def backtested(witness: Witness) -> Outcome:
    """What the account would have done; raises NothingToCompare."""
    return _Backtested(witness).outcome()


class _Backtested:
    """`since` and `until` (ms): it lives through the closes behind one up to the other."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        story, tapes = witness.story, witness.tapes
        self._plan = plan_behind(Account(story.account), story.givens[0].facts, tapes.resolve)
        self._listed = Listed(witness.market.listings())
        first = witness.market.period_behind(witness.begin)
        last = [witness.market.period_before(name, witness.end) for name in self._warm_ups]
        if first is None or first.position > witness.end:
            raise NothingToCompare(f"account {story.account!r} has traded no period yet")
        self.since = first.close - 1
        self.until = max(each.close for each in last if each is not None)

    def outcome(self) -> Outcome:
        tapes, exchange = self._witness.tapes, self._witness.story.exchange
        recorded = Recorded(exchange, {}, self._spans())
        return backtest(recorded, [self._plan], tapes.compute, tapes.resolve)[0]

    @property
    def _warm_ups(self) -> dict[str, int]:
        return warm_ups_of(self._plan)

    def _spans(self) -> Iterator[Span]:
        """Spans with the listings that the account saw."""
        frames = [timeframe(name) for name in self._warm_ups]
        for begin, end in pairwise(self._bounds(frames)):
            listings = self._listed.as_of(self._witness.before(begin))
            candles = {frame.name: self._candles(frame, begin, end) for frame in frames}
            before = {
                frame.name: BeforePlace(self._witness.market.history(frame.name), NOW)
                for frame in frames
            }
            yield Span(candles, begin, end, before, listings.rules, listings.delisted)

    def _bounds(self, frames: list[Timeframe]) -> list[int]:
        market, shortest = self._witness.market, min(frame.ms for frame in frames)
        pairs = max(len(market.markets(frame.name)) for frame in frames)
        step = max(BLOCK, AT_ONCE // max(1, pairs)) * shortest
        places = self._listed.changes(self._witness.begin, self._witness.end)
        closed = [market.period_behind(place) for place in places]
        changes = {each.close - 1 for each in closed if each is not None}
        inner = {*range(self.since, self.until, step), *changes}
        return sorted({self.since, self.until, *(x for x in inner if self.since < x < self.until)})

    def _candles(self, frame: Timeframe, begin: int, end: int) -> dict[str, Candles]:
        market, warm_up = self._witness.market, self._warm_ups[frame.name]
        pairs = chosen(self._plan.pairs, market.markets(frame.name).values())
        since = max(0, needed(frame.open_of(begin), frame, warm_up).since)
        history, until = market.history(frame.name), end - frame.ms + 1
        return {pair: history.versions(pair, since, until, NOW).as_of(NOW) for pair in pairs}


def warm_ups_of(plan: AccountPlan) -> dict[str, int]:
    """The timeframes of a plan, with the candles that must lie before one that may signal."""
    warm_ups = {plan.timeframe: 0}
    for each in plan.strategies:
        warm_ups[each.timeframe] = max(warm_ups.get(each.timeframe, 0), each.warm_up)
    return warm_ups
