"""Options that several commands share."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from domain.times import to_ms

YEAR_2100 = 4_102_444_800_000


def time_of(text: str) -> int:
    """Milliseconds, or a time or day such as 2024-03-03T12:00Z; without a zone it is UTC.

    Raises BadParameter for what is no time between 1970 and 2100.
    """
    try:
        found = int(text) if text.isdecimal() else _written_out(text)
    except ValueError as error:
        words = f"{text[:40]!r} is no time; write it as 2024-03-03T12:00Z"
        raise typer.BadParameter(words) from error
    if not 0 <= found < YEAR_2100:
        raise typer.BadParameter(f"{text[:40]!r} is not between 1970 and 2100")
    return found


def parameters_of(given: list[str]) -> dict[str, str]:
    """Parameters of a strategy, each given as NAME=VALUE; raises BadParameter."""
    parts = [each.partition("=") for each in given]
    for name, sign, value in parts:
        if not (name.strip() and sign and value.strip()):
            words = f"{name[:40]!r} is no parameter; write it as fast=12"
            raise typer.BadParameter(words, param_hint="'--param'")
    return {name.strip(): value.strip() for name, _, value in parts}


def _written_out(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def who(by: str | None) -> str:
    """Who asks for something: whoever is named, or the user of this machine."""
    return getpass.getuser() if by is None else by


By = Annotated[str | None, typer.Option(help="Who wants it; without it, the user of this machine.")]
Parameters = Annotated[
    list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A parameter's value.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65_535, help="Port to serve on; 0 takes a free one.")
]
Moment = Annotated[
    int | None,
    typer.Option(parser=time_of, metavar="TIME", help="As 2024-03-03T12:00Z, or milliseconds."),
]
