"""Exact decimals: one canonical text for each number, and rounding to an exchange's steps."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

ZERO = Decimal(0)
ONE = Decimal(1)

MONEY = Context(prec=60)
"""The arithmetic of accounts: sums and products are exact, whatever the thread's own context."""

_TWELVE_DIGITS = Context(prec=12, rounding=ROUND_HALF_EVEN)


def decimal_text(number: Decimal) -> str:
    """The one text of a number: no exponent, no trailing zero (`1.50`, `15e-1` are `1.5`)."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def exact(number: float) -> Decimal:
    """The decimal whose nearest double this is: its shortest text, read again."""
    return Decimal(repr(float(number)))


def twelve_digits(number: float) -> Decimal:
    """An indicator value as it is recorded: 12 significant digits."""
    return _TWELVE_DIGITS.create_decimal_from_float(float(number))


def ratio(part: Decimal, whole: Decimal) -> Decimal:
    """A part of a whole to 12 significant digits; `whole` is not zero."""
    return _TWELVE_DIGITS.divide(part, whole)


def round_down(number: Decimal, step: Decimal) -> Decimal:
    """Towards zero to a multiple of `step`: for quantities."""
    try:
        return number // step * step
    except InvalidOperation:  # more steps than the context has digits: nothing is below a step
        return number / step * step


def round_to_floor(number: Decimal, step: Decimal) -> Decimal:
    """Down to a multiple of `step`."""
    multiple = round_down(number, step)
    return multiple if multiple <= number else multiple - step


def round_to_ceiling(number: Decimal, step: Decimal) -> Decimal:
    """Up to a multiple of `step`."""
    multiple = round_down(number, step)
    return multiple if multiple >= number else multiple + step
