"""How the page says things: numbers, times and reasons in words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal

from domain.values import decimal_text
from projections.locks import LockRow
from projections.orders import OrderRow
from projections.trades import TradeRow

_EIGHT_DIGITS = Context(prec=8, rounding=ROUND_HALF_EVEN)
_CENT = Decimal("0.01")

REASONS = {
    "already_open": "A trade or an order is already open in this market.",
    "bad_price": "Its limit or trigger is not above zero.",
    "below_minimum": (
        "{quantity} for {notional} is less than the exchange takes"
        " (at least {min_quantity} for {min_notional})."
    ),
    "exit_waiting": "An exit order is already waiting.",
    "halted": "A guard has halted the account.",
    "insufficient_cash": "It needs {needed} in cash; {free_cash} is free.",
    "locked": "This market is locked.",
    "max_base_exposure": "With {needed} more, its currency would hold more than {allowed}.",
    "max_exposure": "With {needed} more, all trades together would hold more than {allowed}.",
    "max_market_exposure": "With {needed} more, this market would hold more than {allowed}.",
    "max_open_trades": "All {max_open_trades} places for open trades are taken.",
    "no_stop": "The account sizes by the stop, and the strategy gave none.",
    "no_volatility": "The account sizes by volatility, and the strategy gave none.",
    "not_listed": "The exchange does not list this market.",
    "paused": "The account is paused.",
    "short_not_allowed": "The account takes no shorts.",
    "stale": "It was seen {seconds_late} s after the close: too late to enter.",
    "stop_not_protective": "Its stop {stop} would not protect a trade from {price}.",
    "target_not_profitable": "Its target {target} would earn nothing from {price}.",
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
STOP_KINDS = {"break_even": "break-even", "trailing_stop": "trailing"}
GUARDS = {
    "cool_down": "a trade has just closed",
    "daily_loss": "too much was lost today",
    "low_profit": "its trades earned too little",
    "max_drawdown": "the drawdown is too deep",
    "stop_streak": "too many stops were hit",
}


def reason(code: str, numbers: Mapping[str, str] | None) -> str:
    """Why a signal was declined; a code that this release does not know stands for itself."""
    words = REASONS.get(code, code.replace("_", " ").capitalize() + ".")
    shown = {name: number(Decimal(text)) for name, text in (numbers or {}).items()}
    return words.format_map(_Known(shown))


def exit_reason(code: str | None) -> str:
    """Why a trade was left; a code that this release does not know stands for itself."""
    return EXIT_REASONS.get(code or "", (code or "").replace("_", " "))


def stop_kind(row: TradeRow) -> str:
    """What has become of a trade's stop; nothing while it is the usual one."""
    return STOP_KINDS.get(row.stop_kind, "")


def instruction(row: OrderRow) -> str:
    """What an order waits for: market, limit 98, stop 105, stop 105 limit 104."""
    limit = "" if row.limit is None else f"limit {number(row.limit)}"
    if row.trigger is None:
        return limit or row.type
    if row.triggered_at is not None:
        return f"{limit}, triggered"
    return f"stop {number(row.trigger)} {limit}".rstrip()


def held(lock: LockRow) -> str:
    """A lock or a halt, until when it holds, and why."""
    what = "All entries are halted" if lock.pair is None else f"{lock.pair} is locked"
    if lock.side is not None:
        entries = f"{lock.side} entries".capitalize()
        what = f"{entries} are halted" if lock.pair is None else f"{what} for {lock.side} entries"
    end = "until somebody ends it" if lock.until is None else f"until {moment(lock.until)}"
    why = GUARDS.get(lock.why, lock.why) if lock.by == "guard" else f"{lock.why} ({lock.by})"
    return f"{what} {end}: {why.rstrip('.')}."


class _Known(dict[str, str]):
    """Says so where a number was not recorded."""

    def __missing__(self, key: str) -> str:
        return "an unknown number"


def number(value: Decimal | None) -> str:
    """A price or quantity, with at most eight digits that count: 64 250.1, 0.00001234."""
    if value is None:
        return "–"
    text = decimal_text(_EIGHT_DIGITS.plus(value))
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}".replace(",", "\u202f") + point + rest if whole != "-0" else text


def money(value: Decimal) -> str:
    """An amount of the quote currency to the cent: 10 042.50."""
    return f"{value.quantize(_CENT):,}".replace(",", "\u202f").replace("-", "\u2212")


def signed(value: Decimal) -> str:
    """A profit with its sign."""
    return f"+{money(value)}" if value > 0 else money(value)


def percent(part: Decimal, whole: Decimal) -> str:
    """A part of a whole, with its sign; nothing for none."""
    if whole <= 0 or not part:
        return ""
    text = f"{(100 * part / whole).quantize(_CENT):+}".replace("-", "\u2212")
    return f"{text}\u202f%"


def share(part: Decimal) -> str:
    """A share of a whole: 12.3 %."""
    return f"{100 * part:.1f}\u202f%"


def count(number: int) -> str:
    """A whole number: 22 183."""
    return f"{number:,}".replace(",", "\u202f")


def direction(value: Decimal | None) -> str:
    """The class of a profit."""
    return "" if not value else "up" if value > 0 else "down"


def moment(at: datetime | None) -> str:
    """A UTC time as people read it: 12 Mar 14:00."""
    return "–" if at is None else at.astimezone(UTC).strftime("%-d %b %H:%M")


def clock(at: datetime) -> str:
    """A UTC time with its year and seconds."""
    return at.astimezone(UTC).strftime("%-d %b %Y %H:%M:%S")


def span(seconds: float) -> str:
    """How long: 42 s, 3 min, 5 h, 2 d."""
    whole = int(max(0.0, seconds))
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= 2 * unit:
            return f"{whole // unit} {name}"
    return f"{whole} s"


def ago(then: datetime, now: datetime) -> str:
    """How long ago, to the minute once it is some: what is shown should not flicker."""
    passed = (now - then) // timedelta(seconds=1)
    return "just now" if passed < 10 else f"{span(passed)} ago"


def sentence(text: str) -> str:
    """A sentence with its capital letter and its full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def rate(won: int, closed: int) -> str:
    """The share of trades that were won."""
    return f"{100 * won // closed}\u202f% won" if closed else "none closed"
