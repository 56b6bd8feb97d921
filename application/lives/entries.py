"""Which entry of one life is which of another: numbers differ, the signals behind them do not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from domain.account.facts import (
    AccountFact,
    OrderPlaced,
    Purpose,
    SignalDeclined,
    SignalRaised,
    TradeClosed,
    TradeFact,
    TradeOpened,
)
from domain.account.terms import Side


class Key(NamedTuple):
    """What tells an entry from all others: when its signal was raised, by whom, where."""

    at: datetime
    pair: str
    strategy: str
    side: Side


@dataclass(slots=True)
class Entry:
    """An entry's signal and all that followed; `number` is the trade's in this life."""

    key: Key
    number: int
    facts: list[TradeFact] = field(default_factory=list)
    declined: SignalDeclined | None = None
    opened: TradeOpened | None = None
    closed: TradeClosed | None = None

    @property
    def signal(self) -> SignalRaised:
        """The signal to enter."""
        first = self.facts[0]
        assert isinstance(first, SignalRaised)
        return first


class Ordered(NamedTuple):
    """What an order was for."""

    entry: Entry
    purpose: Purpose


@dataclass(slots=True)
class Entries:
    """All entries of a life, oldest first, with the orders that belong to them."""

    by_key: dict[Key, Entry] = field(default_factory=dict)
    _by_number: dict[int, Entry] = field(default_factory=dict)
    _orders: dict[int, Ordered] = field(default_factory=dict)

    def take(self, facts: Iterable[AccountFact]) -> None:
        """Go on with these facts."""
        for fact in facts:
            if isinstance(fact, TradeFact):
                self._take(fact)

    def of_number(self, number: int) -> Entry | None:
        """The entry whose trade has that number."""
        return self._by_number.get(number)

    def order(self, number: int) -> Ordered | None:
        """What the order of that number was for."""
        return self._orders.get(number)

    def _take(self, fact: TradeFact) -> None:
        if isinstance(fact, SignalRaised) and fact.purpose == "enter":
            key = Key(fact.at, fact.pair, fact.strategy, fact.side)
            self.by_key[key] = self._by_number[fact.trade] = Entry(key, fact.trade)
        entry = self._by_number.get(fact.trade)
        if entry is None:
            return
        entry.facts.append(fact)
        match fact:
            case SignalDeclined(purpose="enter"):
                entry.declined = fact
            case OrderPlaced():
                self._orders[fact.order] = Ordered(entry, fact.purpose)
            case TradeOpened():
                entry.opened = fact
            case TradeClosed():
                entry.closed = fact


def entries_of(facts: Iterable[AccountFact]) -> Entries:
    """The entries among all facts of a life."""
    found = Entries()
    found.take(facts)
    return found
