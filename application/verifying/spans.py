"""Spans of a trading tape, each decided by one version of the rules and of what computes."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from application.tapes import TapeEvent, event_id
from application.trading import ENGINE, ENGINE_STREAM
from application.verifying.comparing import Agreement, agreement, read
from application.verifying.difference import DIFFERS, EXTRA, MISSING, Difference, difference
from application.verifying.recorded import RecordedFact, RecordedTrading, WitnessedMarket
from application.verifying.tapes import Tapes
from domain.account.facts import EngineChanged
from domain.facts import decode
from domain.market_facts import PeriodClosed
from domain.times import EPOCH


class EngineSpan(NamedTuple):
    """From one EngineChanged to the next, or to the end.

    It lies behind `after` up to `until` on the market tape; its facts between `begin` and `end` on
    the trading tape, both excluded. `is_last`: no other engine follows.
    """

    engine: EngineChanged
    after: int
    until: int
    begin: int
    end: int
    is_last: bool

    @property
    def facts(self) -> int:
        """How many facts of accounts it has."""
        return self.end - self.begin - 1

    def is_of(self, libraries: Mapping[str, str]) -> bool:
        """Whether these rules and libraries can derive it."""
        return (self.engine.engine, self.engine.libraries) == (ENGINE, dict(libraries))


def spans_of(trading: RecordedTrading, handled: int) -> list[EngineSpan]:
    """All spans, up to the position that is handled of the market tape."""
    changes = [
        (fact, row.position)
        for row in trading.facts(ENGINE_STREAM)
        if isinstance(fact := read(row), EngineChanged)
    ]
    ends = [(fact.market_position, position, False) for fact, position in changes[1:]]
    ends.append((handled, trading.head() + 1, True))
    return [
        EngineSpan(fact, fact.market_position, until, begin, end, is_last)
        for (fact, begin), (until, end, is_last) in zip(changes, ends, strict=False)
    ]


def engine_difference(tapes: Tapes, handled: int) -> Iterator[Difference]:
    """Where the first fact of an engine does not stand in its place: before a period.

    Given is what the engine was changed to; the first one stands before the first period.
    """
    market, rows = tapes.market(""), list(tapes.trading.facts(ENGINE_STREAM))
    if not rows:
        usual = EngineChanged(EPOCH, ENGINE, dict(tapes.libraries), 0)
        expected = _expected(market, usual, 1, handled)
        if expected is not None:
            yield difference("", 0, MISSING, None, expected)
    for version, row in enumerate(rows, start=1):
        found = _difference(market, row, version, handled)
        if found is not None:
            yield found
            return


def _difference(
    market: WitnessedMarket, row: RecordedFact, version: int, handled: int
) -> Difference | None:
    fact = read(row)
    if row.version != version or not isinstance(fact, EngineChanged):
        return Difference("", version, 0, MISSING if row.version != version else DIFFERS, row)
    expected = _expected(market, fact, version, handled)
    if expected is None:
        return difference("", fact.market_position, EXTRA, row, None)
    if agreement(row, expected) is Agreement.NONE:
        return difference("", fact.market_position, DIFFERS, row, expected)
    return None


def _expected(
    market: WitnessedMarket, changed: EngineChanged, version: int, handled: int
) -> TapeEvent | None:
    """The fact in its place, before the next period; None where none was traded."""
    after = changed.market_position if version > 1 else 0
    for row in market.acts(after, handled):
        if row.topic == PeriodClosed.__name__:
            closed, position = decode(row.topic, row.state), market.acted_before(row.position)
            fact = EngineChanged(closed.at, changed.engine, changed.libraries, position)
            own = str(event_id(ENGINE_STREAM, version))
            ids = {"id": own, "correlation_id": own, "causation_id": own}
            return TapeEvent(ENGINE_STREAM, version, fact, ids)
    return None
