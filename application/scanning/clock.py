"""The exchange's clock, asked a few times before it counts as away."""

import asyncio

from application.ports import (
    Attempt,
    AttemptLog,
    Exchange,
    ExchangeError,
    ExchangeSaysWait,
    ExchangeUnavailable,
)
from application.scanning.downloads import PATIENCE, kind_of

TRIES = 3
PAUSE = 0.2


class ExchangeClock:
    """Reads the clock of an exchange; failed attempts are noted."""

    def __init__(self, exchange: Exchange, log: AttemptLog) -> None:
        self._exchange = exchange
        self._log = log

    async def read(self) -> int:
        """The exchange's time in ms. Raises ExchangeError when it does not say."""
        for attempt in range(1, TRIES + 1):
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._exchange.time()
            except TimeoutError as error:
                away = ExchangeUnavailable(f"no time within {PATIENCE:.0f} s")
                away.__cause__ = error
            except ExchangeUnavailable as error:
                away = error
            self._log.note(Attempt("time", kind_of(away), str(away)))
            if attempt == TRIES or isinstance(away, ExchangeSaysWait):
                raise away
            await asyncio.sleep(PAUSE * 2**attempt)
        raise AssertionError("the last try returns or raises")

    async def behind(self, known: int) -> int:
        """The time now, which is not before `known` (ms); that, where the exchange is silent."""
        try:
            return max(known, await self.read())
        except ExchangeError:  # noted as an attempt
            return known
