"""Markets, with the rules of today."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from projections.page import Cursor, Page, Step
from projections.queries import Connection, all_rows, one_row


@dataclass(frozen=True, slots=True)
class MarketRow:
    """A market. `tick` and `lot` are steps of price and quantity; fees are fractions.

    `listed_at` is its newest listing: a delisted market may be listed again.
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
    listed_at: datetime
    changed_at: datetime | None
    delisted_at: datetime | None
    delisted_reason: str | None


def project(cursor: Cursor, page: Page) -> None:
    """List markets, give them their newest rules, and say which are gone."""
    page.run(cursor, _STEPS)


_NEWEST: LiteralString = """
    SELECT DISTINCT ON (exchange, pair) *
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f(
        topic text, exchange text, pair text, base text, quote text, tick numeric, lot numeric,
        min_quantity numeric, min_notional numeric, maker numeric, taker numeric, reason text,
        at timestamptz, position bigint)
    ORDER BY exchange, pair, position DESC"""
_LIST: LiteralString = f"""
    INSERT INTO read.markets AS m
    SELECT exchange, pair, base, quote, tick, lot, min_quantity, min_notional, maker, taker, at
    FROM ({_NEWEST}) AS f
    ON CONFLICT (exchange, pair) DO UPDATE
    SET base = excluded.base, quote = excluded.quote, tick = excluded.tick, lot = excluded.lot,
        min_quantity = excluded.min_quantity, min_notional = excluded.min_notional,
        maker = excluded.maker, taker = excluded.taker, listed_at = excluded.listed_at,
        changed_at = NULL, delisted_at = NULL, delisted_reason = NULL"""
_CHANGE: LiteralString = f"""
    UPDATE read.markets AS m
    SET base = f.base, quote = f.quote, tick = f.tick, lot = f.lot,
        min_quantity = f.min_quantity, min_notional = f.min_notional,
        maker = f.maker, taker = f.taker, changed_at = f.at
    FROM ({_NEWEST}) AS f
    WHERE m.exchange = f.exchange AND m.pair = f.pair AND f.topic = 'MarketRulesChanged'"""
_DELIST: LiteralString = f"""
    UPDATE read.markets AS m SET delisted_at = f.at, delisted_reason = f.reason
    FROM ({_NEWEST}) AS f
    WHERE m.exchange = f.exchange AND m.pair = f.pair AND f.topic = 'MarketDelisted'"""
_STEPS = (  # what a later listing has undone must not be done again: so each sees the listings
    Step(("MarketListed",), _LIST),
    Step(("MarketListed", "MarketRulesChanged"), _CHANGE),
    Step(("MarketListed", "MarketDelisted"), _DELIST),
)


def markets(connection: Connection, *, exchange: str | None = None) -> list[MarketRow]:
    """All markets, by exchange and pair."""
    return all_rows(connection, MarketRow, "markets", {"exchange": exchange}, "exchange", "pair")


def market(connection: Connection, exchange: str, pair: str) -> MarketRow | None:
    """One market."""
    return one_row(connection, MarketRow, "markets", {"exchange": exchange, "pair": pair})
