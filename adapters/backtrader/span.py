"""From when to when: as authors of scripts write it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from domain.times import from_ms, to_ms

Moment = datetime | date | str | int
"""A time: naive ones are UTC, texts are as `2024-03-03T12:00Z`, numbers are ms."""

_END = 2**62
_YEAR_2100 = 4_102_444_800_000


@dataclass(frozen=True, slots=True)
class Span:
    """Open times from `since` up to before `until` (ms)."""

    since: int
    until: int

    @classmethod
    def of(cls, since: Moment | None, until: Moment | None) -> "Span":
        """Without an end it has none. Raises ValueError for what is no time."""
        return cls(
            0 if since is None else _ms("since", since),
            _END if until is None else _ms("until", until),
        )

    def __str__(self) -> str:
        until = "on" if self.until == _END else f"to {from_ms(self.until):%Y-%m-%dT%H:%MZ}"
        return f"from {from_ms(self.since):%Y-%m-%dT%H:%MZ} {until}"


def _ms(name: str, given: Moment) -> int:
    try:
        found = given if isinstance(given, int) else to_ms(_aware(given))
    except (TypeError, ValueError):
        found = -1
    if not 0 <= found < _YEAR_2100:
        raise ValueError(f"{name}: {given!r} is no time; write it as 2024-03-03T12:00Z")
    return found


def _aware(given: datetime | date | str) -> datetime:
    moment = datetime.fromisoformat(given if isinstance(given, str) else given.isoformat())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
