"""How long an exchange wants to be left alone, read from what it answers."""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

TOO_MANY, BANNED = 429, 418
_USUAL = {TOO_MANY: 30.0, BANNED: 120.0}
_LONGEST = 3 * 86_400.0
_BANNED_UNTIL = re.compile(r"banned until (\d{13})")


def header(headers: Mapping[str, str], name: str) -> str | None:
    """A header, in whatever case it came."""
    return next((text for key, text in headers.items() if key.lower() == name), None)


def date_ms(headers: Mapping[str, str]) -> int | None:
    """The `Date` of an answer in ms: the server's clock, rounded down to the second."""
    return _moment(header(headers, "date"))


def seconds_asked(status: int, headers: Mapping[str, str], body: str, now: int) -> float:
    """The seconds that a 429 or 418 asks for, by `Retry-After` or a "banned until" in its text.

    `now` is our clock in ms, for an answer without a date. What is said counts from a second to
    three days; when nothing is said, 30 s, or 120 s for a ban.
    """
    sent = date_ms(headers) or now
    until = _BANNED_UNTIL.search(body)
    said = [_retry_after(header(headers, "retry-after"), sent)]
    if until is not None:
        said.append((int(until[1]) - sent) / 1_000)
    longest = max((seconds for seconds in said if seconds is not None), default=None)
    if longest is None:
        return _USUAL.get(status, _USUAL[TOO_MANY])
    return min(max(longest, 1.0), _LONGEST)


def _retry_after(text: str | None, sent: int) -> float | None:
    """Seconds, or a moment."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        moment = _moment(text)
        return None if moment is None else (moment - sent) / 1_000
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _moment(text: str | None) -> int | None:
    try:
        return None if text is None else int(parsedate_to_datetime(text).timestamp() * 1_000)
    except (ValueError, OverflowError):
        return None
