"""What goes wrong in some hours of the sandbox exchange: planned by chance from a seed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from adapters.exchanges.sandbox.faults import read_faults
from adapters.exchanges.sandbox.faults.candles import CandleFaults
from adapters.exchanges.sandbox.simulator import Simulator, sketches
from domain.timeframes import timeframe
from domain.times import from_ms, to_ms

START = 1_736_163_900_000  # 2025-01-06T11:45Z: a quarter of an hour before markets are looked for
MINUTE = timedelta(minutes=1)
CALM = 9
"""Minutes at the end in which nothing goes wrong: what is late or restated comes right."""

DEADLINE = 20_000
LIMIT = 6_000
REQUESTS: tuple[dict[str, object], ...] = (
    {"kind": "status", "status": 429, "retry_after": 1},
    {"kind": "status", "status": 418, "retry_after": 1},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502, "html": True},
    {"kind": "disconnect"},
    {"kind": "hang", "seconds": 3},
    {"kind": "hang", "seconds": 0.2, "then": "close"},
    {"kind": "truncated"},
    {"kind": "truncated", "cut": True},
    {"kind": "not_json"},
    {"kind": "wrong_json"},
)
ROWS: tuple[dict[str, object], ...] = (
    {"kind": "empty"},
    {"kind": "descending"},
    {"kind": "duplicates"},
    {"kind": "contradicting_duplicates"},
    {"kind": "seconds"},
    {"kind": "bad_candle"},
    {"kind": "bad_candle", "how": "negative"},
)
CANDLES: tuple[tuple[dict[str, object], int], ...] = (
    ({"kind": "late", "seconds": 5}, 20),
    ({"kind": "late", "seconds": 45}, 10),
    ({"kind": "late", "seconds": 300}, 6),
    ({"kind": "restated", "seconds": 90}, 8),
    ({"kind": "restated", "seconds": 240}, 6),
    ({"kind": "absent"}, 6),
)
"""With how many candles, about, are hit in a small run."""


@dataclass(frozen=True, slots=True)
class Hours:
    """So many minutes of so many markets, and everything that goes wrong in them."""

    markets: int
    minutes: int
    seed: int

    @property
    def pairs(self) -> list[str]:
        """All pairs that are ever there."""
        return list(sketches(self.markets))

    @property
    def start(self) -> datetime:
        return from_ms(START)

    @property
    def end(self) -> datetime:
        return self.start + self.minutes * MINUTE

    @property
    def rounds(self) -> int:
        """Hours in which markets come and go."""
        return max(1, min(4, self.minutes // 60, self.markets // 3 - 2))

    @property
    def changing(self) -> list[tuple[str, str, str]]:
        """For each such hour a market that is listed, one that is delisted, and a halted one."""
        last = self.pairs[: -3 * self.rounds - 1 : -1]
        return [(last[3 * n], last[3 * n + 1], last[3 * n + 2]) for n in range(self.rounds)]

    @property
    def staying(self) -> list[str]:
        """Pairs that are there all the time."""
        return self.pairs[: -3 * self.rounds]

    def arguments(self, folder: Path) -> list[str]:
        """For `papertape sandbox`, with the faults in a file of this folder."""
        file = folder / "faults.toml"
        tables = "\n".join(f"[[faults]]\n{_table(fault)}" for fault in self.faults())
        file.write_text(f"seed = {self.seed}\n\n{tables}")
        return [
            *("--lockstep", "--markets", str(self.markets), "--limit", str(LIMIT)),
            *("--start", self.start.isoformat(), "--end", self.end.isoformat()),
            *("--faults", str(file)),
        ]

    def faults(self) -> list[dict[str, object]]:
        """As in a file of faults. The same for the same size and seed."""
        random = Random(self.seed)
        return [
            {"kind": "status", "status": 503, "path": "exchangeInfo", "times": 1},
            *self._listings(),
            *self._outages(),
            *self._clocks(),
            *self._of_requests(random),
            *self._of_candles(),
        ]

    def unseen(self, folder: Path, pair: str) -> set[int]:
        """Open times (ms) of 1m candles that were hidden beyond the deadline of their period."""
        frame, source = timeframe("1m"), Simulator(markets=self.markets)
        numbered = list(enumerate(read_faults(folder / "faults.toml").faults, 1))
        series = source.candles(pair, frame, to_ms(self.start), to_ms(self.end))
        return {
            int(series.open_time[spell.place])
            for spell in CandleFaults(numbered, source, self.seed).spells(pair, frame, series)
            if spell.candle is None
            and spell.until > int(series.open_time[spell.place]) + frame.ms + DEADLINE
        }

    @property
    def _away(self) -> tuple[int, int, int, int]:
        """Minutes between which the exchange answers with errors, then is silent."""
        errors = 18 + max(3, min(40, self.minutes // 9))
        return 18, errors, errors + 2, errors + 2 + max(2, self.minutes // 36)

    def _listings(self) -> Iterator[dict[str, object]]:
        for number, (new, gone, halted) in enumerate(self.changing):
            hour = 60 * number
            yield {"kind": "listed", "pair": new, "at": self._at(hour + 5)}
            yield {"kind": "delisted", "pair": gone, "at": self._at(hour + 7.5)}
            yield {"kind": "halted", "pair": halted, **self._span(hour + 5, hour + 17)}
            rules = {"kind": "rules", "pair": self.pairs[number], "at": self._at(hour + 10)}
            yield {**rules, "tick": 0.001, "min_notional": 10}

    def _outages(self) -> Iterator[dict[str, object]]:
        outage = {"kind": "outage"}
        first, errors, silent, back = self._away
        one, other, third = self.staying[:3]
        yield {**outage, "mode": "errors", **self._span(first, errors)}
        yield {**outage, "mode": "silent", **self._span(silent, back)}
        yield {**outage, "mode": "flat", "pairs": [one], **self._span(4, 8)}
        yield {**outage, "mode": "errors", "pairs": [other], **self._span(3, 9)}
        late = {"published": 120, **self._span(9, 14)}
        yield {**outage, "mode": "silent", "pairs": [third], **late}
        if self.minutes > 200:
            late = {"published": 1500, **self._span(120, 140)}
            yield {**outage, "mode": "silent", "pairs": [third], **late}
            yield {**outage, "mode": "flat", **self._span(230, 235)}

    def _clocks(self) -> Iterator[dict[str, object]]:
        yield {"kind": "clock", "offset": 90, **self._span(10, 12)}
        yield {"kind": "clock", "offset": -30, **self._span(14, 17)}
        if self.minutes > 300:
            yield {"kind": "clock", "offset": 4000, **self._span(250, 252)}

    def _of_requests(self, random: Random) -> Iterator[dict[str, object]]:
        """Each kind some times for certain, and by chance at any time."""
        usual = self._span(2, self.minutes - CALM)
        for fault in (*REQUESTS, *ROWS):
            for _ in range(max(1, self.markets * self.minutes // 1500)):
                yield {**fault, **self._strike(random)}
            yield {**fault, **usual, "path": "klines", "chance": 0.0005}
        for fault in REQUESTS:
            yield {**fault, **usual, "path": "time", "chance": 0.002}

    def _strike(self, random: Random) -> dict[str, object]:
        """The candles of a market that has no outage of its own, a few times in three minutes."""
        first, errors, silent, back = self._away
        minutes = [*range(2, first - 2), *range(errors, silent - 1)]
        minutes += range(back, self.minutes - CALM - 3)
        minute = random.choice(minutes)
        pairs = [random.choice(self.staying[3:])]
        times = random.choice((1, 1, 1, 2, 4))
        return {**self._span(minute, minute + 3), "path": "klines", "pairs": pairs, "times": times}

    def _of_candles(self) -> Iterator[dict[str, object]]:
        span = {**self._span(2, self.minutes - CALM), "pairs": self.staying}
        size = len(self.staying) * self.minutes
        scale = max(1.0, size / 2_000)
        for fault, about in CANDLES:
            yield {**fault, **span, "chance": min(0.1, about * scale / size)}
        if self.minutes > 200:
            yield {"kind": "late", "seconds": 1500, **span, "chance": 0.0005}

    def _at(self, minute: float) -> datetime:
        return self.start + minute * MINUTE

    def _span(self, since: float, until: float) -> dict[str, object]:
        return {"from": self._at(since), "until": self._at(until)}


def _table(fault: dict[str, object]) -> str:
    return "".join(f"{key} = {_toml(value)}\n" for key, value in fault.items())


def _toml(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else json.dumps(value)
