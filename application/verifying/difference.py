"""Where a recorded fact is not what follows from the market tape, and all that explains it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from application.replay.recorded import ClosedAt
from application.tapes import TapeEvent
from application.verifying.comparing import differing, differs_in_last_digits
from application.verifying.recorded import RecordedFact, as_recorded

DIFFERS = "what is recorded does not follow from the market tape"
MISSING = "a fact is missing: it follows from the market tape, and is not recorded"
EXTRA = "a fact too many: nothing on the market tape leads to it"
MISPLACED = "it stands behind facts of a later period, or of an account whose turn is later"
LOST = "a command was carried out, and none of its facts is recorded"
NOT_OPENED = "a fact is missing: the account was never opened"
UNKNOWN = "facts of an account that was never opened"

LAST_DIGITS = "only last digits differ: was it computed on another kind of machine?"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The candle of the period, and the indicator values that strategies saw, by strategy.

    `told` is the candle as its own event says, where the typed table says otherwise.
    """

    candle: Mapping[str, Decimal] | None = None
    told: Mapping[str, object] | None = None
    indicators: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """The first of an account, or of the engine's own facts: then `account` is empty.

    Where a fact is missing on a side, that side is None. `position` is its place on the market
    tape; `closed` the period there, where one led to it.
    """

    account: str
    version: int
    position: int
    why: str
    recorded: RecordedFact | None = None
    derived: RecordedFact | None = None
    closed: ClosedAt | None = None
    evidence: Evidence = Evidence()

    @property
    def fields(self) -> list[str]:
        """The names of those that differ."""
        return differing(self.recorded, self.derived)

    @property
    def pair(self) -> str | None:
        """The market that it is about."""
        for fact in (self.derived, self.recorded):
            pair = None if fact is None else fact.said.get("pair")
            if isinstance(pair, str):
                return pair
        return None

    def explained(self, evidence: Evidence) -> "Difference":
        """The same with what lies behind it."""
        if differs_in_last_digits(self.recorded, self.derived):
            evidence = replace(evidence, hints=(*evidence.hints, LAST_DIGITS))
        return replace(self, evidence=evidence)


def difference(
    account: str, position: int, why: str, row: RecordedFact | None, event: TapeEvent | None,
    closed: ClosedAt | None = None,
) -> Difference:  # fmt: skip
    """One of a recorded fact, a derived one, or both."""
    derived = None if event is None else as_recorded(event)
    version = next(each.version for each in (row, derived) if each is not None)
    return Difference(account, version, position, why, row, derived, closed)
