"""One account, replayed: from one period that can change it to the next."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from application.replay.candles import AtClose, Loaded
from application.replay.closes import Closes
from application.replay.ears import Ears
from application.replay.hearing import Heard
from application.replay.watch import Watch
from domain.account.decide import decide
from domain.account.facts import AccountFact
from domain.account.period import Failure, Opinion, Period
from domain.account.state import Account, Deployment, Trade
from domain.account.waking import NEVER, Alarm, Bounds, alarm, hears_everything
from domain.candles import Candle
from domain.markets import MarketRules, chosen


@dataclass(frozen=True, slots=True)
class Stretch:
    """What holds while no candle comes late or is revised, and no market's listing changes.

    By timeframe: the candles that are loaded, and the closes. `late` holds by a period's place the
    candles that came late before it. `hear` is what a deployed strategy says of a pair.
    """

    exchange: str
    loaded: Mapping[str, Loaded]
    closes: Mapping[str, Closes]
    rules: Mapping[str, MarketRules]
    hear: Callable[[Deployment, str], Heard]
    delisted: Set[str] = frozenset()
    late: Mapping[int, Sequence[tuple[str, Candle]]] = field(default_factory=dict)


class Chapter(NamedTuple):
    """The facts that a period led to; its place, its timeframe and its close (ms)."""

    place: int
    timeframe: str
    close: int
    facts: list[AccountFact]


class _Wake(NamedTuple):
    place: int
    course: "_Course"
    number: int


class Lane:
    """An account that has lived through all periods up to `place`."""

    def __init__(self, account: Account, place: int = -1) -> None:
        self.account = account
        self.place = place

    def live(self, stretch: Stretch, until: int) -> Iterator[Chapter]:
        """What happens behind `place` up to the place `until`; periods without facts are left out.

        Periods that cannot change the account are passed over.
        """
        account, life = self.account, _Life(self.account, stretch, self.place)
        while (wake := life.next()) is not None and wake.place <= until:
            assert wake.place > self.place, "a period is decided once"
            facts = decide(account, life.period(wake))
            self.place = wake.place
            if facts:
                course = wake.course
                yield Chapter(wake.place, course.frame, course.closes.at[wake.number], facts)
        self.place = max(self.place, until)


class _Course:
    """The closes of one timeframe, the next of which is `number`, and what is heard at them."""

    def __init__(self, closes: Closes, loaded: Loaded, ears: Ears | None, place: int) -> None:
        self.frame = closes.frame.name
        self.closes = closes
        self.loaded = loaded
        self.ears = ears
        self.number = self.first = closes.first_behind(place)
        self.end = len(closes)

    def wake(self, number: int) -> _Wake | None:
        """The wake at a period, if there is one of that number."""
        return _Wake(self.closes.places[number], self, number) if number < self.end else None

    def heard(self, trades: Collection[Trade]) -> _Wake | None:
        """The next period at which something is said that the account must hear."""
        if self.ears is None or self.number >= self.end:
            return None
        close = self.ears.next(self.closes.at[self.number], trades)
        return None if close == NEVER else self.wake(self.closes.first_from(close))

    def said(self, close: int, account: Account) -> list[Opinion | Failure]:
        """What is said at a close."""
        return [] if self.ears is None else self.ears.at(close, account)

    def pass_over(self, wake: _Wake) -> None:
        """Go on behind a wake."""
        is_own = wake.course is self
        self.number = wake.number + 1 if is_own else self.closes.first_behind(wake.place)


class _Life:
    """A stretch of an account's life."""

    def __init__(self, account: Account, stretch: Stretch, place: int) -> None:
        self._account = account
        self._stretch = stretch
        courses = {name: self._course(name, place) for name in self._frames()}
        self._own = courses[account.timeframe]
        self._courses = list(courses.values())
        self._watches: dict[Bounds, Watch] = {}

    def next(self) -> _Wake | None:
        """The next period that can change the account."""
        account, own, when = self._account, self._own, alarm(self._account)
        is_awake = when.always or own.number == own.first or self._must_freeze()
        if is_awake and len(self._courses) == 1:
            return own.wake(own.number)
        trades = account.trades.values()
        heard = [wake for each in self._courses if (wake := each.heard(trades)) is not None]
        first = min(heard, default=None)
        by_alarm = own.wake(own.number if is_awake else self._woken(when, first))
        if by_alarm is None:
            return first
        return by_alarm if first is None or by_alarm.place < first.place else first

    def period(self, wake: _Wake) -> Period:
        """What the account sees; it lives on behind it."""
        course, number, stretch = wake.course, wake.number, self._stretch
        closes = course.closes
        close = closes.at[number]
        candles = AtClose(course.loaded, close)
        said = course.said(close, self._account)
        for each in self._courses:
            each.pass_over(wake)
        return Period(
            stretch.exchange,
            course.frame,
            closes.closed_at(number),
            closes.seen(number),
            candles,
            stretch.rules,
            candles,
            [each for each in said if isinstance(each, Opinion)] if said else (),
            [each for each in said if isinstance(each, Failure)] if said else (),
            stretch.late.get(wake.place, ()),
            stretch.delisted,
        )

    def _must_freeze(self) -> bool:
        """Whether a trade was opened in a market that is gone."""
        delisted = self._stretch.delisted
        for trade in self._account.trades.values():
            if trade.frozen != (trade.pair in delisted):
                return True
        return False

    def _woken(self, when: Alarm, before: _Wake | None) -> int:
        """The period of the execution timeframe at which the alarm goes off.

        It may be any later one where that is behind another wake.
        """
        own = self._own
        number = own.closes.first_from(when.at) if when.at != NEVER else own.end
        if when.bounds and own.number < own.end:
            until = NEVER if before is None else before.course.closes.at[before.number]
            number = min(number, self._reached(when.bounds, until))
        return max(number, own.number)

    def _reached(self, bounds: Collection[Bounds], until: int) -> int:
        """The first period whose candle reaches a bound, if it opens before `until` (ms)."""
        closes, length = self._own.closes, self._own.closes.frame.ms
        since = closes.at[self._own.number] - length
        self._watches = {each: self._watch(each, since) for each in bounds}
        found = [watch.first(since, until) for watch in self._watches.values()]
        opened = min([each for each in found if each is not None], default=NEVER)
        return closes.first_from(opened + length)

    def _watch(self, bounds: Bounds, since: int) -> Watch:
        known = self._watches.get(bounds)
        return known or Watch(self._own.loaded.rows_of(bounds.pair), bounds, since)

    def _frames(self) -> set[str]:
        """The timeframes that concern the account and have closes here."""
        of_strategies = {each.timeframe for each in self._account.strategies.values()}
        return {self._account.timeframe, *(of_strategies & self._stretch.closes.keys())}

    def _course(self, name: str, place: int) -> _Course:
        stretch, deployed = self._stretch, self._account.strategies
        here = [deployed[each] for each in sorted(deployed) if deployed[each].timeframe == name]
        ears = self._ears(here, stretch.loaded[name]) if here else None
        return _Course(stretch.closes[name], stretch.loaded[name], ears, place)

    def _ears(self, deployed: Sequence[Deployment], loaded: Loaded) -> Ears:
        heard = {
            (each.strategy, pair): self._stretch.hear(each, pair)
            for each in deployed
            if each.warm_up is not None
            for pair in chosen(self._account.pairs, loaded.rows)
        }
        return Ears(heard, everything=hears_everything(self._account))
