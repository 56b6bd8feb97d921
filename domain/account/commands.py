"""What an operator may tell an account to do, and the facts that it leads to."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Annotated

import msgspec

from domain.account.equity import last_price
from domain.account.evolve import evolve
from domain.account.exits import Leave, exit_order, is_leaving, leave_trade
from domain.account.facts import (
    AccountFact,
    AccountPaused,
    AccountReset,
    AccountResumed,
    CancellationRequested,
    CashAdjusted,
    ExitReason,
    ExitRequested,
    MarketLocked,
    MarketUnlocked,
    OrderCancelled,
    TradingResumed,
)
from domain.account.fills import fee
from domain.account.orders import cancelled
from domain.account.period import Period
from domain.account.state import Account, Trade, lock_key, lock_of, side_of
from domain.account.terms import Side
from domain.times import to_ms
from domain.values import MONEY, ZERO, decimal_text


class CommandRefused(ValueError):
    """The account cannot do that now; the message says why."""


Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_LARGEST, _FINEST, _LAST_YEAR = Decimal("1e15"), -12, 2100
_AMOUNT = "an amount is a number below 1e15 with at most 12 decimals"


class Command(msgspec.Struct, frozen=True, tag_field="command", forbid_unknown_fields=True):
    """What to do, who wants it, and why."""

    by: str
    why: str


class Pause(Command, frozen=True, tag="pause"):
    """No entry until resumed."""


class Resume(Command, frozen=True, tag="resume"):
    """Entries again: ends a pause, and halts by guards."""


class ExitTrade(Command, frozen=True, tag="exit"):
    """End a trade at the next open."""

    trade: int


class SettleTrade(Command, frozen=True, tag="settle"):
    """End a frozen trade at a price; without one, at its last."""

    trade: int
    price: Decimal | None = None


class CancelOrder(Command, frozen=True, tag="cancel"):
    """Take back a waiting order, when it has had the candle that is forming."""

    order: int


class LockMarket(Command, frozen=True, tag="lock"):
    """No entry in a market, on one side or both, up to a moment or until unlocked."""

    pair: str
    side: Side | None = None
    until: Moment | None = None


class UnlockMarket(Command, frozen=True, tag="unlock"):
    """End a market's lock."""

    pair: str
    side: Side | None = None


class AdjustCash(Command, frozen=True, tag="adjust"):
    """Pay paper money in or, below zero, take it out."""

    amount: Decimal


class ResetAccount(Command, frozen=True, tag="reset"):
    """Begin anew with a capital; without one, with that of the last beginning."""

    capital: Decimal | None = None


AnyCommand = (
    Pause | Resume | ExitTrade | SettleTrade | CancelOrder | LockMarket | UnlockMarket | AdjustCash
    | ResetAccount
)  # fmt: skip


def perform(
    account: Account, command: AnyCommand, moment: Period, market_position: int
) -> list[AccountFact]:
    """The facts of a command; the account is moved along with each. Raises CommandRefused.

    `moment` is the newest period that the account has handled: its `seen_at` dates the facts.
    """
    facts = []
    with localcontext(MONEY):
        for fact in _Performance(account, command, moment, market_position).facts():
            evolve(account, fact)
            facts.append(fact)
    return facts


