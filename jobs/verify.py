"""`papertape verify`: all trading, derived from the market tape once more and compared."""

from typing import Annotated

import msgspec
import typer

from application.verify import verify as verified
from jobs.both_tapes import both_tapes, watching
from jobs.options import Json
from jobs.verify_report import as_json
from jobs.verify_words import in_words


def verify(
    account: Annotated[
        str | None, typer.Option(help="One account alone; without it, all of them.")
    ] = None,
    json: Json = False,
) -> None:
    """Derive all trading from the market tape once more, and compare it with what is recorded.

    Exit status 0: all follows. 1: something does not, or nothing could be derived.
    """
    with both_tapes() as tapes, watching() as tick:
        verdict = verified(tapes, account, tick)
    if json:
        typer.echo(msgspec.json.encode(as_json(verdict)).decode())
    else:
        typer.echo("\n".join(in_words(verdict)))
    raise typer.Exit(0 if verdict.ok else 1)
