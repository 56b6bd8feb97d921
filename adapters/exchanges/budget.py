"""How often an exchange may be asked: one budget for all that ask it, kept over restarts.

Time is the currency: a request of cost c takes c / rate seconds of an exchange's time. A store
keeps the moment from which its time is free, and until when the exchange wants no request at all.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

from application.ports import ExchangeSaysWait

_FRESH = 1.0
_CHUNKS = 20


class Reservation(NamedTuple):
    """An answer of a store: time taken, usable after `seconds`; or nothing taken, try after them.

    `why` is what the exchange said when it closed its doors, empty if it did not.
    """

    granted: bool
    seconds: float
    why: str = ""


class BudgetStore(Protocol):
    """An exchange's time, shared by all that ask it. Thread-safe."""

    def reserve(self, span: float, slack: float, patience: float) -> Reservation:
        """Take `span` seconds of the exchange's time, of which `slack` may be taken in advance.

        Nothing is taken while it is closed, or if the wait were longer than `patience` seconds.
        """
        ...

    def close_for(self, seconds: float, why: str) -> None:
        """Grant nothing for `seconds`; an earlier, longer closure stays."""
        ...

    def closed(self) -> Reservation | None:
        """For how long it is still closed and why, as a refusal; None if it is open."""
        ...

    def close(self) -> None:
        """Let go of what the store holds; what it keeps stays."""
        ...


class MemoryBudget:
    """A budget of this process alone: for tests, and for commands without a database."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free_at = self._closed_until = -math.inf
        self._why = ""

    def reserve(self, span: float, slack: float, patience: float) -> Reservation:
        closed = self.closed()
        if closed is not None:
            return closed
        now = self._clock()
        taken_until = max(self._free_at, now) + span
        wait = max(taken_until - max(slack, span) - now, 0.0)
        if wait > patience:
            return Reservation(False, wait)
        self._free_at = taken_until
        return Reservation(True, wait)

    def close_for(self, seconds: float, why: str) -> None:
        until = self._clock() + seconds
        if until > self._closed_until:
            self._closed_until, self._why = until, why

    def closed(self) -> Reservation | None:
        left = self._closed_until - self._clock()
        return Reservation(False, left, self._why) if left > 0 else None

    def close(self) -> None:
        """Nothing is held."""


class Allowance(NamedTuple):
    """A steady `rate` of cost a second, and the `burst` of cost that may come at once."""

    rate: float
    burst: float = 0.0


def within_a_minute(rate: float, burst_seconds: float) -> Allowance:
    """The allowance that uses at most 60 x `rate` in any minute, `burst_seconds` of it at once.

    What a chunk took may be used for a second longer, which is taken off the burst.
    """
    steady = rate * (60 - burst_seconds) / 60
    return Allowance(steady, max(rate * burst_seconds - steady * _FRESH, 0.0))


class Budget:
    """Lets requests through at an allowance, over a store that others share.

    Takes time in chunks of a twentieth of the burst, so that a burst costs few statements, and
    forgets what of a chunk is unused after a second: in any W seconds at most
    burst + rate x (W + 1) of cost is let through, or one request if it costs more.
    An infinite rate lets everything through that is not told to wait.
    """

    def __init__(
        self,
        store: BudgetStore,
        allowance: Allowance,
        *,
        patience: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._allowance = allowance
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._left = 0.0
        self._starts = self._closed_until = -math.inf
        self._why = ""

    async def take(self, cost: float) -> None:
        """Wait until a request of `cost` may go.

        Raises ExchangeSaysWait at once while the exchange is closed or too much is waiting, and
        what the store raises.
        """
        self._refuse_while_closed()
        if math.isinf(self._allowance.rate):
            return
        async with self._turn:
            if cost > self._left or self._clock() > self._starts + _FRESH:
                await self._take_chunk(cost)
            self._left -= cost
            wait = self._starts - self._clock()
        if wait > 0:
            await self._sleep(wait)
        if wait > _FRESH:
            self._note(await asyncio.to_thread(self._store.closed))
        self._refuse_while_closed()

    async def close_for(self, seconds: float, why: str) -> None:
        """Let nothing through for `seconds`, here and wherever the store is shared."""
        self._note(Reservation(False, seconds, why))
        await asyncio.to_thread(self._store.close_for, seconds, why)

    async def _take_chunk(self, cost: float) -> None:
        self._refuse_while_closed()
        rate, burst = self._allowance
        chunk = max(cost, burst / _CHUNKS)
        reserved = await asyncio.to_thread(
            self._store.reserve, chunk / rate, burst / rate, self._patience
        )
        if not reserved.granted:
            self._note(reserved)
            self._refuse_while_closed()
            raise ExchangeSaysWait("as much as it allows is waiting already", reserved.seconds)
        self._left, self._starts = chunk, self._clock() + reserved.seconds

    def _note(self, refusal: Reservation | None) -> None:
        """Remember a closure, so that the store need not be asked while it lasts."""
        if refusal is not None and refusal.why:
            until = self._clock() + refusal.seconds
            if until > self._closed_until:
                self._closed_until, self._why = until, refusal.why

    def _refuse_while_closed(self) -> None:
        left = self._closed_until - self._clock()
        if left > 0:
            raise ExchangeSaysWait(f"wants no request for {left:.0f} s: {self._why}", left)
