"""The trading policy: a closed period in, the accounts' facts out.

A deterministic function of the market tape and the configuration. It reads candles of the market
tape as of the period's position, and never a read model, a clock, the network or chance.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from application.chains import chained
from application.commands import Asked, OpenAccount
from application.opinions import Opinions, Resolve
from application.plans import AccountPlan
from application.ports import Listings, MarketHistory, TapeRow
from application.setup import apply_plan
from application.tapes import TapeEvent, event_id, stream
from domain.account.commands import CommandRefused, perform
from domain.account.decide import decide
from domain.account.facts import AccountFact, EngineChanged
from domain.account.period import Period
from domain.account.state import Account
from domain.candles import Candle
from domain.facts import decode
from domain.market_facts import CandleRevised, MarketDelisted, MarketListed, PeriodClosed
from domain.strategies.evaluate import Compute
from domain.timeframes import timeframe
from domain.times import to_ms
from domain.values import exact

ENGINE = 4
"""Version of the trading rules: raised whenever the same candles would give other facts."""


class AccountMoved(Exception):
    """An open account keeps its exchange and quote; configure another account instead."""


class AccountBusy(Exception):
    """While a trade or order is open, an account keeps its place and its execution timeframe."""


ENGINE_STREAM = stream("engine")


@dataclass(slots=True)
class Traded:
    """What is remembered between periods. All of it can be read from the tapes again."""

    accounts: dict[str, Account]
    listings: dict[str, Listings]
    engine: EngineChanged | None
    engine_version: int
    position: int


class Trading:
    """Trades one period after the other; what it returns is to be committed with the position."""

    def __init__(
        self,
        remembered: Traded,
        plans: Sequence[AccountPlan],
        history: Callable[[str, str], MarketHistory],
        compute: Compute,
        resolve: Resolve,
        libraries: Mapping[str, str],
    ) -> None:
        self._remembered = remembered
        self._plans = {plan.name: plan for plan in plans}
        self._history = history
        self._libraries = dict(libraries)
        self._opinions = Opinions(history, compute, resolve)
        self._set_up: set[str] = set()
        for plan in plans:
            self._refuse_moved(plan)
        for account in remembered.accounts.values():
            self._refuse_abandoned(account)

    def _refuse_moved(self, plan: AccountPlan) -> None:
        account = self._remembered.accounts.get(plan.name)
        if account is None:
            return
        is_busy = bool(account.trades or account.orders)
        if is_busy and account.timeframe != plan.timeframe:
            raise AccountBusy(
                f"account {plan.name!r} has open trades or orders, judged on {account.timeframe} "
                f"candles, but is configured for {plan.timeframe}. {AccountBusy.__doc__}"
            )
        if (account.exchange, account.quote) != (plan.exchange, plan.quote):
            raise AccountMoved(
                f"account {plan.name!r} is open on {account.exchange} in {account.quote}, but "
                f"configured on {plan.exchange} in {plan.quote}. {AccountMoved.__doc__}"
            )

    def _refuse_abandoned(self, account: Account) -> None:
        if (account.trades or account.orders) and account.name not in self._plans:
            raise AccountBusy(
                f"account {account.name!r} has open trades or orders, but is not configured any "
                f"more: nobody would watch its stops. {AccountBusy.__doc__}"
            )

    @property
    def accounts(self) -> Mapping[str, Account]:
        """The accounts as they are now."""
        return self._remembered.accounts

    def handle(self, row: TapeRow) -> list[TapeEvent]:
        """The events that an event of the market tape leads to."""
        fact = decode(row.topic, row.state)
        events: list[TapeEvent] = []
        match fact:
            case MarketListed() | MarketDelisted():
                self._remembered.listings.setdefault(fact.exchange, Listings()).take(fact)
            case CandleRevised():
                self._opinions.forget(fact.series)
            case PeriodClosed():
                cause = event_id(row.originator_id, row.originator_version)
                events = self._trade(fact, row.position, cause)
        self._remembered.position = row.position
        return events

    def _trade(self, closed: PeriodClosed, position: int, cause: UUID) -> list[TapeEvent]:
        history = self._history(closed.exchange, closed.timeframe)
        late = self._late(history, closed, position)
        events = self._engine_changed(closed)
        set_up = self._apply_plans(closed)
        accounts = self._accounts_of(closed.exchange)
        opinions = self._opinions.at(closed, position, accounts)
        listings = self._listings(closed.exchange)
        for account in accounts:
            first = account.version - len(set_up.get(account.name, ()))
            period = Period(
                exchange=closed.exchange,
                timeframe=closed.timeframe,
                closed_at=closed.at,
                seen_at=closed.seen_at,
                candles=opinions.candles,
                rules=listings.rules,
                history=AsOf(history, position, to_ms(closed.at)),
                opinions=opinions.of(account),
                failures=opinions.failures_of(account),
                late=late,
                delisted=listings.delisted,
            )
            facts = [*set_up.get(account.name, ()), *decide(account, period)]
            events.extend(chained(account.name, first, facts, cause))
        return events

    def place_of(self, account: str) -> tuple[str, str]:
        """Where an account trades and on which candles; raises CommandRefused."""
        state, plan = self._remembered.accounts.get(account), self._plans.get(account)
        if state is not None:
            return state.exchange, state.timeframe
        if plan is not None:
            return plan.exchange, plan.timeframe
        known = ", ".join(sorted({*self._remembered.accounts, *self._plans})) or "none"
        raise CommandRefused(f"there is no account {account!r}; known: {known}")

    def perform(
        self, account: str, command: Asked, closed: PeriodClosed, cause: UUID
    ) -> list[TapeEvent]:
        """The events of an operator's command. Raises CommandRefused.

        `closed` is the newest period that the account has handled.
        """
        if isinstance(command, OpenAccount):
            return self._open(account, closed, cause)
        state, position = self._remembered.accounts.get(account), self._remembered.position
        if state is None:
            raise CommandRefused(f"account {account!r} is not open yet: open it first")
        history = self._history(closed.exchange, closed.timeframe)
        moment = Period(
            exchange=closed.exchange,
            timeframe=closed.timeframe,
            closed_at=closed.at,
            seen_at=closed.seen_at,
            candles={},
            rules=self._listings(closed.exchange).rules,
            history=AsOf(history, position, to_ms(closed.at)),
        )
        first = state.version
        return chained(account, first, perform(state, command, moment, position), cause)

    def _open(self, account: str, closed: PeriodClosed, cause: UUID) -> list[TapeEvent]:
        plan = self._plans.get(account)
        if account in self._remembered.accounts:
            raise CommandRefused(f"account {account!r} is open already")
        if plan is None:
            raise CommandRefused(f"account {account!r} is not configured: add it and start anew")
        state = self._remembered.accounts.setdefault(account, Account(account))
        facts = apply_plan(state, plan, closed.seen_at, self._remembered.position)
        return chained(account, 0, facts, cause)

    def _listings(self, exchange: str) -> Listings:
        return self._remembered.listings.setdefault(exchange, Listings())

    def _late(
        self, history: MarketHistory, closed: PeriodClosed, position: int
    ) -> Sequence[tuple[str, Candle]]:
        """Late and revised candles that may still end a trade; windows they touch are dropped."""
        closed_at = to_ms(closed.at)
        period = closed_at, closed_at - timeframe(closed.timeframe).ms, position
        disturbed = history.disturbed(*period)
        for pair in disturbed:
            self._opinions.forget_pair(closed.exchange, closed.timeframe, pair)
        entered = [
            to_ms(trade.entered_at)
            for account in self._accounts_of(closed.exchange)
            for trade in account.trades.values()
        ]
        return history.late(*period, min(entered)) if disturbed and entered else ()

    def _accounts_of(self, exchange: str) -> list[Account]:
        accounts = self._remembered.accounts
        return [accounts[name] for name in sorted(accounts) if accounts[name].exchange == exchange]

    def _apply_plans(self, closed: PeriodClosed) -> dict[str, list[AccountFact]]:
        """Open, configure and deploy what is new, once for each start, before its first period."""
        if closed.exchange in self._set_up:
            return {}
        self._set_up.add(closed.exchange)
        facts = {}
        for plan in self._plans.values():
            if plan.exchange == closed.exchange:
                account = self._remembered.accounts.setdefault(plan.name, Account(plan.name))
                facts[plan.name] = apply_plan(account, plan, closed.at, self._remembered.position)
        return facts

    def _engine_changed(self, closed: PeriodClosed) -> list[TapeEvent]:
        engine = self._remembered.engine
        if engine is not None and (engine.engine, engine.libraries) == (ENGINE, self._libraries):
            return []
        fact = EngineChanged(closed.at, ENGINE, self._libraries, self._remembered.position)
        self._remembered.engine = fact
        self._remembered.engine_version += 1
        version = self._remembered.engine_version
        own = str(event_id(ENGINE_STREAM, version))
        ids = {"id": own, "correlation_id": own, "causation_id": own}
        return [TapeEvent(ENGINE_STREAM, version, fact, ids)]


@dataclass(frozen=True, slots=True)
class AsOf:
    """A history that ends at a position, and at a close (ms)."""

    history: MarketHistory
    position: int
    closed_at: int

    def extremes(self, pair: str, since: int, until: int) -> tuple[Decimal, Decimal] | None:
        """As in MarketHistory, as of the position."""
        return self.history.extremes(pair, since, until, self.position)

    def last(self, pair: str) -> Decimal | None:
        """The close of the newest candle that opened before the close."""
        found = self.history.newest([pair], self.closed_at - 1, self.position, 1)[pair]
        return exact(found.close[-1]) if len(found) else None
