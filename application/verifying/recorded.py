"""What a check asks of the two tapes, as they were at one moment."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from application.commands import Asked
from application.ports import TapeRow
from application.replay.recorded import ClosedAt, RecordedMarket
from application.tapes import TapeEvent
from domain.facts import encode


class RecordedFact(NamedTuple):
    """A fact as it lies in its stream on the trading tape; `position` is its place on the tape."""

    version: int
    topic: str
    state: bytes
    position: int

    @property
    def said(self) -> dict[str, object]:
        """Its JSON; empty where it is none."""
        try:
            said = msgspec.json.decode(self.state)
        except msgspec.DecodeError:
            return {}
        return said if isinstance(said, dict) else {}


def as_recorded(event: TapeEvent, position: int = 0) -> RecordedFact:
    """An event as it would lie there."""
    state = encode(event.fact, **event.ids)
    return RecordedFact(event.originator_version, event.fact.topic, state, position)


class CarriedOut(NamedTuple):
    """A command that was answered with `done`, as it was asked; None where it cannot be read."""

    account: str
    command: Asked | None


class RecordedTrading(Protocol):
    """The trading tape."""

    def handled(self) -> int:
        """The position on the market tape up to which everything is decided."""
        ...

    def head(self) -> int:
        """Its newest position."""
        ...

    def streams(self) -> Set[UUID]:
        """All streams that have facts."""
        ...

    def facts(self, stream: UUID, after: int = 0) -> Iterator[RecordedFact]:
        """The facts of a stream behind a version, in order."""
        ...

    def of_topics(self, topics: Sequence[str]) -> Iterator[tuple[UUID, RecordedFact]]:
        """The facts of some topics with their streams, in order of the tape."""
        ...

    def sources(self) -> Set[str]:
        """The strategies' sources whose text is kept, by their SHA-256."""
        ...

    def carried_out(self) -> Mapping[UUID, CarriedOut]:
        """The commands that were done, by their ids."""
        ...


class WitnessedMarket(RecordedMarket, Protocol):
    """The market tape of an exchange, and single events on it."""

    def acts(self, after: int, until: int) -> Iterator[TapeRow]:
        """All events but candles behind a position up to another, of all exchanges."""
        ...

    def periods_behind(self, position: int) -> int:
        """How many periods, of all exchanges, are closed behind a position."""
        ...

    def acts_back(self, position: int, count: int) -> int:
        """The position that so many of these events lie behind, up to a position; at least 0."""
        ...

    def period_at(self, frame: str, close: int) -> ClosedAt | None:
        """The period of a timeframe with that close (ms)."""
        ...

    def period_from(self, frame: str, close: int) -> ClosedAt | None:
        """The first period of a timeframe with that close (ms) or a later one."""
        ...

    def candle_as_told(self, pair: str, frame: str, open_time: int, as_of: int) -> bytes | None:
        """The JSON of a candle that opens then (ms), as of a position."""
        ...
