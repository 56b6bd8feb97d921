"""Markets, with the rules of today."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from projections.page import Cursor, Page, Step
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


def project(cursor: Cursor, page: Page) -> None:
    """List markets, and give them their newest rules."""
    page.run(cursor, _STEPS)


_FACTS: LiteralString = """
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        exchange text, pair text, base text, quote text, tick numeric, lot numeric,
        min_quantity numeric, min_notional numeric, maker numeric, taker numeric,
        at timestamptz, position bigint)
    ORDER BY exchange, pair, position DESC"""
_LIST: LiteralString = f"""
    INSERT INTO read.markets
    SELECT DISTINCT ON (exchange, pair) exchange, pair, base, quote, tick, lot, min_quantity,
        min_notional, maker, taker, at, NULL
    {_FACTS}"""
_CHANGE: LiteralString = f"""
    UPDATE read.markets AS m
    SET base = f.base, quote = f.quote, tick = f.tick, lot = f.lot,
        min_quantity = f.min_quantity, min_notional = f.min_notional,
        maker = f.maker, taker = f.taker, changed_at = f.at
    FROM (SELECT DISTINCT ON (exchange, pair) * {_FACTS}) AS f
    WHERE m.exchange = f.exchange AND m.pair = f.pair"""
_STEPS = (Step(("MarketListed",), _LIST), Step(("MarketRulesChanged",), _CHANGE))


def markets(connection: Connection, *, exchange: str | None = None) -> list[MarketRow]:
    """All markets, by exchange and pair."""
    return all_rows(connection, MarketRow, "markets", {"exchange": exchange}, "exchange", "pair")


def market(connection: Connection, exchange: str, pair: str) -> MarketRow | None:
    """One market."""
    return one_row(connection, MarketRow, "markets", {"exchange": exchange, "pair": pair})
