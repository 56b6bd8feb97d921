"""Markets, with the rules of today."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from projections.queries import Connection, all_rows, one_row


@dataclass(frozen=True, slots=True)
class MarketRow:
    """A market. `tick` and `lot` are steps of price and quantity; fees are fractions."""

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
    listed_at: datetime
    changed_at: datetime | None


def markets(connection: Connection, *, exchange: str | None = None) -> list[MarketRow]:
    """All markets, by exchange and pair."""
    return all_rows(connection, MarketRow, "markets", {"exchange": exchange}, "exchange", "pair")


def market(connection: Connection, exchange: str, pair: str) -> MarketRow | None:
    """One market."""
    return one_row(connection, MarketRow, "markets", {"exchange": exchange, "pair": pair})
