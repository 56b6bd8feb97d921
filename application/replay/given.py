"""What happened to an account that no period led to: how it was configured, and commands.

Both are on the trading tape by facts that name them. A replay takes from those what was wanted, and
makes the facts anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from domain.account.commands import (
    AdjustCash,
    AnyCommand,
    CancelOrder,
    ExitTrade,
    LockMarket,
    Pause,
    ResetAccount,
    Resume,
    SettleTrade,
    UnlockMarket,
)
from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    AccountPaused,
    AccountReset,
    AccountResumed,
    CancellationRequested,
    CashAdjusted,
    ExitRequested,
    MarketLocked,
    MarketUnlocked,
    StrategyDeployed,
    StrategyWithdrawn,
    TradingResumed,
)

Configured = AccountOpened | AccountConfigured | StrategyDeployed | StrategyWithdrawn
Told = (
    AccountPaused | AccountResumed | ExitRequested | CancellationRequested | MarketLocked
    | MarketUnlocked | TradingResumed | CashAdjusted | AccountReset
)  # fmt: skip
NAMING = tuple(kind.__name__ for kind in (*Configured.__args__, *Told.__args__))
"""The topics among which they are."""


class Named(NamedTuple):
    """A fact as it is recorded: its version, its position on the trading tape, what caused it."""

    fact: AccountFact
    version: int
    recorded: int
    cause: UUID


@dataclass(frozen=True, slots=True)
class Given:
    """Facts that name one configuration or one command.

    It stands behind all periods up to `position` on the market tape, and before the next.
    """

    named: tuple[Named, ...]
    position: int
    cause: UUID

    @property
    def facts(self) -> list[AccountFact]:
        return [each.fact for each in self.named]

    @property
    def recorded(self) -> int:
        """Where the first of them is on the trading tape."""
        return self.named[0].recorded

    @property
    def is_configuration(self) -> bool:
        """Whether a plan was applied; else it is a command."""
        return isinstance(self.named[0].fact, Configured)


def givens_of(named: Iterable[Named]) -> Iterator[Given]:
    """What was given to an account, from its facts of these topics, in order."""
    of_outside = (each for each in named if position_of(each.fact) is not None)
    for (cause, _), group in groupby(of_outside, lambda each: (each.cause, _is_plan(each))):
        facts = tuple(group)
        position = position_of(facts[0].fact)
        assert position is not None
        yield Given(facts, position, cause)


def position_of(fact: AccountFact) -> int | None:
    """Up to where the market tape was handled then; None where a period led to the fact."""
    position: int | None = getattr(fact, "market_position", None)
    return position


def _is_plan(named: Named) -> bool:
    return isinstance(named.fact, Configured)


def command_of(facts: Sequence[AccountFact]) -> AnyCommand:
    """The command that the facts which name it tell of."""
    match facts[0]:
        case AccountPaused(by=by, why=why):
            return Pause(by, why)
        case AccountResumed(by=by, why=why) | TradingResumed(by=by, why=why):
            return Resume(by, why)
        case ExitRequested(by=by, why=why, trade=trade, price=None):
            return ExitTrade(by, why, trade)
        case ExitRequested(by=by, why=why, trade=trade, price=price):
            return SettleTrade(by, why, trade, price)
        case CancellationRequested(by=by, why=why, order=order):
            return CancelOrder(by, why, order)
        case MarketLocked(by=by, why=why, pair=pair, side=side, until=until):
            return LockMarket(by, why, pair, side, until)
        case MarketUnlocked(by=by, why=why, pair=pair, side=side):
            return UnlockMarket(by, why, pair, side)
        case CashAdjusted(by=by, why=why, amount=amount):
            return AdjustCash(by, why, amount)
        case AccountReset(by=by, why=why, capital=capital):
            return ResetAccount(by, why, capital)
    raise TypeError(f"{facts[0].topic} names no command")
