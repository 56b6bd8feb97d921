"""What the accounts did: signals, orders, trades, locks, and the accounts themselves."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import Field

from projections.accounts import AccountRow, account, accounts
from projections.locks import LockRow, locks
from projections.orders import OrderRow, orders
from projections.signals import SignalRow, signals
from projections.trades import TradeRow, trades
from web.database import Db
from web.encoding import json_response
from web.lists import ListQuery, NamedListQuery, Nothing, Page, named_page, page
from web.problems import documented, not_found

router = APIRouter(prefix="/v1", tags=["trading"], responses=documented())


class TradingQuery(ListQuery):
    """Whose and where."""

    account: str | None = Field(None, description="the name of an account")
    pair: str | None = Field(None, description="a pair such as BTC/USDT")
    strategy: str | None = Field(None, description="the name of a strategy")


class SignalsQuery(TradingQuery):
    """Which signals."""

    outcome: Literal["ordered", "declined"] | None = Field(None, description="ordered or declined")
    trade: int | None = Field(None, ge=1, le=2**63 - 1, description="the number of a trade")


class OrdersQuery(TradingQuery):
    """Which orders."""

    status: Literal["waiting", "filled", "cancelled", "expired"] | None = Field(
        None, description="waiting, filled, cancelled or expired"
    )
    trade: int | None = Field(None, ge=1, le=2**63 - 1, description="the number of a trade")


class TradesQuery(TradingQuery):
    """Which trades."""

    status: Literal["open", "closed"] | None = Field(None, description="open or closed")


class LocksQuery(ListQuery):
    """Which locks and halts."""

    account: str | None = Field(None, description="the name of an account")
    pair: str | None = Field(None, description="a pair such as BTC/USDT")
    status: Literal["active", "ended"] | None = Field(None, description="active or ended")


class AccountsQuery(NamedListQuery):
    """Which accounts."""

    exchange: str | None = Field(None, description="the name of an exchange")


@router.get("/signals", response_model=Page[SignalRow])
def list_signals(db: Db, asked: Annotated[SignalsQuery, Query()]) -> Response:
    """Opinions of strategies, newest first, with what became of them and why."""
    wanted = {**asked.model_dump(), "limit": asked.limit + 1}
    return page(db.ask(lambda connection: signals(connection, **wanted)), asked.limit)


@router.get("/orders", response_model=Page[OrderRow])
def list_orders(db: Db, asked: Annotated[OrdersQuery, Query()]) -> Response:
    """Orders, newest first. A program that acts on orders reads the order feed instead."""
    wanted = {**asked.model_dump(), "limit": asked.limit + 1}
    return page(db.ask(lambda connection: orders(connection, **wanted)), asked.limit)


@router.get("/trades", response_model=Page[TradeRow])
def list_trades(db: Db, asked: Annotated[TradesQuery, Query()]) -> Response:
    """Round trips, the last entered first."""
    wanted = {**asked.model_dump(), "limit": asked.limit + 1}
    return page(db.ask(lambda connection: trades(connection, **wanted)), asked.limit)


@router.get("/locks", response_model=Page[LockRow])
def list_locks(db: Db, asked: Annotated[LocksQuery, Query()]) -> Response:
    """Locks of markets and halts of accounts, newest first."""
    wanted = {**asked.model_dump(), "limit": asked.limit + 1}
    return page(db.ask(lambda connection: locks(connection, **wanted)), asked.limit)


@router.get("/accounts", response_model=Page[AccountRow])
def list_accounts(db: Db, asked: Annotated[AccountsQuery, Query()]) -> Response:
    """Accounts by name. Equity at cost is `cash` plus `open_cost`."""
    rows = db.ask(lambda connection: accounts(connection, exchange=asked.exchange))
    return named_page(rows, asked, lambda row: row.account)


@router.get("/accounts/{name}", response_model=AccountRow, responses=documented(404))
def show_account(
    db: Db,
    name: Annotated[str, Path(description="the name of an account")],
    _: Annotated[Nothing, Query()],
) -> Response:
    """One account."""
    row = db.ask(lambda connection: account(connection, name))
    if row is None:
        raise not_found(f"There is no account {name!r}.")
    return json_response(row)
