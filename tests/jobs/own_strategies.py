"""A folder of strategies and settings that name one of them, for tests of commands."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.strategies.written import BREAKOUT, WITH_HELPER, write
from tests.jobs.test_cli import CLOSED_PORT, Ran

PEEKING = BREAKOUT.replace("from papertape", "import numpy as np\nfrom papertape").replace(
    "crosses_above(candles.close", "crosses_above(np.roll(candles.close, -1)"
)
QUICK = WITH_HELPER.replace(', "atr": Indicator("ATR", period=14)', "").replace(
    ' * values["atr"]', ""
)
CONFIGURED = """
[[exchanges]]
name = "binance"
pairs = ["BTC/USDT", "ETH/USDT", "XRP/USDT"]
url = "http://127.0.0.1:1"

[[accounts]]
name = "main"
exchange = "binance"
strategies = [{ name = "breakout", parameters = { length = 5 } }]
"""


@pytest.fixture(autouse=True)
def strategies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, beside the settings, with one strategy; and a database out of reach."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", CLOSED_PORT)
    Path("papertape.toml").write_text(CONFIGURED)
    return write(tmp_path / "strategies", breakout=WITH_HELPER, levels="WIDE = 2\n")


@pytest.fixture
def url(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database within reach."""
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)
    return database


def document(ran: Ran, status: int = 0) -> Any:
    assert ran.status == status, ran
    return json.loads(ran.out)
