"""What the tapes hold of one account: its exchange, what was given to it, its facts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from application.commands import Asked
from application.replay.tape import Interest
from application.verify import UnknownAccount
from application.verifying.comparing import read
from application.verifying.recorded import WitnessedMarket
from application.verifying.stories import Story, interest_of, stories_of
from application.verifying.tapes import Tapes
from domain.account.facts import AccountFact


@dataclass(frozen=True, slots=True)
class Witness:
    """`begin` and `end` are positions on the market tape: all that it traded is between."""

    tapes: Tapes
    story: Story
    market: WitnessedMarket
    interest: Interest
    begin: int
    end: int

    def commands(self) -> Mapping[UUID, Asked]:
        """The commands of operators as they were put, by their ids."""
        done = self.tapes.trading.carried_out().items()
        return {id_: each.command for id_, each in done if each.command is not None}

    def facts(self) -> Iterator[AccountFact]:
        """All its facts, in order."""
        for row in self.tapes.trading.facts(self.story.stream):
            fact = read(row)
            if isinstance(fact, AccountFact):
                yield fact

    def before(self, moment: int, also: Iterable[str] = ()) -> int:
        """The position before the first period that closes behind a moment (ms)."""
        frames = {*self.interest.warm_ups, *also}
        found = (self.market.period_from(frame, moment + 1) for frame in sorted(frames))
        return min((each.position - 1 for each in found if each is not None), default=self.end)


def witness_of(tapes: Tapes, account: str) -> Witness:
    """What there is of an account; raises UnknownAccount."""
    stories = {story.account: story for story in stories_of(tapes.trading)}
    story = stories.get(account)
    if story is None or not story.exchange:
        known = ", ".join(sorted(stories)) or "none"
        raise UnknownAccount(f"the trading tape knows no account {account!r}; known: {known}")
    interest, market = interest_of([story]), tapes.market(story.exchange)
    end = tapes.trading.handled()
    return Witness(tapes, story, market, interest, story.givens[0].position, end)
