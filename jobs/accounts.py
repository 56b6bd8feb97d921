"""`accounts`: how they stand, and what an operator tells them."""

import re
import time
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID, uuid4

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from adapters import bootstrap
from adapters.planning import plans
from adapters.postgres.commands import CommandRow, ask, command
from adapters.settings import Settings, read_settings
from application.commands import Asked, BadCommand, OpenAccount, decode_command, encode_command
from domain.account.commands import (
    AdjustCash,
    CancelOrder,
    ExitTrade,
    LockMarket,
    Pause,
    ResetAccount,
    Resume,
    SettleTrade,
    UnlockMarket,
)
from domain.times import from_ms
from domain.values import decimal_text
from jobs.options import By, Json, Moment, who
from projections.accounts import accounts

PATIENCE = 15.0
_GLANCE = 0.05
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_STATUS = {"done": 0, None: 1, "refused": 2}

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's name.")]
Number = Annotated[int, typer.Argument(min=1, help="Its number.")]
Pair = Annotated[str, typer.Argument(help="A pair such as BTC/USDT.")]
Why = Annotated[str, typer.Option(help="The reason; it stays on the tape.")]
Side = Annotated[
    Literal["long", "short"] | None, typer.Option(help="One side only; without it, both.")
]


def amount_of(text: str) -> Decimal:
    """An exact amount; raises BadParameter."""
    if not _NUMBER.fullmatch(text):
        raise typer.BadParameter(f"{text[:40]!r} is no amount; write it as 1250.5")
    return Decimal(text)


Amount = Annotated[Decimal, typer.Argument(parser=amount_of, metavar="AMOUNT", help="How much.")]
MaybeAmount = Annotated[Decimal | None, typer.Option(parser=amount_of, metavar="AMOUNT")]


@app.command("list")
def list_accounts(json: Json = False) -> None:
    """How the accounts stand."""
    with bootstrap.database(read_settings()) as database, psycopg.connect(database.url) as asked:
        rows = accounts(asked)
    if json:
        typer.echo(msgspec.json.encode({"items": rows, "next": None}).decode())
        return
    table = Table(box=None)
    for title in ("account", "exchange", "cash", "open", "closed", "profit"):
        table.add_column(title, justify="left" if title in {"account", "exchange"} else "right")
    for row in rows:
        counts = (str(row.open_trades), str(row.closed_trades))
        money = (f"{decimal_text(row.cash)} {row.quote}", decimal_text(row.profit))
        table.add_row(row.account, row.exchange, money[0], *counts, money[1])
    Console().print(table if rows else "No account is open yet.")


@app.command("open")
def open_account(name: Name, why: Why, by: By = None, json: Json = False) -> None:
    """Open a configured account now, not with the next period."""
    _tell(name, OpenAccount(who(by), why), json=json)


@app.command()
def pause(name: Name, why: Why, by: By = None, json: Json = False) -> None:
    """No entries until resumed; open trades go on."""
    _tell(name, Pause(who(by), why), json=json)


@app.command()
def resume(name: Name, why: Why, by: By = None, json: Json = False) -> None:
    """End a pause, and halts by guards."""
    _tell(name, Resume(who(by), why), json=json)


@app.command("exit")
def exit_trade(name: Name, trade: Number, why: Why, by: By = None, json: Json = False) -> None:
    """End an open trade at the next open."""
    _tell(name, ExitTrade(who(by), why, trade), json=json)


@app.command()
def settle(
    name: Name, trade: Number, why: Why, price: MaybeAmount = None, by: By = None,
    json: Json = False,
) -> None:  # fmt: skip
    """End a trade whose market is gone, at a price or at its last."""
    _tell(name, SettleTrade(who(by), why, trade, price), json=json)


@app.command()
def cancel(name: Name, order: Number, why: Why, by: By = None, json: Json = False) -> None:
    """Take back a waiting order."""
    _tell(name, CancelOrder(who(by), why, order), json=json)


@app.command()
def lock(
    name: Name, pair: Pair, why: Why, until: Moment = None, side: Side = None, by: By = None,
    json: Json = False,
) -> None:  # fmt: skip
    """No entries in a market, until a moment or until unlocked."""
    end = None if until is None else from_ms(until)
    _tell(name, LockMarket(who(by), why, pair, side, end), json=json)


@app.command()
def unlock(
    name: Name, pair: Pair, why: Why, side: Side = None, by: By = None, json: Json = False
) -> None:
    """End a market's lock."""
    _tell(name, UnlockMarket(who(by), why, pair, side), json=json)


@app.command(context_settings={"ignore_unknown_options": True})
def adjust(name: Name, amount: Amount, why: Why, by: By = None, json: Json = False) -> None:
    """Pay paper money in or, with a minus sign, take it out."""
    _tell(name, AdjustCash(who(by), why, amount), json=json)


@app.command()
def reset(
    name: Name, why: Why, capital: MaybeAmount = None, by: By = None, json: Json = False
) -> None:
    """Cancel all orders, close all trades at their last price, and begin anew."""
    _tell(name, ResetAccount(who(by), why, capital), json=json)


def _tell(account: str, told: Asked, *, json: bool) -> None:
    """Have a command carried out, and say what came of it."""
    try:
        decode_command(encode_command(told))
    except BadCommand as error:
        raise typer.BadParameter(str(error)) from error
    settings, id_ = read_settings(), uuid4()
    with bootstrap.database(settings) as database:
        row = _answer(database.url, settings, id_, account, told)
    if json:
        typer.echo(msgspec.json.encode(row).decode())
    elif row.outcome == "done":
        typer.echo(f"{account}: {row.answer}")
    else:
        waits = f"the bot is busy: command {row.id} waits, and will be carried out"
        typer.echo(f"papertape: {row.answer or waits}", err=True)
    raise typer.Exit(_STATUS[row.outcome])


def _answer(url: str, settings: Settings, id_: UUID, account: str, told: Asked) -> CommandRow:
    """Let the bot do it; where none runs, do it here."""
    with (
        psycopg.connect(url, autocommit=True) as connection,
        bootstrap.trading(url, plans(url, settings)) as (follower, open_desk),
    ):
        desk = open_desk() if follower.lead() else None
        ask(connection, id_, account, told)
        ends = time.monotonic() + PATIENCE
        while True:
            row = command(connection, id_)
            assert row is not None
            if row.outcome is not None or time.monotonic() > ends:
                return row
            if desk is None:
                time.sleep(_GLANCE)
            else:
                desk.trade_page()
