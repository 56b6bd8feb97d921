"""`papertape candles export`: what comes out goes in again and changes nothing."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from typer.testing import CliRunner, Result

from adapters.bootstrap import market_head
from adapters.candle_files import read_candles
from adapters.candle_writing import write_candles
from adapters.postgres import candle_blocks
from adapters.postgres.reports import tape_report
from domain.candles import Candles
from domain.timeframes import timeframe
from jobs.candles import app

MINUTE = 60_000
START = 1_704_067_200_000
HEADER = "open_time_ms,open,high,low,close,volume"
SERIES = ("--exchange", "sandbox", "--pair", "BTC/USDT", "--timeframe", "1m")
KINDS = pytest.mark.parametrize("kind", ["csv", "parquet"])


@pytest.fixture(autouse=True)
def _settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)


@KINDS
def test_importing_what_was_exported_writes_nothing(
    tmp_path: Path, database: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candle_blocks, "BLOCK", 7)
    given_candles(tmp_path, [*range(20), *range(35, 50)])
    before = tape_report(database)
    done = run("export", f"out.{kind}", "--json")
    assert json.loads(done.stdout) == {
        "file": f"out.{kind}", "candles": 35, "as_of": market_head(database),
        "first": "2024-01-01T00:00:00Z", "last": "2024-01-01T00:49:00Z",
    }  # fmt: skip
    again = json.loads(run("import", f"out.{kind}", "--json").stdout)
    assert (again["written"], again["unchanged"], again["revised"]) == (0, 35, 0)
    assert tape_report(database) == before


def test_a_csv_has_the_shortest_texts(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f"{HEADER}\n{START},100.10,1.5e2,0.00000001,100.0,7.50\n")
    run("import", "in.csv")
    run("export", "out.csv")
    written = (tmp_path / "out.csv").read_text()
    assert written == f"{HEADER}\n{START},100.1,150,0.00000001,100,7.5\n"


def test_parquet_has_the_form_of_an_import(tmp_path: Path) -> None:
    given_candles(tmp_path, range(3))
    run("export", "out.parquet")
    frame = polars.read_parquet(tmp_path / "out.parquet")
    assert [str(kind) for kind in frame.dtypes] == ["Int64", *["Float64"] * 5]
    assert frame.columns == HEADER.split(",")


def test_a_range_and_a_position_choose(tmp_path: Path, database: str) -> None:
    given_candles(tmp_path, range(10))
    before = market_head(database)
    given_candles(tmp_path, range(10), volume=9)
    run("export", "old.csv", "--as-of", before, "--from", "2024-01-01T00:03Z")
    run("export", "new.csv", "--to", START + 4 * MINUTE)
    assert volumes(tmp_path / "old.csv") == ["7"] * 7
    assert volumes(tmp_path / "new.csv") == ["9"] * 4


def test_a_day_is_a_time_too(tmp_path: Path) -> None:
    given_candles(tmp_path, range(10))
    assert run("export", "out.csv", "--from", "2024-01-01", "--to", "2024-01-02").exit_code == 0


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path: Path) -> None:
    given_candles(tmp_path, range(3))
    (tmp_path / "out.csv").write_text("mine")
    refused = run("export", "out.csv")
    assert refused.exit_code == 2
    assert refused.stderr == "papertape: out.csv: it is there already; --force overwrites it\n"
    assert (tmp_path / "out.csv").read_text() == "mine"
    assert run("export", "out.csv", "--force").exit_code == 0
    assert len(volumes(tmp_path / "out.csv")) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("out.csv", "--pair", "ETH/USDT"), "no candles of sandbox ETH/USDT 1m are recorded"),
        (("out.csv", "--from", "2030-01-01"), "there are no candles in that range"),
        (("out.csv", "--as-of", "99"), "there is no position 99; the market tape's newest is 3"),
        (("out.csv", "--as-of", "0"), "there is no position 0"),
        (("out.txt",), "a candle file ends in .parquet or .csv"),
        (("none/out.csv",), "there is no such folder"),
        (("out.csv", "--timeframe", "7x"), "'7x' is not a timeframe"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_line(
    tmp_path: Path, arguments: Sequence[str], words: str
) -> None:
    given_candles(tmp_path, range(3))
    refused = run("export", *arguments)
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["candles.csv"]


@KINDS
def test_a_file_that_is_cut_short_does_not_appear(tmp_path: Path, kind: str) -> None:
    def broken() -> object:
        yield Candles(np.array([0]), *[np.array([1.0])] * 5)
        raise RuntimeError("the end")

    with pytest.raises(Exception, match="the end"):
        write_candles(tmp_path / f"out.{kind}", broken())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


prices = some.floats(1e-12, 1e12)
volume = some.one_of(some.just(0.0), some.floats(1e-90, 1e15))


@settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    some.lists(some.tuples(prices, prices, prices, prices, volume), min_size=1, max_size=9),
    some.sampled_from([".csv", ".parquet"]),
    some.integers(1, 4),
)
def test_every_double_comes_back(
    tmp_path: Path, rows: list[tuple[float, ...]], kind: str, block: int
) -> None:
    columns = np.array(rows).T
    opens, closes = columns[0], columns[3]
    high, low = columns[:4].max(axis=0), columns[:4].min(axis=0)
    times = np.arange(len(rows), dtype=np.int64) * MINUTE
    given_rows = Candles(times, opens, high, low, closes, columns[4])
    file = tmp_path / f"out{kind}"
    write_candles(file, (given_rows[start : start + block] for start in range(0, len(rows), block)))
    read = read_candles([file], timeframe("1m"), 2**50).candles
    for name in Candles.__dataclass_fields__:
        assert np.array_equal(getattr(read, name), getattr(given_rows, name))


def run(command: str, *arguments: object) -> Result:
    """The command as it would be typed; options given later win."""
    return CliRunner().invoke(app, [command, *SERIES, *map(str, arguments)])


def given_candles(folder: Path, minutes: Sequence[int] | range, volume: int = 7) -> None:
    """Import candles of these minutes."""
    rows = (f"{START + minute * MINUTE},100,120.5,90,101,{volume}" for minute in minutes)
    (folder / "candles.csv").write_text("\n".join((HEADER, *rows)) + "\n")
    assert run("import", "candles.csv").exit_code == 0


def volumes(file: Path) -> list[str]:
    """The last column of a CSV file."""
    return [line.rpartition(",")[2] for line in file.read_text().splitlines()[1:]]
