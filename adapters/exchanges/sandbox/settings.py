"""What a sandbox exchange serves, and on which clock."""

from dataclasses import dataclass
from pathlib import Path

from adapters.exchanges.sandbox.faults.kinds import Faults


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Without `data` the candles are simulated from `seed`.

    `data` holds `<BASE-QUOTE>/<timeframe>.parquet` (or `.csv`), or such folders one for each
    exchange, of which `exchange` names one. `pairs` and `timeframes` leave out all others.
    `start` and `end` are ms; without `start` a folder's clock starts 500 candles before its end.
    `speed` is market seconds a second; None is lockstep: the clock stands until it is advanced.
    `jitter_ms` delays each answer by chance (seeded) up to so long, which shuffles their order.
    `markets` is how many pairs are simulated (eight). `faults` says what goes wrong: a TOML file,
    or the faults themselves. `limit` is the request weight allowed in each minute of real time.
    """

    data: Path | None = None
    exchange: str | None = None
    seed: int = 7
    start: int | None = None
    end: int | None = None
    speed: float | None = None
    jitter_ms: float = 0
    pairs: tuple[str, ...] | None = None
    timeframes: tuple[str, ...] | None = None
    markets: int | None = None
    faults: Path | Faults | None = None
    limit: int | None = None
