"""The two tapes as event-sourced applications: facts in, positions out.

Where a fact stands: its stream is a uuid5 of a readable name, its version is the market time where
that makes writing twice impossible, else a count. Market events are roots: an event's id is the
uuid5 of its stream and version.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

import msgspec
from eventsourcing.application import Application
from eventsourcing.persistence import Mapper, ProcessRecorder, StoredEvent, Tracking

from domain.account.evolve import fold
from domain.account.facts import AccountFact, AccountOpened
from domain.account.state import Account
from domain.candles import Series
from domain.facts import Fact, decode, encode
from domain.market_facts import (
    CandleClosed,
    CandleRevised,
    ExchangeResumed,
    ExchangeStalled,
    GapFilled,
    GapFound,
    MarketDelisted,
    MarketListed,
    MarketRevalidated,
    PeriodClosed,
    ScanFailed,
)
from domain.times import to_ms

MARKET = "market"
SNAPSHOT = "Account/2"
"""Raised whenever the state of an account gets another shape."""

NAMESPACE = UUID("6d6b9a52-8a5e-5c0b-9d4e-2f6f3f0c7a11")


@dataclass(frozen=True, slots=True)
class TapeEvent:
    """A fact at its place on a tape; `ids` are written into its JSON."""

    originator_id: UUID
    originator_version: int
    fact: Fact
    ids: dict[str, str] = field(default_factory=dict)


class FactMapper(Mapper[UUID]):
    """Stores facts as canonical JSON under their own name."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The row of an event."""
        event: TapeEvent = domain_event
        return StoredEvent(
            event.originator_id,
            event.originator_version,
            event.fact.topic,
            encode(event.fact, **event.ids),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The event of a row."""
        originator_id = stored_event.originator_id
        assert isinstance(originator_id, UUID)
        fact = decode(stored_event.topic, stored_event.state)
        return TapeEvent(originator_id, stored_event.originator_version, fact)


def stream(*name: str) -> UUID:
    """The id of a stream, from its readable name."""
    return uuid5(NAMESPACE, "/".join(name))


def event_id(originator_id: UUID, version: int) -> UUID:
    """The id of the event at a place: the same in every replay."""
    return uuid5(originator_id, str(version))


@lru_cache(maxsize=100_000)
def candle_stream(series: Series) -> UUID:
    """The stream of a series; its versions are open times in ms."""
    return stream("candles", *series)


def period_stream(exchange: str, timeframe: str) -> UUID:
    """The stream of an exchange's periods; its versions are close times in ms."""
    return stream("periods", exchange, timeframe)


def failure_stream(series: Series) -> UUID:
    """The stream of a series' failed scans; the newest event says whether it fails."""
    return stream("scan-failures", *series)


def gap_stream(series: Series) -> UUID:
    """The stream of a series' gaps; its versions are the open times of their starts, in ms."""
    return stream("gaps", *series)


def fill_stream(series: Series) -> UUID:
    """The stream of what came into a series' gaps; its versions are as of gaps."""
    return stream("gap-fills", *series)


def stall_stream(exchange: str) -> UUID:
    """The stream of an exchange's stalls; the newest event says whether it is stalled."""
    return stream("stalls", exchange)


def account_stream(account: str) -> UUID:
    """The stream of an account; its versions count."""
    return stream("account", account)


def market_stream(fact: Fact) -> UUID:
    """The stream of a market fact."""
    if type(fact) is CandleClosed:  # nearly all of them are
        return candle_stream(fact.series)
    match fact:
        case CandleRevised():
            return stream("revisions", *fact.series, str(fact.open_time))
        case PeriodClosed():
            return period_stream(fact.exchange, fact.timeframe)
        case ScanFailed() | MarketRevalidated():
            return failure_stream(Series(fact.exchange, fact.pair, fact.timeframe))
        case MarketListed() | MarketDelisted():
            return stream("market", fact.exchange, fact.pair)
        case GapFound():
            return gap_stream(fact.series)
        case GapFilled():
            return fill_stream(fact.series)
        case ExchangeStalled() | ExchangeResumed():
            return stall_stream(fact.exchange)
    raise TypeError(f"{fact.topic} is no market fact")


def market_version(fact: Fact) -> int | None:
    """The version that market time gives a fact, or None where it is counted."""
    match fact:
        case CandleRevised():
            return None
        case CandleClosed():
            return fact.open_time
        case PeriodClosed():
            return to_ms(fact.at)
        case GapFound() | GapFilled():
            return to_ms(fact.since)
    return None


def _account_fact(row: StoredEvent) -> AccountFact:
    fact = decode(row.topic, row.state)
    assert isinstance(fact, AccountFact)
    return fact


class Tape(Application[UUID]):
    """What both tapes share."""

    name = "tape"

    def last_version(self, originator_id: UUID) -> int:
        """The newest version in a stream, 0 when there is none."""
        newest = self.recorder.select_events(originator_id, desc=True, limit=1)
        return newest[0].originator_version if newest else 0

    def head(self) -> int:
        """The newest position."""
        return self.recorder.max_notification_id() or 0


class MarketTape(Tape):
    """What the exchanges said."""

    name = "tape"

    def record(self, facts: Sequence[Fact]) -> None:
        """Append facts, and their candles to the typed table, in one transaction."""
        events = self.placed(facts)
        candles = [
            (place, fact)
            for place, fact in enumerate(facts, start=1)
            if isinstance(fact, CandleClosed)
        ]
        self.recorder.insert_events(
            [self.mapper.to_stored_event(event) for event in events], candles=candles
        )

    def placed(self, facts: Sequence[Fact]) -> list[TapeEvent]:
        """Facts with stream and version; counted streams are read once."""
        counts: dict[UUID, int] = {}
        events = []
        for fact in facts:
            originator_id, version = market_stream(fact), market_version(fact)
            if version is None:
                last = counts.get(originator_id) or self.last_version(originator_id)
                version = counts[originator_id] = last + 1
            events.append(TapeEvent(originator_id, version, fact))
        return events


class TradingTape(Tape):
    """What the accounts did, and how far they have handled the market tape."""

    name = "tape"
    is_snapshotting_enabled = True

    def construct_recorder(self) -> ProcessRecorder:
        """The recorder that commits facts together with the position they come from."""
        return self.factory.process_recorder()

    def handled(self) -> int:
        """The position on the market tape up to which everything is decided."""
        assert isinstance(self.recorder, ProcessRecorder)
        return self.recorder.max_tracking_id(MARKET) or 0

    def record(self, events: Sequence[TapeEvent], *, handled: int, before: int) -> None:
        """Commit events and the position; refused if another process has moved it meanwhile."""
        self.recorder.insert_events(
            [self.mapper.to_stored_event(event) for event in events],
            tracking=Tracking(MARKET, handled),
            expected=before,
        )

    def record_command(self, events: Sequence[TapeEvent], command: UUID, *, before: int) -> None:
        """Commit a command's events with its answer; refused if the position has moved."""
        self.recorder.insert_events(
            [self.mapper.to_stored_event(event) for event in events],
            command=command,
            expected=before,
        )

    def account(self, name: str) -> Account:
        """An account's state, from its newest snapshot and the facts behind it."""
        originator_id = account_stream(name)
        account = self._snapshot(originator_id) or Account(name)
        rows = self.recorder.select_events(originator_id, gt=account.version)
        return fold(account, (_account_fact(row) for row in rows))

    def account_names(self) -> list[str]:
        """Every account that was ever opened."""
        rows = self.recorder.select_notifications(None, 10_000, topics=["AccountOpened"])
        facts = (decode(row.topic, row.state) for row in rows)
        return sorted(fact.account for fact in facts if isinstance(fact, AccountOpened))

    def keep_snapshot(self, account: Account) -> None:
        """Keep an account's state, so that it loads quickly however long it lives."""
        assert self.snapshots is not None
        state = msgspec.json.encode(account)
        row = StoredEvent(account_stream(account.name), account.version, SNAPSHOT, state)
        self.snapshots.recorder.insert_events([row])

    def _snapshot(self, originator_id: UUID) -> Account | None:
        assert self.snapshots is not None
        rows = self.snapshots.recorder.select_events(originator_id, desc=True, limit=1)
        if not rows or rows[0].topic != SNAPSHOT:
            return None
        return msgspec.json.decode(rows[0].state, type=Account)
