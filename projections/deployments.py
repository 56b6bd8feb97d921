"""Which strategies are deployed where, as of a position on the market tape."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import LiteralString

import msgspec
from psycopg.rows import tuple_row

from domain.account.evolve import evolve
from domain.account.facts import (
    AccountConfigured,
    AccountOpened,
    StrategyDeployed,
    StrategyWithdrawn,
)
from domain.account.state import Account, Deployment
from domain.facts import decode
from domain.strategies.strategy import Parameter, Strategy
from projections.queries import Connection

Resolve = Callable[[str, str, Mapping[str, Parameter]], Strategy]
"""The strategy of a name, a source (its SHA-256) and parameters."""
Key = tuple[str, str, str, str, str, int]
AccountRule = AccountOpened | AccountConfigured | StrategyDeployed | StrategyWithdrawn


@dataclass(frozen=True, slots=True)
class Deployed:
    """A strategy with its parameters (as JSON), and the pairs of all accounts that run it.

    `deployment` is the position on the trading tape of the first account that did; `warm_up`
    candles lie before one that has values.
    """

    deployment: int
    exchange: str
    timeframe: str
    parameters: str
    strategy: Strategy
    warm_up: int
    pairs: list[str]


class Deployments:
    """Reads the trading tape, and applies to each period what was known when it was handled."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._read_to = 0
        self._later: deque[tuple[int, AccountRule]] = deque()
        self._accounts: dict[str, Account] = {}
        self._first: dict[Key, int] = {}

    def read(self, connection: Connection) -> None:
        """Read what has come to the trading tape."""
        with connection.cursor(row_factory=tuple_row) as cursor:
            for position, topic, state in cursor.execute(_RULES, [self._read_to], binary=True):
                fact = decode(topic, state)
                assert isinstance(fact, AccountRule)
                self._later.append((position, fact))
                self._read_to = position

    def at(self, market_position: int, exchange: str, timeframe: str) -> list[Deployed]:
        """The deployments as of a period; periods must be asked in order.

        A rule holds from the first event behind the one that its account had handled last.
        """
        while self._later and self._later[0][1].market_position < market_position:
            self._apply(*self._later.popleft())
        pairs: dict[Key, set[str]] = {}
        parameters: dict[Key, Deployment] = {}
        for account in self._accounts.values():
            for each in account.strategies.values():
                of = (account.exchange, each.timeframe)
                if of == (exchange, timeframe) and each.warm_up is not None:
                    key = _key(account, each)
                    pairs.setdefault(key, set()).update(account.pairs)
                    parameters[key] = each
        return [self._deployed(key, parameters[key], pairs[key]) for key in sorted(pairs)]

    def _apply(self, position: int, fact: AccountRule) -> None:
        account = self._accounts.setdefault(fact.account, Account(fact.account))
        evolve(account, fact)
        if isinstance(fact, StrategyDeployed):
            key = _key(account, account.strategies[fact.strategy])
            self._first.setdefault(key, position)

    def _deployed(self, key: Key, each: Deployment, pairs: set[str]) -> Deployed:
        exchange, timeframe, name, parameters, source, warm_up = key
        strategy = self._resolve(name, source, each.parameters)
        return Deployed(
            self._first[key], exchange, timeframe, parameters, strategy, warm_up, sorted(pairs)
        )


def _key(account: Account, each: Deployment) -> Key:
    parameters = {name: str(value) for name, value in sorted(each.parameters.items())}
    encoded = msgspec.json.encode(parameters).decode()
    warm_up = each.warm_up or 0
    return account.exchange, each.timeframe, each.strategy, encoded, each.source, warm_up


_RULES: LiteralString = """
    SELECT notification_id, topic, state FROM trading.tape_events
    WHERE notification_id > %s AND topic IN
        ('AccountOpened', 'AccountConfigured', 'StrategyDeployed', 'StrategyWithdrawn')
    ORDER BY notification_id"""
