"""The trading rules of a market as ccxt tells them, exact."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.markets import MarketRules
from domain.values import ZERO, decimal_text

_USUAL_FEE = Decimal("0.001")
_FINEST = Decimal("0.00000001")
_UNSAID = Decimal(-1)


def counts_digits(client: Any) -> bool:
    """Whether the exchange allows prices of so many significant digits, not steps of price."""
    from ccxt import SIGNIFICANT_DIGITS  # noqa: PLC0415  # loaded already

    return bool(client.precisionMode == SIGNIFICANT_DIGITS)


def market_rules(
    name: str, market: Mapping[str, Any], precision_mode: int, last: Decimal | None = None
) -> MarketRules:
    """The rules of a market.

    Where the exchange counts significant digits, the tick is the step at the `last` price: it is
    as fine as allowed there, and changes when the price gains or loses a digit. Of quantities it
    counts the decimals, as ccxt does for each such exchange.
    """
    precision, limits = market["precision"], market["limits"]
    return MarketRules(
        exchange=name,
        pair=market["symbol"],
        base=market["base"],
        quote=market["quote"],
        tick=_step(precision["price"], precision_mode, last),
        lot=_step(precision["amount"], _mode_of_quantities(precision_mode)),
        min_quantity=number(limits["amount"]["min"], ZERO),
        min_notional=number(limits["cost"]["min"], ZERO),
        maker=number(market["maker"], _USUAL_FEE),
        taker=number(market["taker"], _USUAL_FEE),
    )


def _mode_of_quantities(precision_mode: int) -> int:
    from ccxt import DECIMAL_PLACES, SIGNIFICANT_DIGITS  # noqa: PLC0415  # loaded already

    return DECIMAL_PLACES if precision_mode == SIGNIFICANT_DIGITS else precision_mode


def _step(precision: Any, precision_mode: int, last: Decimal | None = None) -> Decimal:
    """A step of price or quantity; the finest one where nothing better is known."""
    from ccxt import DECIMAL_PLACES, TICK_SIZE  # noqa: PLC0415  # loaded already

    said = number(precision, _UNSAID)
    if precision_mode == DECIMAL_PLACES and said >= 0:
        return Decimal(1).scaleb(-int(said))
    if said <= 0:
        return _FINEST
    if precision_mode == TICK_SIZE:
        return said
    if last is None or last <= 0:
        return _FINEST
    return max(Decimal(1).scaleb(last.adjusted() + 1 - int(said)), _FINEST)


def number(said: Any, missing: Decimal) -> Decimal:
    """A number in its one form; `missing` for what is none."""
    try:
        exact = missing if said is None else Decimal(str(said))
    except InvalidOperation:
        return missing
    return Decimal(decimal_text(exact)) if exact.is_finite() else missing
