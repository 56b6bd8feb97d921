"""The facts of a stream as they are recorded, one after the other."""

from itertools import islice, takewhile
from uuid import UUID

from application.verifying.recorded import RecordedFact, RecordedTrading
from domain.account.evolve import fold
from domain.account.facts import AccountFact
from domain.account.state import Account
from domain.facts import decode


class Rows:
    """Those that lie before a position on the trading tape; `taken` is the version of the last."""

    def __init__(self, tape: RecordedTrading, stream: UUID, end: int) -> None:
        self._tape = tape
        self._stream = stream
        self._end = end
        self.taken = 0
        self._rows = tape.facts(stream)
        self._next = next(self._rows, None)

    def fold_up_to(self, account: str, position: int) -> Account:
        """The account by those before a position on the trading tape, which are taken."""
        state = Account(account)
        while (row := self.peek()) is not None and row.position < position:
            self.take()
            fold(state, [_of_account(row)])
        return state

    def peek(self) -> RecordedFact | None:
        """The next one; it stays."""
        row = self._next
        return row if row is not None and row.position < self._end else None

    def take(self) -> RecordedFact | None:
        """The next one."""
        row = self.peek()
        if row is not None:
            self.taken = row.version
            self._next = next(self._rows, None)
        return row

    def go_behind(self, version: int) -> None:
        """Go on behind a version, forwards or backwards."""
        self._rows = self._tape.facts(self._stream, version)
        self._next = next(self._rows, None)
        self.taken = version

    def behind(self, version: int, count: int) -> list[RecordedFact]:
        """At most so many behind a version; where one goes on stays."""
        return list(islice(self._tape.facts(self._stream, version), count))

    def state(self, account: str, version: int) -> Account:
        """The account by its recorded facts up to a version."""
        rows = takewhile(lambda row: row.version <= version, self._tape.facts(self._stream))
        return fold(Account(account), map(_of_account, rows))


def _of_account(row: RecordedFact) -> AccountFact:
    fact = decode(row.topic, row.state)
    assert isinstance(fact, AccountFact)
    return fact
