"""How a report says things: numbers, times and codes in words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from math import floor, log10

from domain.values import decimal_text

NOTHING, MINUS, _THIN = "–", "\u2212", "\u202f"
_EIGHT_DIGITS = Context(prec=8, rounding=ROUND_HALF_EVEN)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))

REASONS = {
    "already_open": "A trade or an order was already open in the market.",
    "bad_price": "The limit or trigger was not above zero.",
    "below_minimum": "The order would have been less than the exchange takes.",
    "exit_waiting": "An exit order was already waiting.",
    "halted": "A guard had halted the account.",
    "insufficient_cash": "There was not enough free cash.",
    "locked": "The market was locked.",
    "max_base_exposure": "Its currency would have held more than is allowed.",
    "max_exposure": "All trades together would have held more than is allowed.",
    "max_market_exposure": "The market would have held more than is allowed.",
    "max_open_trades": "All places for open trades were taken.",
    "no_stop": "The account sizes by the stop, and the strategy gave none.",
    "no_volatility": "The account sizes by volatility, and the strategy gave none.",
    "not_listed": "The exchange did not list the market.",
    "paused": "The account was paused.",
    "short_not_allowed": "The account takes no shorts.",
    "stale": "It was seen too late after the close to enter.",
    "stop_not_protective": "Its stop would not have protected the trade.",
    "target_not_profitable": "Its target would have earned nothing.",
}
EXIT_REASONS = {
    "backing": "backing used up",
    "break_even": "break-even stop",
    "delisted": "market gone",
    "operator": "operator",
    "reset": "account reset",
    "signal": "signal",
    "stop": "stop",
    "target": "target",
    "time": "time stop",
    "trailing_stop": "trailing stop",
    "withdrawn": "strategy withdrawn",
}


def in_words(code: str, words: Mapping[str, str]) -> str:
    """A code in words; one that is not known stands for itself."""
    return words.get(code, code.replace("_", " "))


def places_for(capital: Decimal | float) -> int:
    """Decimals that amounts have beside so much capital: two, and more where money is dear."""
    return max(2, 5 - floor(log10(capital))) if capital > 0 else 2


def money(amount: Decimal | float, places: int = 2, *, signed: bool = False) -> str:
    """An amount of the quote currency: 10 042.50; `signed` with its plus, too."""
    return as_read(f"{amount:{'+' if signed else ''},.{places}f}")


def percent(share: float | None, places: int = 1, *, signed: bool = False) -> str:
    """A share: 12.3 %."""
    if share is None:
        return NOTHING
    return as_read(f"{100 * share:{'+' if signed else ''},.{places}f}") + f"{_THIN}%"


def ratio(number: float | None) -> str:
    """A ratio: 1.23."""
    return NOTHING if number is None else as_read(f"{number:,.2f}")


def count(number: int) -> str:
    """A whole number: 22 183."""
    return as_read(f"{number:,}")


def number(value: Decimal) -> str:
    """A price or quantity, with at most eight digits that count: 64 250.1, 0.00001234."""
    whole, point, rest = decimal_text(_EIGHT_DIGITS.plus(value)).partition(".")
    return as_read(f"{int(whole):,}") + point + rest if whole != "-0" else f"{MINUS}0.{rest}"


def counted(number: int, word: str) -> str:
    """So many of something: 1 trade, 2 trades."""
    return f"{count(number)} {word}{'' if number == 1 else 's'}"


def moment(at: datetime) -> str:
    """A UTC time in a sentence: 12 Mar 2024 14:00."""
    return at.astimezone(UTC).strftime("%-d %b %Y %H:%M")


def day(at: datetime | None) -> str:
    """A UTC day: 12 Mar 2024."""
    return NOTHING if at is None else at.astimezone(UTC).strftime("%-d %b %Y")


def stamp(at: datetime) -> str:
    """A UTC time in a column: 2024-03-12 14:00."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def span(seconds: float | None) -> str:
    """How long, in the two largest units: 2 d 4 h, 3 h 20 min."""
    if seconds is None:
        return NOTHING
    left = round(seconds)
    found: list[str] = []
    for unit, name in _UNITS:
        if left >= unit and len(found) < 2:
            found.append(f"{left // unit} {name}")
            left %= unit
    return _THIN.join(found).replace(" ", _THIN) if found else f"0{_THIN}s"


def length(since: datetime, until: datetime) -> str:
    """How long a period is: in days, if it has some."""
    passed = until - since
    return counted(passed.days, "day") if passed.days >= 2 else span(passed.total_seconds())


def value(given: object) -> str:
    """A parameter or term, as plainly as it can be said."""
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, int):
        return count(given)
    if isinstance(given, float):
        return number(Decimal(repr(given)))
    if isinstance(given, Decimal):
        return number(given)
    if isinstance(given, Mapping):
        return ", ".join(f"{name} {value(each)}" for name, each in given.items())
    if isinstance(given, list | tuple):
        return ", ".join(map(value, given))
    return NOTHING if given is None else str(given)


def direction(amount: Decimal | float | None) -> str:
    """The class of a profit."""
    return "" if not amount else "up" if amount > 0 else "down"


def as_read(text: str) -> str:
    """A formatted number with thin spaces and a true minus; what rounds to nothing has none."""
    if not text.strip("+-0.,"):
        text = text.lstrip("+-")
    return text.replace(",", _THIN).replace("-", MINUS)
