"""Where a sweep looks: values of parameters, all combinations of them or some drawn by chance."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import product
from math import prod
from random import Random
from typing import NamedTuple, TypeAlias

from domain.values import decimal_text

MOST = 100_000
"""Combinations in one sweep, and values of one parameter."""

_FINEST = 1_000  # steps of a range that says none

Combination: TypeAlias = Mapping[str, str]
"""Values of parameters by name, each as its canonical text."""


class BadSpace(ValueError):
    """Parameters to try are written as fast=5,10,20 or fast=5:50:5, each parameter once."""


class Axis(NamedTuple):
    """A parameter and the values that are tried, each once, in the order given."""

    name: str
    values: tuple[str, ...]


def axis(text: str) -> Axis:
    """`NAME=A,B,C`, or `NAME=FROM:TO:STEP` with both ends; raises BadSpace.

    Without a step it is 1 between whole numbers, else a thousandth of the range.
    """
    name, sign, given = (part.strip() for part in text.partition("="))
    if not (name and sign and given):
        raise BadSpace(f"{text[:40]!r}: {BadSpace.__doc__}")
    numbers = [_number(name, part) for part in given.replace(":", ",").split(",")]
    values = list(_between(name, *numbers)) if _is_range(name, given, numbers) else numbers
    return Axis(name, tuple(dict.fromkeys(map(decimal_text, values))))


def count(axes: Sequence[Axis]) -> int:
    """How many combinations there are; raises BadSpace for none, or a parameter given twice."""
    names = [each.name for each in axes]
    if not names or len(set(names)) < len(names):
        raise BadSpace(f"{', '.join(names) or 'nothing to try'}: {BadSpace.__doc__}")
    return prod(len(each.values) for each in axes)


def every(axes: Sequence[Axis]) -> list[Combination]:
    """All combinations, the last parameter changing fastest; raises BadSpace."""
    total = count(axes)
    if total > MOST:
        raise BadSpace(f"{total:,} combinations are more than {MOST:,}; draw some with --random")
    names = [each.name for each in axes]
    return [
        dict(zip(names, values, strict=True)) for values in product(*(each.values for each in axes))
    ]


def drawn(axes: Sequence[Axis], wanted: int, seed: int) -> list[Combination]:
    """So many different combinations by chance, or all in order if there are no more of them.

    The same seed draws the same ones, on any machine. Raises BadSpace.
    """
    if count(axes) <= min(wanted, MOST):
        return every(axes)
    if wanted > MOST:
        raise BadSpace(f"{wanted:,} combinations are more than {MOST:,}")
    chance, found = Random(seed), dict[tuple[str, ...], None]()
    while len(found) < wanted:
        found[tuple(_one_of(each.values, chance) for each in axes)] = None
    names = [each.name for each in axes]
    return [dict(zip(names, values, strict=True)) for values in found]


def _one_of(values: Sequence[str], chance: Random) -> str:
    return values[int(chance.random() * len(values))]


def _number(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number.adjusted()) > 15:
        raise BadSpace(f"{name}: {text.strip()[:40]!r} is no number. {BadSpace.__doc__}")
    return number


def _is_range(name: str, given: str, numbers: Sequence[Decimal]) -> bool:
    if ":" in given and ("," in given or len(numbers) > 3):
        raise BadSpace(f"{name}={given[:40]}: {BadSpace.__doc__}")
    return ":" in given


def _between(
    name: str, first: Decimal, last: Decimal, step: Decimal | None = None
) -> Iterator[Decimal]:
    step = _step(first, last) if step is None else step
    if step <= 0 or last < first or last - first > step * MOST:
        raise BadSpace(
            f"{name}={first}:{last}:{step}: a range goes up, in at most {MOST:,} steps above 0"
        )
    return (first + number * step for number in range(int((last - first) / step) + 1))


def _step(first: Decimal, last: Decimal) -> Decimal:
    if first == int(first) and last == int(last):
        return Decimal(1)
    return (last - first) / _FINEST
