"""Keeping a backtest: with what gives it again, and its facts as paper trading would write them."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import psycopg

from adapters.backtesting.documents import described
from adapters.backtesting.results import Result
from adapters.indicators.engine import versions
from adapters.postgres.runs import KeptRun, keep_run
from adapters.postgres.sources import keep_sources
from application.backtest import Outcome
from application.chains import chained
from application.tapes import TapeEvent, event_id, period_stream
from application.trading import ENGINE


def keep(connection: psycopg.Connection[Any], result: Result, *, facts: bool) -> int:
    """Keep a result, with or without its facts; its number."""
    source = result.prepared.source
    run = KeptRun(
        engine=ENGINE, libraries=versions(), recorded=facts, **described(result)
    )  # fmt: skip
    events = {each.name: told(each.outcome) for each in result.accounts} if facts else {}
    with connection.transaction():
        keep_sources(connection, {source.sha256: source.text})
        return keep_run(connection, run, events)


def told(outcome: Outcome) -> Iterator[TapeEvent]:
    """The facts of an account with the ids that they would have on the trading tape."""
    name, exchange, version = outcome.plan.name, outcome.plan.exchange, 0
    for _, chapters in groupby(outcome.chapters, key=lambda chapter: chapter.place):
        of_period = list(chapters)
        cause = event_id(period_stream(exchange, of_period[0].timeframe), of_period[0].close)
        facts = [fact for chapter in of_period for fact in chapter.facts]
        yield from chained(name, version, facts, cause)
        version += len(facts)
