"""One account, replayed: from one period that can change it to the next."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from application.replay.candles import AtClose, Loaded
from application.replay.closes import Closes
from application.replay.course import Course
from application.replay.ears import Ears
from application.replay.hearing import Heard
from application.replay.watch import Watch
from domain.account.decide import decide
from domain.account.facts import AccountFact
from domain.account.period import Failure, Opinion, Period
from domain.account.state import Account, Deployment
from domain.account.waking import NEVER, Alarm, Bounds, alarm, hears_everything
from domain.candles import Candle
from domain.markets import MarketRules, chosen
from domain.times import from_ms


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
        while True:
            course, number = life.next()
            place = course.place(number)
            if place > until or place == NEVER:
                break
            assert place > self.place, "a period is decided once"
            facts = decide(account, life.period(course, number, place))
            self.place = place
            if facts:
                yield Chapter(place, course.frame, course.at[number], facts)
        self.place = max(self.place, until)


class _Life:
    """A stretch of an account's life."""

    def __init__(self, account: Account, stretch: Stretch, place: int) -> None:
        self._account = account
        self._stretch = stretch
        courses = {name: self._course(name, place) for name in self._frames()}
        self._own = courses[account.timeframe]
        self._courses = list(courses.values())
        self._watches: dict[Bounds, Watch] = {}
        trades = account.trades.values()
        self._may_freeze = bool(stretch.delisted) or any(trade.frozen for trade in trades)

    def next(self) -> tuple[Course, int]:
        """The next period that can change the account."""
        own, when = self._own, alarm(self._account)
        is_awake = when.always or own.number == own.first or self._must_freeze()
        if is_awake and len(self._courses) == 1:
            return own, own.number
        course, number = self._heard()
        by_alarm = own.number if is_awake else self._woken(when, course.close(number))
        if course is own:
            return own, min(number, by_alarm)
        return (own, by_alarm) if own.place(by_alarm) < course.place(number) else (course, number)

    def period(self, course: Course, number: int, place: int) -> Period:
        """What the account sees; it lives on behind it."""
        stretch, said = self._stretch, course.said(number, self._account)
        candles = AtClose(course.loaded, course.at[number])
        for each in self._courses:
            each.number = number + 1 if each is course else each.closes.first_behind(place)
        return Period(
            stretch.exchange,
            course.frame,
            from_ms(course.at[number]),
            from_ms(course.closes.seen_at[number]),
            candles,
            stretch.rules,
            candles,
            [each for each in said if isinstance(each, Opinion)] if said else (),
            [each for each in said if isinstance(each, Failure)] if said else (),
            stretch.late.get(place, ()) if stretch.late else (),
            stretch.delisted,
        )

    def _heard(self) -> tuple[Course, int]:
        """The next period at which something is said that it must hear."""
        trades = self._account.trades.values()
        heard = [(each, each.next_heard(trades)) for each in self._courses]
        return heard[0] if len(heard) == 1 else min(heard, key=lambda it: it[0].place(it[1]))

    def _must_freeze(self) -> bool:
        """Whether a trade was opened in a market that is gone."""
        if not self._may_freeze:
            return False
        delisted, trades = self._stretch.delisted, self._account.trades.values()
        return any(trade.frozen != (trade.pair in delisted) for trade in trades)

    def _woken(self, when: Alarm, before: int) -> int:
        """The period of the execution timeframe at which the alarm goes off.

        It may be any later one where no candle that opens `before` (ms) sets it off.
        """
        own = self._own
        number = own.end if when.at == NEVER else own.closes.first_from(when.at)
        if when.bounds and own.number < own.end:
            number = min(number, self._reached(when.bounds, before))
        return max(number, own.number)

    def _reached(self, bounds: Collection[Bounds], before: int) -> int:
        """The first period whose candle reaches a bound, if it opens `before` (ms)."""
        own, length = self._own, self._own.closes.frame.ms
        since = own.at[own.number] - length
        self._watches = {each: self._watch(each, since) for each in bounds}
        found = [watch.first(since, before) for watch in self._watches.values()]
        opened = min([each for each in found if each is not None], default=None)
        return own.end if opened is None else own.closes.first_from(opened + length)

    def _watch(self, bounds: Bounds, since: int) -> Watch:
        known = self._watches.get(bounds)
        return known or Watch(self._own.loaded.rows_of(bounds.pair), bounds, since)

    def _frames(self) -> set[str]:
        """The timeframes that concern the account and have closes here."""
        of_strategies = {each.timeframe for each in self._account.strategies.values()}
        return {self._account.timeframe, *(of_strategies & self._stretch.closes.keys())}

    def _course(self, name: str, place: int) -> Course:
        stretch, deployed = self._stretch, self._account.strategies
        here = [deployed[each] for each in sorted(deployed) if deployed[each].timeframe == name]
        ears = self._ears(here, stretch.loaded[name]) if here else None
        return Course(stretch.closes[name], stretch.loaded[name], ears, place)

    def _ears(self, deployed: Sequence[Deployment], loaded: Loaded) -> Ears:
        heard = {
            (each.strategy, pair): self._stretch.hear(each, pair)
            for each in deployed
            if each.warm_up is not None
            for pair in chosen(self._account.pairs, loaded.rows)
        }
        return Ears(heard, everything=hears_everything(self._account))
