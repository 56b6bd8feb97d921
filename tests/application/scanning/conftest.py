"""A scanner of three markets, at noon."""

from collections.abc import Iterator

import pytest

from application.tapes import MarketTape
from tests.application.scanning.running import Scanning, an_exchange, scanning


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to rest between two tries."""
    monkeypatch.setattr("application.scanning.clock.PAUSE", 0.0)
    monkeypatch.setattr("application.scanning.looks.PAUSE", 0.0)


@pytest.fixture
def scanner(database: str, market_tape: MarketTape) -> Iterator[Scanning]:
    with scanning(database, market_tape, an_exchange()) as made:
        yield made
