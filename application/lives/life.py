"""An account that lives through a recorded tape, and is remembered."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from application.lives.entries import Entries, entries_of
from application.lives.marks import Marks, Told
from application.replay.given import Given
from application.replay.lane import Lane
from application.replay.planning import copy_of
from application.replay.reliving import Take, relive
from application.replay.tape import Piece
from domain.account.facts import AccountFact, TradeFact
from domain.account.state import Account


class Life:
    """`see` makes of each piece of the tape what this life sees of it."""

    def __init__(
        self, account: Account, place: int, givens: Iterable[Given], take: Take,
        see: Callable[[Piece], Piece] = lambda piece: piece,
    ) -> None:  # fmt: skip
        self.lane = Lane(account, place)
        self.told: list[Told] = []
        self.entries = Entries()
        self.marks = Marks()
        self._givens = deque(givens)
        self._take = take
        self._see = see

    @property
    def account(self) -> Account:
        return self.lane.account

    @property
    def facts(self) -> Iterator[AccountFact]:
        """All facts, in order."""
        return (fact for _, facts in self.told for fact in facts)

    def through(self, piece: Piece) -> None:
        """Live through a piece of the tape."""
        begun = self.lane.place
        held = {trade.pair for trade in self.account.trades.values()}
        for chapter, given in relive(self.lane, self._see(piece), self._givens, self._take):
            close = self._newest(piece, chapter.place) + 1 if given else chapter.close
            self.tell(close, chapter.facts)
            held |= {fact.pair for fact in chapter.facts if isinstance(fact, TradeFact)}
        closes = piece.stretch.closes.get(self.account.timeframe)
        if closes is not None:
            part = slice(closes.first_behind(begun), closes.first_behind(self.lane.place))
            self.marks.add(closes, piece.stretch.loaded[self.account.timeframe], part, held)

    def tell(self, close: int, facts: list[AccountFact]) -> None:
        """Remember facts; equity shows them at that close (ms), or at the first behind it."""
        newest = self.told[-1][0] if self.told else 0
        self.told.append((max(close, newest), facts))
        self.entries.take(facts)

    def another(self, take: Take, see: Callable[[Piece], Piece]) -> "Life":
        """A life with the same past that goes on otherwise."""
        other = Life(copy_of(self.account), self.lane.place, self._givens, take, see)
        other.told, other.marks = [*self.told], self.marks.copy()
        other.entries = entries_of(self.facts)
        return other

    def _newest(self, piece: Piece, place: int) -> int:
        """The newest close (ms) of its own up to a place."""
        closes = piece.stretch.closes.get(self.account.timeframe)
        number = closes.first_behind(place) if closes is not None else 0
        return closes.at[number - 1] if closes is not None and number else self.marks.newest
