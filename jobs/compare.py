"""`papertape compare`: a paper account against a backtest of the same time, trade by trade."""

import sys
from contextlib import redirect_stdout
from typing import Annotated

import msgspec
import typer

from adapters.backtesting.request import BadRequest
from application.compare import Comparison
from application.compare import compare as compared
from application.comparing.backtested import NothingToCompare
from application.verify import UnknownAccount
from jobs.both_tapes import both_tapes
from jobs.compare_text import as_json, in_words
from jobs.options import Json

Account = Annotated[str, typer.Option(help="The paper account.")]


def compare(account: Account, json: Json = False) -> None:
    """Compare a paper account with a backtest of the same time, trade by trade.

    Exit status 0: each difference has a cause that the tapes show. 1: one has none.
    """
    comparison = _compared(account)
    if json:
        typer.echo(msgspec.json.encode(as_json(comparison)).decode())
    else:
        typer.echo("\n".join(in_words(comparison)))
    raise typer.Exit(1 if comparison.causes["unexplained"] else 0)


def _compared(account: str) -> Comparison:
    try:
        with both_tapes() as tapes, redirect_stdout(sys.stderr):  # strategies may print
            return compared(tapes, account)
    except (UnknownAccount, NothingToCompare) as error:
        raise BadRequest(str(error)) from error
