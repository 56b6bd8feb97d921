"""Health: for each market of each scan a state and a sentence that says what is the matter.

delisted   the exchange does not offer it any more
stalled    its exchange shows no sign of life
failing    asking for it fails
late       the exchange answers without its candles, which is not usual for it
well       none of these
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from projections.gaps import Lack
from projections.scans import ScanRow

State = Literal["well", "late", "failing", "delisted", "stalled"]
STATES: tuple[State, ...] = get_args(State)

_NEWS = timedelta(days=7)
_USUAL = 0.01
_REASON = 160


@dataclass(frozen=True, slots=True)
class Watched(ScanRow):
    """A market's scan and what else bears on it.

    `closed_at` is the scan's newest period, `clock` the newest time known of the exchange;
    `stalled_since` is there while it is stalled, `delisted_at` while the market is.
    """

    closed_at: datetime | None = None
    clock: datetime | None = None
    stalled_since: datetime | None = None
    stall_reason: str | None = None
    delisted_at: datetime | None = None
    delisted_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How a market fares, in a word and in a sentence; `since` when it is not well.

    `missing_candles` are those of its `open_gaps`: outages that have not been filled.
    """

    exchange: str
    timeframe: str
    pair: str
    state: State
    sentence: str
    since: datetime | None
    last_candle_at: datetime | None
    last_seen_at: datetime | None
    missing_periods: int
    failures_in_a_row: int
    missing_candles: int
    open_gaps: int


def state_of(row: Watched) -> State:
    """The state of a market: what explains the others first."""
    if row.delisted_at is not None:
        return "delisted"
    if row.stalled_since is not None:
        return "stalled"
    if _fails(row):
        return "failing"
    return "late" if row.missing_periods and not _is_usual(row) else "well"


def sentence(row: Watched, lack: Lack | None = None) -> str:
    """How a market fares, in plain words; times of the day of the exchange's clock, UTC."""
    said = _SAYINGS[state_of(row)](row)
    return said if lack is None else f"{said}; {_lacking(lack, row.clock)}"


def health(row: Watched, lack: Lack | None = None) -> Health:
    """State, sentence and the numbers behind them."""
    state = state_of(row)
    return Health(
        exchange=row.exchange,
        timeframe=row.timeframe,
        pair=row.pair,
        state=state,
        sentence=sentence(row, lack),
        since=_since(row, state),
        last_candle_at=row.last_candle_at,
        last_seen_at=row.last_seen_at,
        missing_periods=row.missing_periods,
        failures_in_a_row=row.failures_in_a_row,
        missing_candles=0 if lack is None else lack.candles,
        open_gaps=0 if lack is None else lack.gaps,
    )


def is_trouble(row: Watched) -> bool:
    """Whether somebody should look at it; that a market is gone is news for a week."""
    if row.delisted_at is not None:
        return row.clock is None or row.clock - row.delisted_at < _NEWS
    return state_of(row) != "well"


def _fails(row: Watched) -> bool:
    """A success since is enough: tapes of old do not tell when a market was well again."""
    if row.failing_since is None or row.last_failure_at is None:
        return False
    return row.last_seen_at is None or row.last_seen_at <= row.last_failure_at


def _is_usual(row: Watched) -> bool:
    """Whether the market is silent so often that a silence of this length means little."""
    return _quiet_share(row) ** row.missing_periods >= _USUAL


def _quiet_share(row: Watched) -> float:
    """The share of periods without a candle, before those that are missing now."""
    missed = row.missed_periods - row.missing_periods
    return missed / max(1, row.seen_periods + missed)


def _since(row: Watched, state: State) -> datetime | None:
    return {
        "well": None,
        "late": row.missing_since,
        "failing": row.failing_since,
        "stalled": row.stalled_since,
        "delisted": row.delisted_at,
    }[state]


def _well(row: Watched) -> str:
    if row.missing_periods:
        return (
            f"quiet since {_moment(row.missing_since, row.clock)},"
            f" {_counted(row.missing_periods, 'period')}:"
            f" {_quiet_share(row):.0%} of its periods have no candle"
        )
    if row.last_candle_at is None:
        return "well: no candle yet"
    closed = _moment(row.last_candle_at, row.clock)
    if row.closed_at is not None and row.last_candle_at < row.closed_at:
        return f"not scanned any more: its newest candle closed at {closed}"
    return f"well: the candle closed at {closed} came at {_second(row.last_seen_at, row.clock)}"


def _late(row: Watched) -> str:
    periods = _counted(row.missing_periods, "period")
    assert row.missing_since is not None
    if row.last_candle_at is None:
        return f"no candle yet, {periods}: the exchange answers without it"
    newest = _moment(row.last_candle_at, row.clock)
    if row.last_candle_at < row.missing_since:
        return f"no candle since {newest}, {periods}: the exchange answers without it"
    since = _moment(row.missing_since, row.clock)
    return f"late since {since}, {periods}: its newest candle, closed at {newest}, came too late"


def _failing(row: Watched) -> str:
    scans = _counted(row.failures_in_a_row, "scan") + " in a row" * (row.failures_in_a_row > 1)
    reason = _short(row.last_failure)
    return f"fails since {_moment(row.failing_since, row.clock)}, {scans}: {reason}{_last(row)}"


def _stalled(row: Watched) -> str:
    since, reason = _moment(row.stalled_since, row.clock), _short(row.stall_reason)
    return f"stalled with its exchange since {since}: {reason}{_last(row)}"


def _delisted(row: Watched) -> str:
    assert row.delisted_at is not None
    return f"delisted on {row.delisted_at.astimezone(UTC):%Y-%m-%d}: {row.delisted_reason}"


_SAYINGS: dict[State, Callable[[Watched], str]] = {
    "well": _well,
    "late": _late,
    "failing": _failing,
    "stalled": _stalled,
    "delisted": _delisted,
}


def _last(row: Watched) -> str:
    if row.last_seen_at is None:
        return "; no candle came yet"
    return f"; its last candle came at {_second(row.last_seen_at, row.clock)}"


def _lacking(lack: Lack, clock: datetime | None) -> str:
    longest = f"{_moment(lack.since, clock)} to {_moment(lack.until, clock)}"
    which = "an outage," if lack.gaps == 1 else f"{lack.gaps} outages, the longest"
    why = "" if lack.reason == "outage" else f" ({lack.reason})"
    return f"lacks {_counted(lack.candles, 'candle')} in {which} {longest}{why}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _short(reason: str | None) -> str:
    text = " ".join((reason or "nobody knows why").split())
    return text if len(text) <= _REASON else f"{text[:_REASON].rstrip()} ..."


def _second(at: datetime | None, clock: datetime | None) -> str:
    return _moment(at, clock, "%H:%M:%S")


def _moment(at: datetime | None, clock: datetime | None, form: str = "%H:%M") -> str:
    """A time in UTC, with its date where that is not the clock's."""
    if at is None:
        return "an unknown time"
    at = at.astimezone(UTC)
    today = clock is not None and clock.astimezone(UTC).date() == at.date()
    return at.strftime(form if today else f"%Y-%m-%d {form}")
