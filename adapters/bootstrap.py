"""The one place that knows every class: from settings to running parts."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial

import psycopg

from adapters.database import Database as Database  # noqa: PLC0414  # given on
from adapters.database import database as database  # noqa: PLC0414  # given on
from adapters.exchanges.budget import BudgetStore
from adapters.exchanges.ccxt_client import is_known
from adapters.exchanges.ccxt_exchange import CcxtExchange
from adapters.indicators.engine import compute, placement, versions
from adapters.planning import Plans
from adapters.postgres.attempts import AttemptTable
from adapters.postgres.budgets import PostgresBudget
from adapters.postgres.candles import CandleTable
from adapters.postgres.commands import CommandTable
from adapters.postgres.follower import Follower, MarketFollower
from adapters.postgres.market_memory import MarketMemory
from adapters.postgres.sources import keep_sources, source_text
from adapters.postgres.verifying import TradingTapeRead, WitnessedTape, snapshot
from adapters.settings import BadSettings, ExchangeSettings
from adapters.strategies.library import Library
from application.desk import Desk
from application.opinions import Resolve
from application.ports import Exchange, Pace
from application.scanning import Scan, ScanPlan
from application.tapes import MarketTape, TradingTape
from application.verifying.tapes import Tapes
from projections.groups import MARKET, TRADING, indicators_group
from projections.indicator_values import IndicatorValues
from projections.projector import Group, Projector


def market_tape(url: str) -> MarketTape:
    """The market tape; close it after use."""
    return MarketTape(env=_tape(url, "market"))


def trading_tape(url: str) -> TradingTape:
    """The trading tape; close it after use."""
    return TradingTape(env=_tape(url, "trading"))


def market_head(url: str) -> int:
    """The newest position on the market tape."""
    tape = market_tape(url)
    try:
        return tape.head()
    finally:
        tape.close()


def _tape(url: str, schema: str) -> dict[str, str]:
    return {
        "PERSISTENCE_MODULE": "adapters.postgres.recorders:Factory",
        "MAPPER_TOPIC": "application.tapes:FactMapper",
        "PAPERTAPE_TAPE_URL": url,
        "POSTGRES_SCHEMA": schema,
    }


def refuse_unknown_exchange(settings: ExchangeSettings) -> None:
    """Raises BadSettings if ccxt does not know the exchange."""
    ccxt_id = settings.ccxt_id or settings.name
    if not is_known(ccxt_id):
        reason = f"ccxt knows no exchange {ccxt_id!r}; ccxt_id names another"
        raise BadSettings(f"exchange {settings.name}: {reason}")


def exchange(settings: ExchangeSettings, budget: BudgetStore | None = None) -> Exchange:
    """An exchange's public data through ccxt; without a `budget` this process has its own.

    Raises BadSettings if ccxt does not know it.
    """
    refuse_unknown_exchange(settings)
    return CcxtExchange(
        settings.name,
        settings.ccxt_id or settings.name,
        url=settings.url,
        requests_per_second=settings.requests_per_second,
        seconds_for_answer=settings.seconds_for_answer,
        budget=budget,
        quiet_candles=settings.quiet_candles,
    )


@contextmanager
def scanning(
    url: str, plan: ScanPlan, of: ExchangeSettings, pace: Pace
) -> Iterator[tuple[MarketMemory, Scan]]:
    """What is recorded of an exchange, and its scan, which is to be closed in its event loop."""
    with ExitStack() as opened:
        tape, memory = market_tape(url), MarketMemory(url, of.name)
        log, budget = AttemptTable(url, of.name), PostgresBudget(url, of.name)
        for each in (tape, memory, log, budget):
            opened.callback(each.close)
        yield memory, Scan(exchange(of, budget), tape, memory, plan, pace, log)


@contextmanager
def trading(url: str, plans: Plans) -> Iterator[tuple[MarketFollower, Callable[[], Desk]]]:
    """The follower that leads and wakes trading, and what opens the desk once it leads.

    Raises BadSettings where a strategy of a file was never deployed.
    """
    for name in plans.undeployed:
        raise BadSettings(
            f"strategy {name!r} was never deployed: `papertape run` does so when it starts, "
            f"and so does `papertape strategies deploy {name}`"
        )
    tape, follower = trading_tape(url), MarketFollower(url)

    def open_desk() -> Desk:
        keep_sources(follower.connection, plans.sources)
        queue = CommandTable(follower.connection)
        history, resolve = _history(follower.connection), _resolve(follower.connection)
        return Desk(tape, follower, plans.accounts, history, compute, resolve, versions(), queue)

    try:
        yield follower, open_desk
    finally:
        follower.close()
        tape.close()


@contextmanager
def verifying(url: str) -> Iterator[Tapes]:
    """Both tapes as they are now, to be verified; nothing is changed."""
    with snapshot(url) as connection:
        market = cache(partial(WitnessedTape, connection))
        trading = TradingTapeRead(connection)
        yield Tapes(trading, market, compute, _resolve(connection), versions())


GROUPS = ("market", "trading", "indicators")


@contextmanager
def projecting(url: str, name: str) -> Iterator[Projector]:
    """The projector of a group of read models."""
    with psycopg.connect(url, autocommit=True, application_name=f"papertape {name}") as connection:
        group = _group(name, connection)
        follower = Follower(url, group.tape, f"project {name}")
        try:
            yield Projector(group, follower, connection)
        finally:
            follower.close()


def _group(name: str, connection: psycopg.Connection[tuple[object, ...]]) -> Group:
    if name == "indicators":
        history = _history(connection)
        return indicators_group(IndicatorValues(_resolve(connection), compute, history, placement))
    return {"market": MARKET, "trading": TRADING}[name]


def _history(
    connection: psycopg.Connection[tuple[object, ...]],
) -> Callable[[str, str], CandleTable]:
    @cache
    def history(exchange: str, frame: str) -> CandleTable:
        return CandleTable(connection, exchange, frame)

    return history


def _resolve(connection: psycopg.Connection[tuple[object, ...]]) -> Resolve:
    """Strategies as the tape names them."""
    return Library(stored=partial(source_text, connection)).resolve
