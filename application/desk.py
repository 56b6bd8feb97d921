"""The shell around trading: load, pull a page, decide outside of transactions, commit, snapshot."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from application.commands import AskedCommand, CommandQueue
from application.opinions import Resolve
from application.plans import AccountPlan
from application.ports import Listings, MarketHistory, TapeRow
from application.tapes import TapeEvent, TradingTape
from application.trading import ENGINE_STREAM, Traded, Trading
from domain.account.commands import CommandRefused
from domain.account.facts import EngineChanged
from domain.facts import decode
from domain.market_facts import PeriodClosed
from domain.strategies.evaluate import Compute

PAGE = 100
SNAPSHOT_EVERY = 200


class TapeWasCut(Exception):
    """Trading has handled more than the market tape holds: its tail is gone. Restore a backup."""


class MarketFollower(Protocol):
    """The market tape, followed without its candles."""

    def page(self, after: int, limit: int) -> Sequence[TapeRow]: ...

    def listings_at(self, position: int) -> dict[str, Listings]: ...

    def last_period(self, exchange: str, frame: str, position: int) -> PeriodClosed | None: ...

    def head(self) -> int: ...


class Desk:
    """Trades the market tape from where it was left."""

    def __init__(
        self,
        tape: TradingTape,
        follower: MarketFollower,
        plans: Sequence[AccountPlan],
        history: Callable[[str, str], MarketHistory],
        compute: Compute,
        resolve: Resolve,
        libraries: Mapping[str, str],
        queue: CommandQueue,
    ) -> None:
        self._tape = tape
        self._follower = follower
        self._queue = queue
        self._position = tape.handled()
        if self._position > follower.head():
            raise TapeWasCut(TapeWasCut.__doc__)
        self._trading = Trading(self._remembered(), plans, history, compute, resolve, libraries)
        self._kept = {name: account.version for name, account in self._trading.accounts.items()}

    @property
    def position(self) -> int:
        """How far the market tape is handled."""
        return self._position

    def trade_page(self) -> bool:
        """Handle what is new, at most a page; then commands. False: there was nothing."""
        rows = self._follower.page(self._position, PAGE)
        if not rows:
            return self._carry_out_commands()
        events = [event for row in rows for event in self._trading.handle(row)]
        self._tape.record(events, handled=rows[-1].position, before=self._position)
        self._position = rows[-1].position
        self._keep_snapshots()
        return True

    def _carry_out_commands(self) -> bool:
        """Do what operators ask, when all that has closed is handled."""
        asked = self._queue.waiting()
        for each in asked:
            try:
                events = self._carry_out(each)
            except CommandRefused as refused:
                self._queue.refuse(each.id, str(refused))
            except Exception:  # a fault of the program: it must not wait there for the next start
                self._queue.refuse(each.id, "it failed; the log says more")
                raise
            else:
                self._tape.record_command(events, each.id, before=self._position)
                self._keep_snapshots()
        return bool(asked)

    def _carry_out(self, asked: AskedCommand) -> list[TapeEvent]:
        exchange, frame = self._trading.place_of(asked.account)
        closed = self._follower.last_period(exchange, frame, self._position)
        if closed is None:
            raise CommandRefused(f"no period of {exchange} {frame} has closed yet: wait for one")
        return self._trading.perform(asked.account, asked.command, closed, asked.id)

    def _remembered(self) -> Traded:
        tape = self._tape
        accounts = {name: tape.account(name) for name in tape.account_names()}
        engine = tape.recorder.select_events(ENGINE_STREAM, desc=True, limit=1)
        changed = decode(engine[0].topic, engine[0].state) if engine else None
        return Traded(
            accounts=accounts,
            listings=self._follower.listings_at(self._position),
            engine=changed if isinstance(changed, EngineChanged) else None,
            engine_version=engine[0].originator_version if engine else 0,
            position=self._position,
        )

    def _keep_snapshots(self) -> None:
        for name, account in self._trading.accounts.items():
            if account.version - self._kept.get(name, 0) >= SNAPSHOT_EVERY:
                self._tape.keep_snapshot(account)
                self._kept[name] = account.version
