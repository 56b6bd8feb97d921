"""Catching up, and a process that ends between any two appends: the same facts in the end."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from application.tapes import MarketTape
from domain.candles import Candle
from domain.facts import Fact
from tests.adapters.exchanges.running import MINUTE, NOON
from tests.application.scanning.running import (
    PAIRS,
    Scanning,
    Told,
    a_candle,
    an_exchange,
    of,
    scanning,
)
from tests.projections.history import ask
from tests.scenario import BTC, ETH, XRP

BOTH = {"1m": 3, "5m": 2}
MISSED = 1_050


def in_order_of_closes(first: int, last: int) -> Told:
    """All candles and periods of the minutes after noon, of 1m and 5m."""
    told: Told = []
    for minute in range(first, last + 1):
        at = f"{(12 + minute // 60) % 24:02}:{minute % 60:02}"
        told += of(PAIRS, at, "1m")
        told += of(PAIRS, at, "5m") if minute % 5 == 0 else []
    return told


def test_a_thousand_missed_periods_are_written_in_order_of_their_closes(
    database: str, market_tape: MarketTape
) -> None:
    exchange = an_exchange(["1m", "5m"], last=MISSED + 10)
    with scanning(database, market_tape, exchange, BOTH) as scanner:
        scanner.at(NOON)
        scanner.restart()
        assert scanner.minutes(MISSED) == in_order_of_closes(1, MISSED)
        assert scanner.missing() == {}
        assert scanner.minutes(MISSED) == []


def test_missed_periods_are_read_in_slices(
    scanner: Scanning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.scanning.scan.SLICE", 20)
    scanner.at(NOON)
    scanner.exchange.asked.clear()
    told = [each for minute in range(1, 91) for each in of(PAIRS, clock(minute), "1m")]
    assert scanner.minutes(90) == told
    assert len(scanner.exchange.asked) == 5 * len(PAIRS)


def clock(minute: int) -> str:
    return f"{12 + minute // 60:02}:{minute % 60:02}"


def test_what_comes_while_catching_up_waits_for_the_next_scan(scanner: Scanning) -> None:
    scanner.at(NOON)

    def time_goes_on(_pair: str) -> None:
        scanner.exchange.now += 10_000

    scanner.exchange.behind = time_goes_on
    scanner.at(NOON + 10 * MINUTE)
    assert scanner.periods()[-1][0] == "12:10"


class Killed(BaseException):
    """Stands for the end of the process."""


class MortalTape(MarketTape):
    """A market tape whose process ends before some appends, counted from 0, or each other one."""

    name = "tape"
    appends = 0
    dies_at: Container[int] = ()
    is_reborn = False

    def record(self, facts: Sequence[Fact]) -> None:
        if self.appends in self.dies_at and not self.is_reborn:
            self.is_reborn = True
            raise Killed
        self.is_reborn = False
        self.appends += 1
        super().record(facts)


Change = Callable[[Scanning], object]


def dearer(candle: Candle) -> Candle:
    return candle._replace(high=candle.high + 1, close=candle.close + 1)


def lose(scanner: Scanning) -> None:
    """ETH loses some candles, and one that came is changed."""
    scanner.take_away(ETH, [8, 9, 13, 14])
    scanner.change(XRP, 4, dearer)


def find_some(scanner: Scanning) -> None:
    scanner.give_back(ETH, [a_candle(number) for number in (8, 13)])


def find_all(scanner: Scanning) -> None:
    scanner.give_back(ETH, [a_candle(number) for number in (9, 14)])
    scanner.exchange.away_for = {BTC}


def come_back(scanner: Scanning) -> None:
    scanner.exchange.away_for = set()


def go_on(_scanner: Scanning) -> None:
    """Nothing happens."""


STORY: Sequence[tuple[int, Change]] = (
    (0, go_on), (5, go_on), (12, lose), (17, go_on), (18, find_some), (20, find_all),
    (21, come_back), (58, go_on), (62, go_on),
)  # fmt: skip
"""Minutes after noon of scans, and what happens before each."""


def is_over(scanner: Scanning, minute: int) -> bool:
    """Whether the scan was not cut short."""
    try:
        scanner.minutes(minute)
    except Killed:
        return False
    return True


def lived(scanner: Scanning) -> list[Any]:
    """The story, begun again wherever the process ends; its facts, without their exchange."""
    for minute, change in STORY:
        change(scanner)
        while not is_over(scanner, minute):
            scanner.restart()
    name = scanner.exchange.name
    query = f"SELECT topic, fact - 'exchange' FROM market.events WHERE fact->>'exchange' = '{name}'"
    return ask(scanner.url, f"{query} ORDER BY position")


def since_noon(facts: list[Any]) -> list[Any]:
    return [each for each in facts if each[1]["at"] > "2025-01-01T12:00:00Z"]


@dataclass
class Lives:
    """Lives of a scanner that tell the same story, on one tape, each of an exchange of its own."""

    url: str
    tape: MortalTape

    def life(self, dies_at: Container[int] = ()) -> list[Any]:
        self.tape.appends, self.tape.dies_at = 0, dies_at
        exchange = an_exchange(["1m", "5m"], name=f"fake {dies_at}")
        with scanning(self.url, self.tape, exchange, BOTH) as scanner:
            return lived(scanner)


@pytest.fixture
def lives(database: str, market_tape: MarketTape) -> Iterator[Lives]:
    tape = MortalTape(env=dict(market_tape.env))
    yield Lives(database, tape)
    tape.close()


def test_a_process_that_ends_before_any_append_leaves_the_same_facts(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.scanning.telling.APPEND", 400)
    undisturbed, appends = lives.life(), lives.tape.appends
    topics = {topic for topic, _ in undisturbed}
    assert topics >= {"GapFound", "GapFilled", "CandleRevised", "ScanFailed", "PeriodClosed"}
    for place in range(appends):
        again, when = lives.life([place]), f"killed before append {place} of {appends}"
        assert sorted(again, key=str) == sorted(undisturbed, key=str), when
        assert since_noon(again) == since_noon(undisturbed), when


def test_a_process_that_ends_before_every_append_leaves_the_same_facts(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.scanning.telling.APPEND", 6)
    undisturbed, appends = lives.life(), lives.tape.appends
    assert appends > 100
    again = lives.life(range(10 * appends))
    assert sorted(again, key=str) == sorted(undisturbed, key=str)
    assert since_noon(again) == since_noon(undisturbed)
