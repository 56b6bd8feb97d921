"""The listings of an exchange's markets, as of any position of its tape."""

from bisect import bisect_right
from collections.abc import Sequence

from application.ports import Listings
from domain.market_facts import MarketDelisted, MarketListed

Listing = tuple[int, MarketListed | MarketDelisted]
"""What became of a market, and at which position."""


class Listed:
    """Quickest when it is asked for one position after the other."""

    def __init__(self, facts: Sequence[Listing]) -> None:
        self._facts = facts
        self._positions = [position for position, _ in facts]
        self._taken = 0
        self._listings = Listings()

    def changes(self, after: int, until: int) -> list[int]:
        """The positions behind one up to another at which listings change."""
        begin, end = (bisect_right(self._positions, each) for each in (after, until))
        return self._positions[begin:end]

    def as_of(self, position: int) -> Listings:
        """The markets as they were listed at a position; it stays as it is."""
        number = bisect_right(self._positions, position)
        if number < self._taken:
            self._taken, self._listings = 0, Listings()
        if number > self._taken:
            known = self._listings
            self._listings = Listings(dict(known.rules), set(known.delisted))
            for _, fact in self._facts[self._taken : number]:
                self._listings.take(fact)
            self._taken = number
        return self._listings
