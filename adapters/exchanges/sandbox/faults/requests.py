"""Which request is answered wrongly: by chance that knows only the request and its number."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from adapters.exchanges.sandbox.faults.kinds import Outage, RequestFault
from adapters.exchanges.sandbox.noise import chance


class Asked(NamedTuple):
    """What a request is about; pair and timeframe only where it names them."""

    path: str
    pair: str | None = None
    timeframe: str | None = None


class RequestFaults:
    """The faults that hit requests, each by its number in the file; the first that hits counts."""

    def __init__(self, faults: Iterable[tuple[int, object]], seed: int) -> None:
        self._faults = [
            (number, fault) for number, fault in faults if isinstance(fault, RequestFault)
        ]
        self._seed = seed
        self._asked: Counter[tuple[int, Asked]] = Counter()
        self._hit: Counter[tuple[int, Asked]] = Counter()

    def __bool__(self) -> bool:
        return bool(self._faults)

    def hits(self, asked: Asked, now: int) -> RequestFault | None:
        """The fault that this request meets, if any."""
        for number, fault in self._faults:
            if _concerns(fault, asked, now) and self._strikes(number, fault, asked):
                return fault
        return None

    def _strikes(self, number: int, fault: RequestFault, asked: Asked) -> bool:
        key = (number, asked)
        self._asked[key] += 1
        if fault.times is not None and self._hit[key] >= fault.times:
            return False
        if chance(self._seed, "request", number, *asked, self._asked[key]) >= fault.chance:
            return False
        self._hit[key] += 1
        return True


def _concerns(fault: RequestFault, asked: Asked, now: int) -> bool:
    return (
        fault.path in (None, asked.path)
        and fault.holds(now)
        and fault.concerns(asked.pair, asked.timeframe)
    )


class Outages:
    """The times when an exchange answers with errors alone."""

    def __init__(self, faults: Iterable[tuple[int, object]]) -> None:
        self._outages = [
            fault for _, fault in faults if isinstance(fault, Outage) and fault.mode == "errors"
        ]

    def __bool__(self) -> bool:
        return bool(self._outages)

    def away(self, asked: Asked, now: int) -> bool:
        """Whether such a request finds the exchange away."""
        return any(
            outage.holds(now) and outage.concerns(asked.pair, asked.timeframe)
            for outage in self._outages
        )
