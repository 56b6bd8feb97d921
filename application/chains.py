"""The place and the ids of an account's facts: which chain they belong to, what caused them."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from application.tapes import TapeEvent, account_stream, event_id
from domain.account.facts import AccountFact, TradeFact


def chained(account: str, after: int, facts: Sequence[AccountFact], cause: UUID) -> list[TapeEvent]:
    """Facts of one decision behind version `after` of the account.

    A fact is caused by the one before it in its trade, else by `cause`, the closed period; a
    trade's facts share the correlation id of the signal that began it.
    """
    stream = account_stream(account)
    last_of: dict[int, UUID] = {}
    events = []
    for version, fact in enumerate(facts, start=after + 1):
        own = event_id(stream, version)
        trade = fact.trade if isinstance(fact, TradeFact) else None
        ids = {
            "id": str(own),
            "correlation_id": str(own if trade is None else uuid5(stream, f"trade/{trade}")),
            "causation_id": str(cause if trade is None else last_of.get(trade, cause)),
        }
        if trade is not None:
            last_of[trade] = own
        events.append(TapeEvent(stream, version, fact, ids))
    return events
