"""What operators and configuration had done to an account up to a moment."""

from collections.abc import Iterator, Sequence

from application.comparing.cause import Cause
from application.comparing.pairs import Pair
from application.lives.entries import Entry
from application.replay.given import Given
from domain.account.evolve import fold
from domain.account.facts import (
    AccountFact,
    AccountPaused,
    AccountReset,
    CashAdjusted,
    MarketLocked,
    OrderCancelled,
    SignalDeclined,
    TradeFact,
)
from domain.account.state import Account

OF_CASH = {
    "insufficient_cash", "below_minimum", "max_exposure", "max_market_exposure",
    "max_base_exposure",
}  # fmt: skip
"""Reasons for which a signal is declined that hang on what the account has."""


class GivenBefore:
    """What was given, in order; the first is the account's opening."""

    def __init__(self, givens: Sequence[Given]) -> None:
        self._givens = givens
        self._first = fold(Account(""), givens[0].facts)

    def operator(self, pair: Pair) -> Cause | None:
        """The command that made them differ, if one did."""
        for fact in reversed(list(self._told(pair))):
            if self._concerns(fact, pair):
                words = f"operator: {fact.topic} at {fact.at:%m-%d %H:%M}"
                by = {name: getattr(fact, name) for name in ("by", "why")}
                return Cause("operator", words, {"topic": fact.topic, "at": fact.at, **by})
        return None

    def configuration(self, pair: Pair) -> Cause | None:
        """The change of configuration before they parted, if it concerns them."""
        now, at, was = Account(""), pair.parting, self._first
        changed_at = None
        for given in self._givens:
            facts = [fact for fact in given.facts if fact.at <= at]
            if given.is_configuration and facts:
                fold(now, facts)
                changed_at = facts[0].at
        changed = [each for each in _changes(was, now, pair.key.strategy) if _matters(each, pair)]
        if not changed or changed_at is None:
            return None
        words = f"configuration changed: {', '.join(changed)}"
        return Cause("configuration", words, {"at": changed_at, "changed": changed})

    def _told(self, pair: Pair) -> Iterator[AccountFact]:
        """Commands up to when the longer one was over."""
        for given in self._givens:
            for fact in given.facts:
                if not given.is_configuration and (pair.end is None or fact.at <= pair.end):
                    yield fact

    def _concerns(self, fact: AccountFact, pair: Pair) -> bool:
        paper, at = pair.paper, pair.key.at
        match fact:
            case TradeFact():
                return paper is not None and fact.trade == paper.number
            case AccountPaused():
                return "paused" in reasons_of(paper)
            case MarketLocked():
                return fact.pair == pair.key.pair and "locked" in reasons_of(paper)
            case CashAdjusted():
                return fact.at <= at and _is_of_cash(pair)
            case AccountReset():
                return _is_ended_by_reset(paper) or (fact.at <= at and _is_of_cash(pair))
        return False


def _changes(was: Account, now: Account, strategy: str) -> Iterator[str]:
    for name in ("timeframe", "stake", "max_open_trades", "pairs"):
        if getattr(was, name) != getattr(now, name):
            yield name
    for name in was.terms.__struct_fields__:
        if getattr(was.terms, name) != getattr(now.terms, name):
            yield name
    if was.strategies.get(strategy) != now.strategies.get(strategy):
        yield strategy


def _matters(changed: str, pair: Pair) -> bool:
    """Whether what was changed can have made the difference."""
    if changed in ("stake", "sizing", "reserve"):
        return _is_of_cash(pair)
    if changed == "max_open_trades":
        return changed in reasons_of(pair.paper) | reasons_of(pair.test)
    return True


def reasons_of(entry: Entry | None) -> set[str]:
    """Why its signals were declined and its orders cancelled."""
    facts = () if entry is None else entry.facts
    return {each.reason for each in facts if isinstance(each, SignalDeclined | OrderCancelled)}


def _is_of_cash(pair: Pair) -> bool:
    """Whether it hangs on what the account has."""
    reasons = reasons_of(pair.paper) | reasons_of(pair.test)
    return pair.has_other_size or not OF_CASH.isdisjoint(reasons)


def _is_ended_by_reset(entry: Entry | None) -> bool:
    if "reset" in reasons_of(entry):
        return True
    return entry is not None and entry.closed is not None and entry.closed.exit_reason == "reset"
