"""One account: what is recorded of it against what follows, up to the first difference."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from application.chains import chained
from application.replay.given import Given
from application.replay.lane import Chapter, Lane
from application.replay.recorded import ClosedAt
from application.replay.reliving import relive
from application.replay.tape import Piece
from application.verifying.comparing import Agreement, agreement
from application.verifying.difference import DIFFERS, EXTRA, MISSING, Difference, difference
from application.verifying.judging import Judging, Mark
from application.verifying.order import Order, Placed, of_period
from application.verifying.performing import Performing, cause_of
from application.verifying.recorded import RecordedFact
from application.verifying.rows import Rows
from application.verifying.tally import Tally
from domain.account.commands import CommandRefused
from domain.account.facts import AccountFact
from domain.account.state import Account


@dataclass(frozen=True, slots=True)
class Court:
    """What all accounts of an exchange are checked with, up to a position of the market tape."""

    exchange: str
    until: int
    performing: Performing
    tally: Tally
    order: Order


class AccountCheck:
    """Lives through the tape as the account did, and stops at its first difference."""

    def __init__(
        self, lane: Lane, rows: Rows, givens: Iterable[Given], court: Court, judging: Judging
    ) -> None:
        self.lane = lane
        self.difference: Difference | None = None
        self._rows = rows
        self._givens = deque(givens)
        self._court = court
        self._judging = judging
        self._refusal = ""
        self._since = Mark(lane.account.version, max(lane.place, 0))

    @property
    def account(self) -> Account:
        """As far as it has lived."""
        return self.lane.account

    def through(self, piece: Piece) -> None:
        """Check a piece of the tape."""
        while self.difference is None and (found := self._live(piece)) is not None:
            self._judge(found)

    def finish(self) -> None:
        """Nothing more follows: is anything more recorded?"""
        while self.difference is None and (row := self._rows.peek()) is not None:
            self._judge(difference(self.account.name, self.lane.place, EXTRA, row, None))

    def _live(self, piece: Piece) -> Difference | None:
        """Up to a difference that may be the replay's, or to one that is the tape's for sure."""
        for relived in relive(self.lane, piece, self._givens, self._take):
            found = self._compare(*relived)
            if found is not None and relived.given is None:
                return found
            if found is not None:
                self.difference = found
                return None
        return None

    def _take(self, account: Account, given: Given) -> list[AccountFact]:
        self._refusal = "what it says changes nothing: it was so already"
        try:
            return self._court.performing(account, given)
        except CommandRefused as refused:
            self._refusal = f"the account would have refused it: {refused}"
            return []

    def _compare(self, chapter: Chapter, given: Given | None) -> Difference | None:
        name, court, (place, frame, close, facts) = self.account.name, self._court, chapter
        if given is not None and not facts:
            version = given.named[0].version
            return Difference(name, version, place, self._refusal, self._rows.peek())
        closed = None if given else ClosedAt(place, frame, close, close)
        cause = cause_of(court.exchange, closed) if closed else court.performing.cause
        first = self.account.version - len(facts)
        taken = []
        for event in chained(name, first, facts, cause):
            row = self._rows.peek()
            if row is None or row.version != event.originator_version:
                return difference(name, place, MISSING, None, event, closed)
            agreed = agreement(row, event)
            if agreed is Agreement.NONE:
                return difference(name, place, DIFFERS, row, event, closed)
            court.tally.agreed[agreed] += 1
            taken.append(row)
            self._rows.take()
        self._note(place, given, first, taken)
        return None

    def _note(self, place: int, given: Given | None, first: int, rows: list[RecordedFact]) -> None:
        """They agree: remember from where to look closely, and whose turn it was."""
        name, court = self.account.name, self._court
        self._since = Mark(self.account.version, place) if given else Mark(first, place - 1)
        turn = court.performing.turn if given else of_period(place, name)
        for row in (rows[0], rows[-1]):
            court.order.note(Placed(row.position, turn, name, row.version))
        if given is not None:
            court.tally.take(given, is_asked_for=court.performing.is_asked_for)

    def _judge(self, found: Difference) -> None:
        """Accuse the tape, unless trading itself makes what is recorded."""
        until = self._givens[0].position if self._givens else self._court.until
        judged = self._judging.judged(found, self.account, self._since, until)
        if isinstance(judged, Difference):
            self.difference = judged
            return
        self._court.tally.confirmed += 1
        self.lane = Lane(judged.account, judged.position)
        self._rows.go_behind(judged.account.version)
        self._since = Mark(judged.account.version, judged.position)
