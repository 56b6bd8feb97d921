"""Asking an exchange again after a while, as often as makes sense."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from application.ports import ExchangeSaysWait, ExchangeUnavailable

SECONDS = 120.0
"""How long to wait for an answer, the exchange's rate included."""

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each further try."""

LONGEST = 900.0
"""Seconds that an exchange may make us wait for one answer, all in all."""

Answer = TypeVar("Answer")
Sleep = Callable[[float], Awaitable[None]]
Note = Callable[[str, str], None]


async def patiently(ask: Callable[[], Awaitable[Answer]], sleep: Sleep, note: Note) -> Answer:
    """What is answered in the end; `note` hears of each vain try, its kind and reason.

    An exchange that says how long to wait is taken at its word. Raises ExchangeUnavailable when
    there were too many tries or it wants too long a wait; ExchangeRefused at once.
    """
    pauses, waited = iter(PAUSES), 0.0
    while True:
        try:
            async with asyncio.timeout(SECONDS):
                return await ask()
        except ExchangeSaysWait as error:
            note("told to wait", str(error))
            pause = error.seconds
            waited += pause
            if waited > LONGEST:
                raise
        except (ExchangeUnavailable, TimeoutError) as error:
            failure = _as_unavailable(error)
            note("no answer" if isinstance(error, TimeoutError) else "unavailable", str(failure))
            pause = next(pauses, -1.0)
            if pause < 0:
                raise failure from error
        await sleep(pause)


def _as_unavailable(error: Exception) -> ExchangeUnavailable:
    if isinstance(error, ExchangeUnavailable):
        return error
    return ExchangeUnavailable(f"no answer in {SECONDS:.0f} s")
