"""The trades of both, each beside its counterpart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from application.lives.entries import Entries, Entry, Key

Kind = Literal["equal", "different", "only_paper", "only_backtest"]


@dataclass(frozen=True, slots=True)
class Pair:
    """An entry on paper and in the backtest, or one of them; at least one became a trade."""

    key: Key
    paper: Entry | None
    test: Entry | None

    @property
    def kind(self) -> Kind:
        if self.paper is None or self.paper.opened is None:
            return "only_backtest"
        if self.test is None or self.test.opened is None:
            return "only_paper"
        return "equal" if _told(self.paper) == _told(self.test) else "different"

    @property
    def is_other_entry(self) -> bool:
        """Whether they differ from the entry on."""
        return self.kind != "different" or _entry(self.paper) != _entry(self.test)

    @property
    def is_on_paper(self) -> bool:
        """Whether paper has the trade, whatever the backtest has."""
        return self.paper is not None and self.paper.opened is not None

    @property
    def has_other_size(self) -> bool:
        """Whether both are trades, of different quantities."""
        opened = [each.opened.quantity for each in (self.paper, self.test)
                  if each is not None and each.opened is not None]  # fmt: skip
        return len(set(opened)) == 2

    @property
    def end(self) -> datetime | None:
        """When the longer one was over; None where one is open."""
        closed = [each.closed for each in self._trades]
        ends = [each.at for each in closed if each is not None]
        return max(ends) if len(ends) == len(closed) else None

    @property
    def parting(self) -> datetime:
        """When the first of both was over, if the entries are equal; else when it was signalled."""
        if self.is_other_entry:
            return self.key.at
        ends = [each.closed.at for each in self._trades if each.closed is not None]
        return min(ends, default=self.key.at)

    @property
    def _trades(self) -> list[Entry]:
        """Those that became trades."""
        both = (self.paper, self.test)
        return [each for each in both if each is not None and each.opened is not None]


def pairs_of(paper: Entries, test: Entries) -> Iterator[Pair]:
    """All pairs, in the order of their signals."""
    for key in sorted({*paper.by_key, *test.by_key}):
        pair = Pair(key, paper.by_key.get(key), test.by_key.get(key))
        if any(each is not None and each.opened is not None for each in (pair.paper, pair.test)):
            yield pair


def _entry(entry: Entry | None) -> object:
    """What tells of an entry, apart from numbers and from cash."""
    opened = None if entry is None else entry.opened
    if opened is None:
        return None
    return opened.at, opened.quantity, opened.entry_price, opened.fee, opened.stop, opened.target


def _told(entry: Entry) -> object:
    closed = entry.closed
    end = closed and (closed.at, closed.exit_price, closed.exit_reason, closed.fees, closed.profit)
    return _entry(entry), end
