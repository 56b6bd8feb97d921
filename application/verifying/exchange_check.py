"""All accounts of an exchange, side by side through a span of the tape."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from application.commands import Asked
from application.replay.given import Given
from application.replay.lane import Lane
from application.replay.tape import RecordedTape
from application.verifying.account_check import AccountCheck, Court
from application.verifying.confirming import Confirming
from application.verifying.difference import MISPLACED, Difference
from application.verifying.evidence import Evidences
from application.verifying.judging import Judging
from application.verifying.order import Order
from application.verifying.performing import Performing
from application.verifying.rows import Rows
from application.verifying.spans import EngineSpan
from application.verifying.stories import Story, interest_of
from application.verifying.tally import Tally
from application.verifying.tapes import Tapes


class ExchangeCheck:
    """Counts the periods and candles gone through into `tally`, and keeps what it finds."""

    def __init__(
        self, tapes: Tapes, exchange: str, stories: Sequence[Story], span: EngineSpan,
        asked: Mapping[UUID, Asked], tally: Tally,
    ) -> None:  # fmt: skip
        self.differences: list[Difference] = []
        self._tapes = tapes
        self._span = span
        self._tally = tally
        self._market = tapes.market(exchange)
        self._order = Order()
        performing = Performing(self._market, tapes.resolve, asked)
        court = Court(exchange, span.until, performing, tally, self._order)
        self._tape = RecordedTape(
            self._market, interest_of(stories), tapes.compute, tapes.resolve
        )  # fmt: skip
        self._checks = [(story, self._check(story, court)) for story in stories]

    def run(self) -> Iterator[int]:
        """Check all; yields the positions of the market tape that are gone through."""
        for piece in self._tape.pieces(self._span.after, self._span.until):
            for _, check in self._checks:
                check.through(piece)
            misplaced = self._order.first_misplaced(piece.until)
            if misplaced is not None:
                self.differences.append(
                    Difference(misplaced.account, misplaced.version, misplaced.place[0], MISPLACED)
                )
            yield piece.until
        for story, check in self._checks:
            if not any(self._is_at_the_end(given) for given in story.givens):
                check.finish()
        self._tally.periods += self._tape.periods
        self._tally.candles += self._tape.candles
        self.differences += self._explained()

    def _check(self, story: Story, court: Court) -> AccountCheck:
        """An account as it is when the span begins."""
        tapes, span = self._tapes, self._span
        rows = Rows(tapes.trading, story.stream, span.end)
        account = rows.fold_up_to(story.account, span.begin)
        confirming = Confirming(self._market, tapes.compute, tapes.resolve, tapes.libraries)
        givens = [
            given for given in story.givens
            if span.begin < given.recorded < span.end and not self._is_at_the_end(given)
        ]  # fmt: skip
        judging = Judging(self._market, confirming, rows)
        return AccountCheck(Lane(account, span.after), rows, givens, court, judging)

    def _is_at_the_end(self, given: Given) -> bool:
        """Whether the engine that follows may have done it, before its first period."""
        span = self._span
        return not span.is_last and given.position >= span.until and given.recorded < span.end

    def _explained(self) -> Iterator[Difference]:
        evidences = Evidences(self._market, self._tapes.compute, self._tapes.resolve)
        for _, check in self._checks:
            if check.difference is not None:
                yield check.difference.explained(evidences.of(check.difference, check.account))
