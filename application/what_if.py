"""What if: the recorded life of an account, lived once more on other terms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from application.lives.differing import Kind, differing
from application.lives.entries import Entry
from application.lives.life import Life
from application.lives.measuring import Lived, measured
from application.lives.obeying import Obeying
from application.lives.overriding import levels_of, says_something, silenced
from application.lives.wish import NO_WISH, Wish
from application.lives.witness import Witness, witness_of
from application.replay.planning import plan_behind
from application.replay.tape import Interest, Piece, RecordedTape
from application.setup import apply_plan
from application.verifying.tapes import Tapes
from domain.account.facts import AccountReset, CashAdjusted
from domain.account.state import Account
from domain.times import from_ms


class CannotBeOtherwise(ValueError):
    """That cannot be asked of this past; the message says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is wished of an account, from when to when (ms) on.

    `override`: what is wished of exits also takes the place of what strategies say.
    """

    account: str
    wish: Wish = NO_WISH
    since: int | None = None
    until: int | None = None
    override: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Both lives of an account that stands at the end as `account`.

    `is_as_recorded`: the recorded one follows from the tape with this release.

    `left_out` counts by reason the commands that made no sense in the other life, `own_exits` the
    entries there whose strategy itself said something of a level that is wished, `moved_cash` how
    often cash was paid in or out or the account reset.
    """

    account: Account
    recorded: Lived
    what_if: Lived
    trades: Mapping[Kind, int]
    is_as_recorded: bool
    left_out: Mapping[str, int]
    own_exits: int
    moved_cash: int


Tick = Callable[[int, int], None]
"""Is told how many positions of how many are gone through."""


def what_if(tapes: Tapes, question: Question, tick: Tick = lambda *_: None) -> Answer:
    """Live through the tape twice; raises UnknownAccount, CannotBeOtherwise."""
    both = _Both(witness_of(tapes, question.account), question)
    both.live(tick)
    return both.answer()


class _Both:
    """The recorded life, and the other, which begins as that one is at `switch`."""

    def __init__(self, witness: Witness, question: Question) -> None:
        self._witness = witness
        self._question = question
        self._interest = _interest(witness, question)
        self._begin, self._end = witness.begin, witness.end
        if question.until is not None:
            self._end = min(self._end, witness.before(question.until))
        since = self._begin if question.since is None else witness.before(question.since)
        self._switch = max(self._begin, since)
        if self._switch > self._begin and "capital" in question.wish.plan:
            raise CannotBeOtherwise(
                "an account gets its capital when it is opened: leave out --from to set another"
            )
        closed = witness.market.period_behind(self._switch)
        if closed is None or closed.position > self._end:
            raise CannotBeOtherwise("the account traded no period in that time")
        self._asked = witness.commands()
        obeying = Obeying(witness.market, witness.tapes.resolve, self._asked)
        self.recorded = Life(
            Account(question.account), self._begin, witness.story.givens, obeying
        )  # fmt: skip
        self._obeying = Obeying(
            witness.market, witness.tapes.resolve, self._asked, question.wish, self.recorded.entries
        )
        self.other: Life | None = None

    def live(self, tick: Tick) -> None:
        tapes = self._witness.tapes
        tape = RecordedTape(self._witness.market, self._interest, tapes.compute, tapes.resolve)
        for piece in tape.pieces(self._begin, self._end):
            if self.other is None and piece.until >= self._switch:
                self.recorded.through(piece._replace(until=self._switch))
                self.other = self._begun()
            self.recorded.through(piece)
            if self.other is not None:
                self.other.through(piece)
            tick(piece.until - self._begin, self._end - self._begin)

    def answer(self) -> Answer:
        since, until, other = self._question.since, self._question.until, self.other
        assert other is not None
        recorded = measured(self.recorded, since, until)
        moved = [each for each in other.facts if isinstance(each, CashAdjusted | AccountReset)]
        return Answer(
            other.account,
            recorded,
            measured(other, since, until),
            differing(self.recorded.entries, other.entries, recorded.metrics.first),
            self._is_as_recorded(),
            self._obeying.left_out,
            sum(map(self._has_own_exits, other.entries.by_key.values())),
            len(moved),
        )

    def _begun(self) -> Life:
        other = self.recorded.another(self._obeying, self._seen)
        self._obeying.own = other.entries
        closed = self._witness.market.period_behind(self._switch)
        if other.account.is_open and closed is not None:
            resolve, at = self._witness.tapes.resolve, from_ms(closed.close)
            plan = self._question.wish.of_plan(plan_behind(other.account, (), resolve))
            position = self._witness.market.acted_before(closed.position)
            other.tell(closed.close, apply_plan(other.account, plan, at, position))
        return other

    def _seen(self, piece: Piece) -> Piece:
        """The tape as the other life sees it."""
        wished = self._question.wish.of_piece(piece)
        return silenced(wished, self._levels) if self._question.override else wished

    @property
    def _levels(self) -> set[str]:
        return levels_of(self._question.wish.exits.keys())

    def _has_own_exits(self, entry: Entry) -> bool:
        return entry.opened is not None and says_something(entry.signal, self._levels)

    def _is_as_recorded(self) -> bool:
        """Whether the facts of the recorded life are those on the tape, as far as it was lived."""
        lived, facts = list(self.recorded.facts), list(self._witness.facts())
        is_whole = self._question.until is None
        return lived == (facts if is_whole else facts[: len(lived)])


def _interest(witness: Witness, question: Question) -> Interest:
    """What the account ever looked at, and what is wished; raises CannotBeOtherwise."""
    wished, known = question.wish.plan, witness.interest
    frame = wished.get("timeframe")
    if frame is not None and witness.market.period_before(frame, witness.end) is None:
        exchange = witness.story.exchange
        raise CannotBeOtherwise(f"no period of {exchange} {frame} is on the tape")
    warm_ups = known.warm_ups if frame is None else {frame: 0, **known.warm_ups}
    return Interest(warm_ups, [*known.pairs, *wished.get("pairs", ())])
