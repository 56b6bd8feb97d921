"""The trades of two lives against each other."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from application.lives.entries import Entries, Entry, Key

Kind = Literal["same", "other_end", "other_size", "only_recorded", "only_what_if"]
KINDS: tuple[Kind, ...] = ("same", "other_end", "other_size", "only_recorded", "only_what_if")


def differing(recorded: Entries, otherwise: Entries, since: datetime) -> dict[Kind, int]:
    """How many trades are how, of those that were open at some moment behind `since`.

    The end of a trade is when, at which price and why it was left; its size, all else.
    """
    keys = dict.fromkeys((*_traded(recorded, since), *_traded(otherwise, since)))
    count = Counter(_kind(recorded.by_key.get(key), otherwise.by_key.get(key)) for key in keys)
    return {kind: count[kind] for kind in KINDS}


def _traded(entries: Entries, since: datetime) -> Iterable[Key]:
    return (
        key
        for key, entry in entries.by_key.items()
        if entry.opened is not None and (entry.closed is None or entry.closed.at > since)
    )


def _kind(recorded: Entry | None, otherwise: Entry | None) -> Kind:
    if recorded is None or recorded.opened is None:
        return "only_what_if"
    if otherwise is None or otherwise.opened is None:
        return "only_recorded"
    if _end(recorded) != _end(otherwise):
        return "other_end"
    return "same" if _size(recorded) == _size(otherwise) else "other_size"


def _end(entry: Entry) -> object:
    closed = entry.closed
    return None if closed is None else (closed.at, closed.exit_price, closed.exit_reason)


def _size(entry: Entry) -> object:
    assert entry.opened is not None
    opened, closed = entry.opened, entry.closed
    bought = opened.at, opened.entry_price, opened.quantity, opened.fee
    return bought if closed is None else (*bought, closed.fees, closed.profit)
