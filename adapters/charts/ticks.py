"""Where the axes have their ticks, and what they say."""

import re
from datetime import UTC, datetime
from itertools import count, takewhile
from math import ceil, floor, log10

from domain.times import from_ms, to_ms

_MINUTE, _DAY = 60_000, 86_400_000
_MONDAY = 4 * _DAY
_SPANS = [
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)),
    *(days * _DAY for days in (1, 2, 7, 14)),
]
_ZEROS = re.compile(r"(?<=^0\.0)0{4,}(?=[1-9])|(?<=^-0\.0)0{4,}(?=[1-9])")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


def time_ticks(begin: int, end: int, at_most: int) -> list[tuple[int, str]]:
    """Round times between `begin` and `end` (ms, UTC), each with its label."""
    for span in _SPANS:
        if (end - begin) / span <= at_most:
            return [(time, _label(time, span)) for time in _every(span, begin, end)]
    months = next(
        (each for each in _MONTHS if (end - begin) / (each * 30 * _DAY) <= at_most), _MONTHS[-1]
    )
    return [(time, _label(time, 30 * _DAY)) for time in _every_months(months, begin, end)]


def price_ticks(low: float, high: float, at_most: int) -> list[float]:
    """Round numbers between `low` and `high`: multiples of 1, 2, 2.5 or 5 times a power of ten."""
    step = _round_step((high - low) / max(1, at_most))
    first, last = ceil(low / step), floor(high / step)
    return [number * step for number in range(first, last + 1)]


def price_text(price: float, span: float) -> str:
    """A price with as many decimals as matter where prices span that much.

    A small number counts the zeros behind its point: 0.0₅1234 is 0.000001234.
    """
    decimals = max(0, min(18, 3 - ceil(log10(span)))) if span > 0 else _decimals_of(price)
    text = f"{price:,.{decimals}f}"
    return _ZEROS.sub(_counted, text)


def amount_text(amount: float) -> str:
    """An amount in a few characters: 1.2M, 340, 0.052."""
    for unit, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(amount) >= unit:
            return f"{amount / unit:.3g}{letter}"
    return f"{amount:.3g}" if abs(amount) >= 1e-4 or not amount else f"{amount:.1e}"


def value_text(value: float, span: float) -> str:
    """What an indicator says: like a price, but a tiny one like an amount."""
    return price_text(value, span) if span >= 1e-3 else amount_text(value)


def length_text(milliseconds: int) -> str:
    """How long, in whole units of the largest that is there at least twice: 34 h, 8 d."""
    for unit, letter in ((_DAY, "d"), (60 * _MINUTE, "h")):
        if milliseconds >= 2 * unit:
            return f"{milliseconds / unit:.0f} {letter}"
    return f"{milliseconds / _MINUTE:.0f} min"


def _counted(zeros: re.Match[str]) -> str:
    return str(1 + len(zeros[0])).translate(_SUBSCRIPTS)


def _every(span: int, begin: int, end: int) -> list[int]:
    anchor = _MONDAY if span >= 7 * _DAY else 0
    first = begin + (anchor - begin) % span
    return list(range(first, end + 1, span))


def _every_months(months: int, begin: int, end: int) -> list[int]:
    start = from_ms(begin)
    first = (start.year * 12 + start.month - 1) // months * months
    times = (
        to_ms(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC))
        for number in count(first, months)
    )
    return [time for time in takewhile(lambda time: time <= end, times) if time >= begin]


def _label(time: int, span: int) -> str:
    at = from_ms(time)
    if time % _DAY:
        return f"{at:%H:%M}"
    if span > 14 * _DAY:
        return f"{at:%Y}" if at.month == 1 else f"{at:%b}"
    return f"{at.day} {at:%b}"


def _round_step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= least * 0.999)


def _decimals_of(price: float) -> int:
    return max(0, min(18, 3 - ceil(log10(price)))) if price > 0 else 0
