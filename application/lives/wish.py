"""How an account is wished to be, other than it was."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from msgspec.structs import replace as changed

from application.plans import AccountPlan
from application.replay.given import Given
from application.replay.tape import Piece
from domain.account.facts import AccountConfigured, AccountFact, AccountOpened
from domain.account.terms import BANDS, ExitPlan, FillModel, Terms
from domain.market_facts import MarketDelisted, MarketListed
from domain.markets import MarketRules


@dataclass(frozen=True, slots=True)
class Wish:
    """Values by field: of the plan (but for its terms), of its terms (but for these), and so on.

    `fee` takes the place of maker's and taker's fee of every market.
    """

    plan: Mapping[str, Any] = field(default_factory=dict)
    terms: Mapping[str, Any] = field(default_factory=dict)
    fills: Mapping[str, Any] = field(default_factory=dict)
    exits: Mapping[str, Any] = field(default_factory=dict)
    fee: Decimal | None = None

    def of_plan(self, plan: AccountPlan) -> AccountPlan:
        """A plan as it is wished to be."""
        return replace(plan, **self.plan, terms=self.of_terms(plan.terms))

    def of_terms(self, terms: Terms) -> Terms:
        """Terms as they are wished to be."""
        exits: ExitPlan = changed(terms.exits, **self.exits)
        return changed(terms, **self.terms, fills=self._fills(terms.fills), exits=exits)

    def of_given(self, given: Given) -> Given:
        """The same configuration, as it is wished to be; commands stay as they are."""
        named = (each._replace(fact=self._of_fact(each.fact)) for each in given.named)
        return replace(given, named=tuple(named))

    def of_piece(self, piece: Piece) -> Piece:
        """A piece of the tape with the wished fees."""
        if self.fee is None:
            return piece
        rules = {pair: self._rules(each) for pair, each in piece.stretch.rules.items()}
        return piece._replace(stretch=replace(piece.stretch, rules=rules))

    def of_listing(self, fact: MarketListed | MarketDelisted) -> MarketListed | MarketDelisted:
        """The listing of a market with the wished fees."""
        if self.fee is None or isinstance(fact, MarketDelisted):
            return fact
        return changed(fact, maker=self.fee, taker=self.fee)

    def _rules(self, rules: MarketRules) -> MarketRules:
        return changed(rules, maker=self.fee, taker=self.fee)

    def _of_fact(self, fact: AccountFact) -> AccountFact:
        match fact:
            case AccountOpened() if "capital" in self.plan:
                return changed(fact, capital=self.plan["capital"])
            case AccountConfigured():
                plan = {name: each for name, each in self.plan.items() if name != "capital"}
                if "pairs" in plan:
                    plan["pairs"] = list(plan["pairs"])
                return changed(fact, **plan, terms=self.of_terms(fact.terms))
        return fact

    def _fills(self, fills: FillModel) -> FillModel:
        """What is wished of fills alone changes the band as it was, and its name."""
        wished = changed(fills, **self.fills)
        if "band" in self.fills or wished == fills:
            return wished
        own = next((name for name, band in BANDS.items() if band == wished), None)
        was = fills.band.removesuffix(", changed")
        return changed(wished, band=own or f"{was}, changed")


NO_WISH = Wish()
"""All as it was."""
