"""Options that several commands share."""

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


def _written_out(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65_535, help="Port to serve on; 0 takes a free one.")
]
Moment = Annotated[
    int | None,
    typer.Option(parser=time_of, metavar="TIME", help="As 2024-03-03T12:00Z, or milliseconds."),
]
