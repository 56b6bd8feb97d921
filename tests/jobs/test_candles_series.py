"""`papertape candles series` and `gaps`: what is recorded, and what is missing in it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from jobs.candle_series import in_words
from jobs.candles import app

RECORDED = Path(__file__).parents[3] / "shared" / "market-data"
MINUTE = 60_000
START = 1_704_067_200_000
HEADER = "open_time_ms,open,high,low,close,volume"


@pytest.fixture(autouse=True)
def _settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)


def test_an_empty_tape_has_neither(tmp_path: Path) -> None:
    assert run("series").stdout == "no candles are recorded\n"
    assert run("gaps").stdout == "no gaps\n"
    assert documents("series") == documents("gaps") == []


def test_each_series_with_its_candles_holes_outages_and_revisions(tmp_path: Path) -> None:
    given(tmp_path, "binance", "BTC/USDT", [*range(10), *range(12, 20)])
    given(tmp_path, "binance", "BTC/USDT", range(3), volume=9)
    given(tmp_path, "kraken", "ETH/USD", range(5))
    assert documents("series") == [
        {
            "exchange": "binance", "pair": "BTC/USDT", "timeframe": "1m", "candles": 18,
            "first": "2024-01-01T00:00:00Z", "last": "2024-01-01T00:19:00Z",
            "holes": 1, "outages": 1, "revised": 3,
        },
        {
            "exchange": "kraken", "pair": "ETH/USD", "timeframe": "1m", "candles": 5,
            "first": "2024-01-01T00:00:00Z", "last": "2024-01-01T00:04:00Z",
            "holes": 0, "outages": 0, "revised": 0,
        },
    ]  # fmt: skip
    assert [each["pair"] for each in documents("series", "--exchange", "kraken")] == ["ETH/USD"]


def test_series_are_a_table_for_people(tmp_path: Path) -> None:
    given(tmp_path, "binance", "BTC/USDT", range(1_200))
    head, row = run("series").stdout.splitlines()
    assert head.split() == [
        "exchange", "pair", "timeframe", "candles", "first", "last", "holes", "outages", "revised",
    ]  # fmt: skip
    assert row.split()[:4] == ["binance", "BTC/USDT", "1m", "1,200"]


def test_holes_are_outages_where_quiet_has_candles(tmp_path: Path) -> None:
    given(tmp_path, "binance", "BTC/USDT", [*range(10), *range(12, 200)])
    assert documents("gaps") == [
        {
            "exchange": "binance", "pair": "BTC/USDT", "timeframe": "1m",
            "since": "2024-01-01T00:10:00Z", "until": "2024-01-01T00:12:00Z",
            "candles": 2, "duration": "2 minutes", "reason": "outage",
        }
    ]  # fmt: skip


def test_quiet_holes_are_counted_and_shown_when_asked_for(tmp_path: Path) -> None:
    minutes = [minute for minute in range(400) if minute % 3 != 1]
    given(tmp_path, "bitfinex", "BTC/USD", [*minutes, *range(460, 470)])
    gap, quiet = run("gaps").stdout.splitlines()[1:]
    assert gap.split()[-5:] == ["60", "1", "hour", "outage"] or "outage" in gap
    assert quiet == "133 quiet holes beside; see --quiet"
    reasons = [each["reason"] for each in documents("gaps", "--quiet")]
    assert (reasons.count("quiet"), reasons.count("outage")) == (133, 1)


def test_what_the_tape_calls_a_gap_is_one(tmp_path: Path) -> None:
    given(tmp_path, "bitfinex", "BTC/USD", [*range(10), *range(12, 20)], "--quiet-candles")
    assert [each["reason"] for each in documents("gaps")] == ["outage"]


def test_gaps_of_some_series_alone(tmp_path: Path) -> None:
    for pair in ("BTC/USDT", "ETH/USDT"):
        given(tmp_path, "binance", pair, [0, 5])
    assert len(documents("gaps")) == 2
    assert [each["pair"] for each in documents("gaps", "--pair", "ETH/USDT")] == ["ETH/USDT"]
    assert documents("gaps", "--exchange", "binance", "--timeframe", "1m", "--pair", "BTC/USDT")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("gaps", "--pair", "BTC/USDT"), "BTC/USDT"),
        (("gaps", "--pair", " "), "' '"),
        (("gaps", "--exchange", "", "--timeframe", "1m"), "'' 1m"),
        (("series", "--exchange", "nope"), "nope"),
    ],
)
def test_what_is_not_recorded_is_bad_usage(arguments: tuple[str, ...], named: str) -> None:
    refused = run(*arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == f"papertape: no candles of {named} are recorded\n"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "1 minute"),
        (60, "1 hour"),
        (61, "1 hour 1 minute"),
        (11_390, "7 days 21 hours"),
        (1_440, "1 day"),
    ],
)
def test_durations_are_said_by_their_two_largest_units(minutes: int, words: str) -> None:
    assert in_words(minutes * MINUTE) == words


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded candles here")
@pytest.mark.parametrize(
    ("file", "exchange", "pair", "outages", "quiet"),
    [
        ("kraken/BTC-USDT/1m", "kraken", "BTC/USDT", 0, 1_367),
        ("bitfinex/BTC-USD/1m.2016-08-halt", "bitfinex", "BTC/USD", 4, 10_647),
    ],
)
def test_recorded_markets_have_their_outages_and_no_more(
    file: str, exchange: str, pair: str, outages: int, quiet: int
) -> None:
    path = str(RECORDED / f"{file}.parquet")
    options = ("--exchange", exchange, "--pair", pair, "--timeframe", "1m")
    assert json.loads(run("import", path, *options, "--json").stdout)["gaps"] == outages
    reasons = [each["reason"] for each in documents("gaps", "--quiet")]
    assert (reasons.count("outage"), reasons.count("quiet")) == (outages, quiet)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def documents(*arguments: str) -> list[dict[str, Any]]:
    """The items of the one JSON document that a command prints."""
    done = run(*arguments, "--json")
    assert done.exit_code == 0
    items: list[dict[str, Any]] = json.loads(done.stdout)["items"]
    return items


def given(
    folder: Path, exchange: str, pair: str, minutes: Iterable[int], *options: str, volume: int = 7
) -> None:
    """Import candles of these minutes."""
    rows = (f"{START + minute * MINUTE},100,120,90,101,{volume}" for minute in minutes)
    file = folder / "candles.csv"
    file.write_text("\n".join((HEADER, *rows)) + "\n")
    series = ("--exchange", exchange, "--pair", pair, "--timeframe", "1m")
    assert run("import", str(file), *series, *options).exit_code == 0
