"""Why a trade on paper is another than in the backtest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Code = Literal[
    "operator", "configuration", "strategy_failed", "listing", "away", "seen_late",
    "candle_revised", "candle_late", "history_late", "follows", "unexplained",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """A code, a sentence, and what was found."""

    code: Code
    says: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


UNEXPLAINED = Cause("unexplained", "nothing on the tapes explains it")
