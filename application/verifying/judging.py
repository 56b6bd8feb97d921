"""Whether a difference that the replay found is one of the tape."""

from typing import NamedTuple

from application.tapes import TapeEvent
from application.verifying.comparing import Agreement, agreement
from application.verifying.confirming import Confirming, Lived
from application.verifying.difference import DIFFERS, EXTRA, MISSING, Difference, difference
from application.verifying.places import period_of
from application.verifying.recorded import RecordedFact, WitnessedMarket
from application.verifying.rows import Rows
from domain.account.state import Account


class Mark(NamedTuple):
    """A state that agrees: the account's version, and the place behind which it lives on."""

    version: int
    place: int


class Judging:
    """Asks trading itself, for one account: what that makes is what should be recorded."""

    def __init__(self, market: WitnessedMarket, confirming: Confirming, rows: Rows) -> None:
        self._market = market
        self._confirming = confirming
        self._rows = rows

    def judged(
        self, found: Difference, account: Account, since: Mark, until: int
    ) -> Difference | Lived:
        """The difference that trading finds; or where the account is, if it finds none.

        It lives behind a mark as far as the difference, and not behind the place `until`.
        """
        places = [since.place + 1, found.position]
        said = found.recorded and period_of(self._market, account, found.recorded)
        if said:
            places.append(said.position)
        state = self._rows.state(account.name, since.version)
        within = (min(place, until) for place in places)
        lived = self._confirming.live(state, since.place, within, found.version)
        return self._first(account.name, since, lived) or self._extra(found, lived) or lived

    def _first(self, account: str, since: Mark, lived: Lived) -> Difference | None:
        rows = {each.version: each for each in self._rows.behind(since.version, len(lived.events))}
        for place, event in lived.events:
            row = rows.get(event.originator_version)
            if row is None or agreement(row, event) is Agreement.NONE:
                return self._accused(account, place, row, event)
        return None

    def _extra(self, found: Difference, lived: Lived) -> Difference | None:
        """A recorded fact that trading does not come to."""
        if found.recorded is None or lived.account.version >= found.version:
            return None
        return self._accused(found.account, found.position, found.recorded, None)

    def _accused(
        self, account: str, place: int, row: RecordedFact | None, event: TapeEvent | None
    ) -> Difference:
        why = EXTRA if event is None else MISSING if row is None else DIFFERS
        closed = self._market.period_behind(place - 1)
        is_there = closed is not None and closed.position == place
        return difference(account, place, why, row, event, closed if is_there else None)
