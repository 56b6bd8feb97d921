"""`papertape compare`: a paper account against a backtest of the same time, trade by trade."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from application.comparing.backtested import backtested
from application.comparing.cause import Cause
from application.comparing.explaining import Explaining
from application.comparing.pairs import Pair, pairs_of
from application.lives.entries import entries_of
from application.lives.witness import witness_of
from application.verifying.tapes import Tapes
from domain.times import from_ms


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair of trades; equal ones have no cause."""

    pair: Pair
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All pairs of an account's trades, oldest first, between two moments."""

    account: str
    since: datetime
    until: datetime
    trades: list[Compared]

    @property
    def kinds(self) -> Counter[str]:
        return Counter(each.pair.kind for each in self.trades)

    @property
    def causes(self) -> Counter[str]:
        """How many differ, by the code of the cause."""
        return Counter(each.cause.code for each in self.trades if each.cause is not None)


def compare(tapes: Tapes, account: str) -> Comparison:
    """Compare an account; raises UnknownAccount, NothingToCompare."""
    witness = witness_of(tapes, account)
    test = backtested(witness)
    paper = list(witness.facts())
    derived = [fact for chapter in test.chapters for fact in chapter.facts]
    begun = witness.market.period_behind(witness.begin)
    assert begun is not None
    explaining = Explaining(witness, paper, derived, begun.close)
    trades = [
        Compared(pair, None if pair.kind == "equal" else explaining.cause(pair))
        for pair in pairs_of(entries_of(paper), entries_of(derived))
    ]
    closes = (witness.market.period_before(each, witness.end) for each in witness.interest.warm_ups)
    until = max((each.close for each in closes if each is not None), default=begun.close)
    return Comparison(account, from_ms(begun.close), from_ms(until), trades)
