"""The listings of markets as they were, out of the market tape."""

from collections.abc import Collection, Sequence
from typing import Any, LiteralString

import psycopg

from adapters.backtesting.prepared import Prepared
from adapters.backtesting.request import BadRequest
from adapters.backtesting.rules import as_chosen, made_up
from adapters.candle_folders import Steps
from application.ports import Listings
from domain.facts import decode
from domain.market_facts import MarketDelisted, MarketListed
from domain.markets import MarketRules
from domain.times import to_ms

_LISTINGS: LiteralString = """
    SELECT topic, state FROM market.tape_events
    WHERE topic IN ('MarketListed', 'MarketRulesChanged', 'MarketDelisted')
      AND notification_id <= %s
    ORDER BY notification_id"""


class ListedOnTape:
    """What became of some markets, oldest first."""

    def __init__(self, facts: Sequence[MarketListed | MarketDelisted]) -> None:
        self._facts = facts

    def changes(self, since: int, until: int) -> list[int]:
        """The moments (ms) between at which anything changed, ascending."""
        first = {fact.pair: fact for fact in reversed(self._facts)}
        moments = {to_ms(fact.at) for fact in self._facts if fact is not first[fact.pair]}
        return sorted(moment for moment in moments if since < moment < until)

    def as_of(self, moment: int) -> Listings:
        """What holds for periods that close behind a moment (ms).

        Before a market was seen for the first time, the rules that it had then.
        """
        found = Listings()
        for fact in self._facts:
            if to_ms(fact.at) <= moment or fact.pair not in found.rules:
                found.take(fact)
        return found


class TapeRules:
    """The rules of the markets as they were; where none are recorded, what the account's file says.

    Raises BadRequest where it says nothing.
    """

    def __init__(self, prepared: Prepared, pairs: tuple[str, ...], listings: ListedOnTape) -> None:
        self.pairs = pairs
        self.listings = listings
        self._choice = prepared.choice
        known = listings.as_of(0).rules
        self._made_up = {pair: _made_up(prepared, pair) for pair in pairs if pair not in known}

    def as_of(self, moment: int) -> dict[str, MarketRules]:
        """Those of periods that close behind a moment (ms)."""
        rules = {**self.listings.as_of(moment).rules, **self._made_up}
        return as_chosen((rules[pair] for pair in self.pairs), self._choice)


def listed(
    connection: psycopg.Connection[Any], exchange: str, pairs: Collection[str], position: int
) -> ListedOnTape:
    """What the tape says of these markets up to a position."""
    facts = list[MarketListed | MarketDelisted]()
    for topic, state in connection.execute(_LISTINGS, [position]):
        fact = decode(topic, state)
        assert isinstance(fact, MarketListed | MarketDelisted)
        if fact.exchange == exchange and fact.pair in pairs:
            facts.append(fact)
    return ListedOnTape(facts)


def _made_up(prepared: Prepared, pair: str) -> MarketRules:
    choice = prepared.choice
    if choice.tick is None or choice.lot is None:
        raise BadRequest(
            f"no rules of {pair} are on the tape, since it was never scanned: "
            "give tick and lot in a file with --account"
        )
    return made_up(prepared.request.exchange, pair, Steps(choice.tick, choice.lot))
