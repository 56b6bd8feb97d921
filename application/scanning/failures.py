"""Series that cannot be read: counted, asked ever more seldom, and said to be well again."""

from collections.abc import Iterator, Sequence

from application.ports import Failing, ScanMemory
from domain.candles import Series
from domain.market_facts import MarketRevalidated, ScanFailed
from domain.timeframes import Timeframe
from domain.times import from_ms

PATIENT = 3
"""So many failed scans in a row are met with another at the next period; then it gets rarer."""

HOUR = 3_600_000


class Failures:
    """The failing series of one exchange, as the tape says and as scans go on."""

    def __init__(self, memory: ScanMemory, exchange: str, *, patient: bool = True) -> None:
        self._memory = memory
        self._exchange = exchange
        self._is_patient = patient
        self._failing: dict[Series, Failing] = {}
        self._known: set[Series] = set()

    def load(self, frame: Timeframe, pairs: Sequence[str]) -> None:
        """Learn from the tape which of these fail, once."""
        all_series = {pair: Series(self._exchange, pair, frame.name) for pair in pairs}
        unknown = [pair for pair, series in all_series.items() if series not in self._known]
        if unknown:
            for pair, failing in self._memory.failing(frame.name, unknown).items():
                self._failing[all_series[pair]] = failing
            self._known.update(all_series[pair] for pair in unknown)

    def failing(self) -> list[Series]:
        """Those that fail now."""
        return sorted(self._failing)

    def is_due(self, series: Series, now: int) -> bool:
        """Whether to ask a series at `now` (ms): failing ones after twice as long each time."""
        failing = self._failing.get(series)
        if failing is None or not self._is_patient:
            return True
        return not failing.at <= now < failing.at + _pause(failing, series.frame)

    def failed(self, series: Series, now: int, reason: str) -> Iterator[ScanFailed]:
        """A scan of the series failed; it counts once for each time of the clock."""
        before = self._failing.get(series, Failing(0, -1))
        if before.at != now:
            self._failing[series] = Failing(before.failures + 1, now)
            yield ScanFailed(from_ms(now), *series, reason)

    def well(self, series: Series, now: int) -> Iterator[MarketRevalidated]:
        """The series was read: it is well again if it failed before."""
        failing = self._failing.pop(series, None)
        if failing is not None:
            yield MarketRevalidated(from_ms(now), *series, failing.failures)


def _pause(failing: Failing, frame: Timeframe) -> int:
    """How long (ms) to leave a series alone: 1, 2, 4 ... periods, at most an hour or a period."""
    if failing.failures < PATIENT:
        return 0
    doubled = int(frame.ms * 2 ** min(failing.failures - PATIENT, 20))
    return min(doubled, max(HOUR, frame.ms))