class _Performance:
    """One command on its account. It refuses before the first fact, or not at all."""

    def __init__(
        self, account: Account, command: AnyCommand, moment: Period, market_position: int
    ) -> None:
        self._account = account
        self._command = command
        self._moment = moment
        self._at = moment.seen_at
        self._who = (market_position, command.by, command.why)
        self._ruled = (command.by, command.why, market_position)

    def facts(self) -> Iterator[AccountFact]:
        match self._command:
            case Pause():
                return self._pause()
            case Resume():
                return self._resume()
            case ExitTrade(trade=number):
                return self._exit(self._open_trade(number))
            case SettleTrade(trade=number, price=price):
                return self._settle(self._open_trade(number), price)
            case CancelOrder(order=number):
                return self._cancel(number)
            case LockMarket(pair=pair, side=side, until=until):
                return self._lock(pair, side, until)
            case UnlockMarket(pair=pair, side=side):
                return self._unlock(pair, side)
            case AdjustCash(amount=amount):
                return self._adjust(amount)
            case ResetAccount(capital=capital):
                return self._reset(capital)

    def _pause(self) -> Iterator[AccountFact]:
        if self._account.paused:
            raise CommandRefused(f"account {self._account.name!r} is paused already")
        yield AccountPaused(self._at, self._account.name, *self._who)

    def _resume(self) -> Iterator[AccountFact]:
        if not self._account.paused and not self._account.halts:
            raise CommandRefused(f"account {self._account.name!r} is neither paused nor halted")
        if self._account.paused:
            yield AccountResumed(self._at, self._account.name, *self._who)
        for key in list(self._account.halts):
            yield TradingResumed(self._at, self._account.name, *self._ruled, side_of(key))

    def _exit(self, trade: Trade) -> Iterator[AccountFact]:
        if trade.frozen:
            raise CommandRefused(f"the market of trade {trade.number} is gone: settle it instead")
        if is_leaving(self._account, trade):
            raise CommandRefused(f"the exit of trade {trade.number} is ordered already")
        yield self._requested(trade, None)
        yield exit_order(self._account, self._moment, trade, trade.left, "operator", self._at)

    def _settle(self, trade: Trade, price: Decimal | None) -> Iterator[AccountFact]:
        if not trade.frozen:
            raise CommandRefused(f"trade {trade.number} is not frozen: exit it instead")
        if price is None:
            price = self._last_price(trade)
        if not _is_amount(price) or price <= ZERO:
            raise CommandRefused(f"a trade is settled at a number above zero, not at {price}")
        yield self._requested(trade, price)
        yield from self._leave(trade, price, ZERO, "delisted")

    def _cancel(self, number: int) -> Iterator[AccountFact]:
        order = self._account.orders.get(number)
        if order is None:
            raise CommandRefused(f"order {number} of account {self._account.name!r} is not waiting")
        if order.is_unwanted:
            raise CommandRefused(f"order {number} is about to be cancelled already")
        yield CancellationRequested(
            self._at, self._account.name, order.trade, order.pair, number, *self._who
        )

    def _lock(self, pair: str, side: Side | None, until: datetime | None) -> Iterator[AccountFact]:
        if until is not None and until.year >= _LAST_YEAR:
            raise CommandRefused(f"{until:%Y-%m-%d} is too far: leave it out to lock for good")
        if until is not None and until <= self._at:
            raise CommandRefused(
                f"{until:%Y-%m-%d %H:%M} is past: the clock is {self._at:%Y-%m-%d %H:%M}"
            )
        if pair not in self._moment.rules:
            raise CommandRefused(f"{self._account.exchange} has no market {pair!r}")
        held = lock_of(self._account.locks, lock_key(pair, side))
        if held is not None and held.lasts(until):
            raise CommandRefused(f"{pair} is locked as long already")
        yield MarketLocked(self._at, self._account.name, *self._ruled, side, pair, until, {})

    def _unlock(self, pair: str, side: Side | None) -> Iterator[AccountFact]:
        if lock_key(pair, side) not in self._account.locks:
            locked = ", ".join(sorted(self._account.locks)) or "none is"
            raise CommandRefused(f"{lock_key(pair, side)} is not locked; {locked}")
        yield MarketUnlocked(self._at, self._account.name, *self._ruled, side, pair)

    def _adjust(self, amount: Decimal) -> Iterator[AccountFact]:
        free = self._account.free_cash
        if not _is_amount(amount) or amount == ZERO:
            raise CommandRefused(f"{_AMOUNT}, and not zero")
        if amount < -max(free, ZERO):
            raise CommandRefused(
                f"only {decimal_text(max(free, ZERO))} {self._account.quote} is free to take out"
            )
        cash = self._account.cash + amount
        yield CashAdjusted(self._at, self._account.name, *self._who, amount, cash)

    def _reset(self, capital: Decimal | None) -> Iterator[AccountFact]:
        begin_with = self._account.capital if capital is None else capital
        if not _is_amount(begin_with) or begin_with <= ZERO:
            raise CommandRefused(f"{_AMOUNT}, and above zero")
        for order in list(self._account.orders.values()):
            yield cancelled(self._account, order, "reset", self._at)
        for trade in list(self._account.trades.values()):
            price = self._last_price(trade)
            paid = fee(trade.left, price, self._moment.rules[trade.pair].taker)
            yield from self._leave(trade, price, paid, "reset")
        epoch = self._account.epoch + 1
        yield AccountReset(self._at, self._account.name, *self._who, epoch, begin_with)

    def _open_trade(self, number: int) -> Trade:
        trade = self._account.trades.get(number)
        if trade is None:
            raise CommandRefused(f"trade {number} of account {self._account.name!r} is not open")
        return trade

    def _requested(self, trade: Trade, price: Decimal | None) -> ExitRequested:
        name = self._account.name
        return ExitRequested(self._at, name, trade.number, trade.pair, price, *self._who)

    def _leave(
        self, trade: Trade, price: Decimal, paid: Decimal, reason: ExitReason
    ) -> Iterator[AccountFact]:
        for order in list(self._account.orders.values()):
            if order.trade == trade.number:
                yield self._ended_with(order.number, trade)
        until = to_ms(self._moment.closed_at)
        leave = Leave(self._at, trade.left, price, paid, reason, False, False, until)
        yield leave_trade(self._account, self._moment, trade, leave)

    def _ended_with(self, order: int, trade: Trade) -> OrderCancelled:
        return OrderCancelled(
            self._at, self._account.name, trade.number, trade.pair, order, "exit", "trade_closed"
        )

    def _last_price(self, trade: Trade) -> Decimal:
        return last_price(self._moment, trade.pair) or trade.entry_price


def _is_amount(number: Decimal) -> bool:
    """Whether it is a number whose sums with others stay exact."""
    if not number.is_finite() or abs(number) >= _LARGEST:
        return False
    exponent = number.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent >= _FINEST
