"""Markets and their trading rules."""

from collections.abc import Collection, Iterable
from decimal import Decimal

import msgspec

from domain.values import ZERO, round_down, round_to_ceiling, round_to_floor


class MarketRules(msgspec.Struct, frozen=True):
    """What an exchange allows in one market.

    `tick` is the price step, `lot` the quantity step in the base asset, `min_notional` the least
    price times quantity in the quote asset, `maker` and `taker` fees as fractions.
    """

    exchange: str
    pair: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    maker: Decimal
    taker: Decimal

    def quantity(self, wanted: Decimal) -> Decimal:
        """The largest quantity not above `wanted` that the lot allows."""
        return round_down(wanted, self.lot)

    def takes(self, quantity: Decimal, price: Decimal) -> bool:
        """Whether the exchange takes an order of that size."""
        return quantity > ZERO and (
            quantity >= self.min_quantity and quantity * price >= self.min_notional
        )

    def price_below(self, price: Decimal) -> Decimal:
        """The nearest allowed price at or below."""
        return round_to_floor(price, self.tick)

    def price_above(self, price: Decimal) -> Decimal:
        """The nearest allowed price at or above."""
        return round_to_ceiling(price, self.tick)


def all_in(quote: str) -> str:
    """A wish for every market in a quote currency."""
    return f"*/{quote}"


def chosen(wishes: Collection[str], offered: Iterable[str]) -> list[str]:
    """The offered pairs that are wished for, by name or by `all_in` their quote; in order."""
    return sorted(
        pair for pair in offered if pair in wishes or all_in(pair.partition("/")[2]) in wishes
    )
