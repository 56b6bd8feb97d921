"""Options that several commands share."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from domain.times import to_ms


def time_of(text: str) -> int:
    """Milliseconds, or a time or day such as 2024-03-03T12:00Z; without a zone it is UTC."""
    if text.isdecimal():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no time; write it as 2024-03-03T12:00Z") from error
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65_535, help="Port to serve on; 0 takes a free one.")
]
Moment = Annotated[
    int | None,
    typer.Option(parser=time_of, metavar="TIME", help="As 2024-03-03T12:00Z, or milliseconds."),
]
