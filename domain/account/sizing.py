"""How much an entry is for: by the account's sizing, at the market's lot, within its limits."""

from decimal import Decimal

import msgspec

from domain.account.equity import equity, exposure
from domain.account.facts import SignalRaised
from domain.account.period import Period
from domain.account.state import Account
from domain.markets import MarketRules
from domain.values import ONE, ZERO, decimal_text

Numbers = dict[str, Decimal]


class Refused(Exception):
    """An entry breaks a rule; `reason` is its code, `numbers` what was compared."""

    def __init__(self, reason: str, **numbers: Decimal) -> None:
        compared = ", ".join(f"{name} {decimal_text(value)}" for name, value in numbers.items())
        super().__init__(f"{reason}: {compared}")
        self.reason = reason
        self.numbers: Numbers = numbers


class Limit(msgspec.Struct, frozen=True, gc=False):
    """At most `most` may be added before a rule is broken, where each unit adds `unit`."""

    reason: str
    most: Decimal
    unit: Decimal
    numbers: Numbers


_CUT = {"equity", "risk", "volatility"}
"""Sizings by equity say what would be right: they are cut to what the account allows."""


def quantity_of(
    account: Account, period: Period, signal: SignalRaised, price: Decimal,
    stop: Decimal | None, rules: MarketRules,
) -> Decimal:  # fmt: skip
    """How much to enter at a price; raises Refused."""
    worth = _Worth(account, period)
    quantity = rules.quantity(_wanted(account, worth, signal, price, stop))
    limits = _limits(account, worth, price, rules)
    if account.terms.sizing in _CUT:
        most = min(max(limit.most, ZERO) / limit.unit for limit in limits)
        quantity = min(quantity, rules.quantity(most))
    _refuse_small(quantity, price, rules)
    for limit in limits:
        needed = quantity * limit.unit
        if needed > limit.most:
            raise Refused(limit.reason, needed=needed, **limit.numbers)
    return quantity


class _Worth(msgspec.Struct):
    """The account's equity, computed when it is first asked for."""

    account: Account
    period: Period
    known: Decimal | None = None

    @property
    def equity(self) -> Decimal:
        if self.known is None:
            self.known = equity(self.account, self.period)
        return self.known


def _wanted(
    account: Account, worth: _Worth, signal: SignalRaised, price: Decimal, stop: Decimal | None
) -> Decimal:
    """What the sizing asks for, before lot and limits."""
    stake = account.stake
    match account.terms.sizing:
        case "quote":
            return stake / price
        case "quantity":
            return stake
        case "equity":
            return stake * max(worth.equity, ZERO) / price
        case "risk":
            if stop is None:
                raise Refused("no_stop")
            return stake * max(worth.equity, ZERO) / abs(price - stop)
    if signal.volatility is None or signal.volatility <= ZERO:
        raise Refused("no_volatility")
    return stake * max(worth.equity, ZERO) / (signal.volatility * price)


def _refuse_small(quantity: Decimal, price: Decimal, rules: MarketRules) -> None:
    if not rules.takes(quantity, price):
        raise Refused(
            "below_minimum",
            quantity=quantity,
            min_quantity=rules.min_quantity,
            notional=quantity * price,
            min_notional=rules.min_notional,
        )


def _limits(account: Account, worth: _Worth, price: Decimal, rules: MarketRules) -> list[Limit]:
    """Cash, which also pays the fee, and exposures, which are judged at cost."""
    terms, free = account.terms, account.free_cash
    if terms.reserve:
        free -= terms.reserve * worth.equity
    limits = [Limit("insufficient_cash", free, price * (ONE + rules.taker), {"free_cash": free})]
    most = terms.max_market_exposure
    if most is not None:
        has = exposure(account, lambda pair: pair == rules.pair)
        limits.append(_share("max_market_exposure", most * worth.equity, has, price))
    most = terms.max_base_exposure
    if most is not None:
        has = exposure(account, lambda pair: _base(pair) == rules.base)
        limits.append(_share("max_base_exposure", most * worth.equity, has, price))
    most = terms.max_exposure
    if most is not None:
        has = exposure(account, lambda _: True)
        limits.append(_share("max_exposure", most * worth.equity, has, price))
    return limits


def _share(reason: str, allowed: Decimal, has: Decimal, price: Decimal) -> Limit:
    return Limit(reason, allowed - has, price, {"allowed": allowed, "exposure": has})


def _base(pair: str) -> str:
    return pair.partition("/")[0]
