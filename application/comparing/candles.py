"""Candles that became others after a paper account had acted on them."""

from collections.abc import Iterator

import numpy as np

from application.comparing.backtested import NOW
from application.comparing.cause import Cause, Code
from application.replay.recorded import ClosedAt
from application.verifying.recorded import WitnessedMarket
from domain.blocks import BLOCK, needed
from domain.candle_versions import CandleVersions
from domain.timeframes import timeframe
from domain.times import from_ms


class ChangedCandles:
    """`begun` (ms): candles that open before it are the account's history."""

    def __init__(self, market: WitnessedMarket, begun: int) -> None:
        self._market = market
        self._begun = begun

    def of_warm_up(self, pair: str, closed: ClosedAt, warm_up: int) -> Cause | None:
        """In what a strategy saw at a close."""
        frame = timeframe(closed.timeframe)
        since = max(0, needed(closed.close - frame.ms, frame, warm_up).since)
        versions = self._market.history(frame.name).versions(pair, since, closed.close, NOW)
        first = np.unique(versions.candles.open_time)[-(warm_up + BLOCK) :]
        is_seen = versions.candles.open_time >= (first[0] if len(first) else 0)
        behind = (versions.position > closed.position) & is_seen
        return self._told(pair, closed.timeframe, versions, behind)

    def of_span(self, pair: str, frame: str, since: int, until: int) -> Cause | None:
        """In the candles that open between two moments (ms), each as its own period saw it."""
        versions = self._market.history(frame).versions(pair, since, until, NOW)
        places = {opened: self._place(frame, opened) for opened in versions.candles.open_time}
        seen = np.array([places[opened] for opened in versions.candles.open_time], np.int64)
        return self._told(pair, frame, versions, versions.position > seen)

    def _place(self, frame: str, opened: int) -> int:
        """Up to where the tape was when the candle's own period was traded."""
        closed = self._market.period_from(frame, int(opened) + timeframe(frame).ms)
        return NOW if closed is None else closed.position

    def _told(
        self, pair: str, frame: str, versions: CandleVersions, behind: np.ndarray
    ) -> Cause | None:
        rows = np.flatnonzero(behind)
        if not len(rows):
            return None
        row = int(rows[-1])
        opened = int(versions.candles.open_time[row])
        known = versions.candles.open_time[~behind] == opened
        evidence = {
            "pair": pair, "timeframe": frame, "candle": from_ms(opened),
            "position": int(versions.position[row]), "candles": len(rows),
            **dict(self._numbers(versions, row)),
        }  # fmt: skip
        code, words = self._kind(opened, is_known=bool(known.any()))
        return Cause(
            code, f"{pair} {frame} candle of {from_ms(opened):%m-%d %H:%M} {words}", evidence
        )

    def _kind(self, opened: int, *, is_known: bool) -> tuple[Code, str]:
        if is_known:
            return "candle_revised", "was revised later"
        if opened < self._begun:
            return "history_late", "came to the history later"
        return "candle_late", "came later than its period"

    def _numbers(self, versions: CandleVersions, row: int) -> Iterator[tuple[str, object]]:
        """Its values, the earlier ones first."""
        candles = versions.candles
        same = np.flatnonzero(candles.open_time == candles.open_time[row])
        for name in ("open", "high", "low", "close", "volume"):
            values = [float(getattr(candles, name)[each]) for each in same]
            if len(set(values)) > 1 or len(values) == 1:
                yield name, values
