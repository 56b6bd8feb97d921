"""Where on the market tape a recorded fact belongs."""

from collections.abc import Iterable
from datetime import datetime

from application.replay.recorded import ClosedAt
from application.verifying.performing import cause_of
from application.verifying.recorded import RecordedFact, WitnessedMarket
from domain.account.state import Account
from domain.timeframes import timeframe
from domain.times import to_ms


def period_of(market: WitnessedMarket, account: Account, row: RecordedFact) -> ClosedAt | None:
    """The period that is said to have led to a fact, or that its time fits; None if there is none.

    A fact is dated with the open or the close of its candle.
    """
    said = row.said
    at = _moment(said.get("at"))
    if at is None or not account.timeframe:
        return None
    for frame in _frames(account):
        for close in (at, at + timeframe(frame).ms):
            cause = cause_of(market.exchange, ClosedAt(0, frame, close, close))
            if str(cause) == said.get("causation_id"):
                return market.period_at(frame, close)
    return market.period_from(account.timeframe, at)


def _frames(account: Account) -> Iterable[str]:
    return sorted({account.timeframe, *(each.timeframe for each in account.strategies.values())})


def _moment(text: object) -> int | None:
    try:
        return to_ms(datetime.fromisoformat(str(text)))
    except (ValueError, TypeError):
        return None
