"""What a check is made with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from application.opinions import Resolve
from application.verifying.recorded import RecordedTrading, WitnessedMarket
from domain.strategies.evaluate import Compute


@dataclass(frozen=True, slots=True)
class Tapes:
    """Both tapes as they were at one moment, and what trading computes with.

    `market` is the market tape of an exchange; that of none ("") has events of all.
    """

    trading: RecordedTrading
    market: Callable[[str], WitnessedMarket]
    compute: Compute
    resolve: Resolve
    libraries: Mapping[str, str]
