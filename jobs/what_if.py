"""`papertape what-if`: the recorded life of an account, lived once more on other terms."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from adapters.backtesting.request import BadRequest
from adapters.wishes import wish_of
from application.verify import UnknownAccount
from application.what_if import Answer, CannotBeOtherwise, Question
from application.what_if import what_if as answered
from jobs.backtest_outputs import checked
from jobs.both_tapes import both_tapes, watching
from jobs.options import Json, time_of
from jobs.what_if_text import as_json, in_words

Account = Annotated[str, typer.Option(help="The account whose past it is.")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A key of the account in papertape.toml, such as exits.stop_rate=0.03, "
        "fills.band=pessimistic or stake=500; or fee=0.0005. VALUE `none` takes it away.",
    ),
]
Override = Annotated[
    bool,
    typer.Option(
        "--override-exits",
        help="What is set of exits also takes the place of the strategies' own stops and targets; "
        "without it those win, as always.",
    ),
]
Since = Annotated[
    int | None,
    typer.Option("--from", parser=time_of, metavar="TIME", help="Other terms from then on."),
]
Until = Annotated[
    int | None, typer.Option("--to", parser=time_of, metavar="TIME", help="Look up to then.")
]
Html = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write a report that stands alone.")
]


def what_if(
    account: Account,
    sets: Sets = None,
    override_exits: Override = False,
    since: Since = None,
    until: Until = None,
    html: Html = None,
    json: Json = False,
) -> None:
    """What if an account had traded with another stop, sizing, fee or fill model?

    The recorded past is lived once more, with the same signals, late candles and commands.
    """
    wish = wish_of(_pairs(sets or []))
    outputs = checked(html, None)
    question = Question(account, wish, since, until, override_exits)
    answer = _answer(question)
    if json:
        typer.echo(msgspec.json.encode(as_json(answer)).decode())
    else:
        typer.echo("\n".join(in_words(answer, question)))
    if outputs.html is not None:
        from jobs.what_if_report import write_report  # noqa: PLC0415  # slow

        write_report(outputs.html, answer, question, sets or [])


def _answer(question: Question) -> Answer:
    try:
        with both_tapes() as tapes, watching() as tick, redirect_stdout(sys.stderr):
            return answered(tapes, question, tick)
    except (UnknownAccount, CannotBeOtherwise) as error:
        raise BadRequest(str(error)) from error


def _pairs(sets: list[str]) -> dict[str, str]:
    parts = [each.partition("=") for each in sets]
    for key, _, value in parts:
        if not (key.strip() and value.strip()):
            raise BadRequest(f"--set {key[:40]!r} says nothing: write it as stake=500")
    return {key.strip(): value.strip() for key, _, value in parts}
