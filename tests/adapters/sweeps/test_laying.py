"""What is laid out for workers, and what identifies a sweep."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.backtesting.request import BadRequest, Request
from adapters.strategies.library import Library
from adapters.sweeps.laying import Laid, lay_out
from adapters.sweeps.worker import bench
from application.sweeping.bench import Refused
from application.sweeping.space import Combination, axis, every
from application.sweeping.tried import Candidate
from tests.adapters.sweeps.candles import read, request_of, written

GRID = every([axis("fast=3,40"), axis("slow=12,200")])
OWN = """
from papertape import Candles, Indicator, Rules, Strategy, crosses_above, crosses_below
class Own(Strategy, frozen=True):
    length: int = 5
    def indicators(self):
        return {"mean": Indicator("SMA", period=self.length)}
    def rules(self, candles, values):
        return Rules(crosses_above(candles.close, values["mean"]),
                     crosses_below(candles.close, values["mean"]))
"""


def laid(
    request: Request, folder: Path, grid: Sequence[Combination] = GRID,
    strategies: Path | None = None,
) -> Laid:  # fmt: skip
    folder.mkdir(exist_ok=True)
    return lay_out(request, grid, Library(strategies), folder, read)


def identity(of: Laid, grid: Sequence[Combination] = GRID) -> str:
    inputs = of.inputs
    candidates = [
        Candidate(number, inputs.since, inputs.until, each) for number, each in enumerate(grid)
    ]
    return of.identity(candidates)


def test_a_sweep_is_the_same_where_all_that_it_depends_on_is(tmp_path: Path) -> None:
    data = written(tmp_path)
    first = identity(laid(request_of(data, stop="0.02"), tmp_path / "a"))
    assert first == identity(laid(request_of(data, stop="0.02"), tmp_path / "b"))


def test_it_is_another_with_other_candles_parameters_account_or_grid(tmp_path: Path) -> None:
    data = written(tmp_path)
    (tmp_path / "more").mkdir()
    others = written(tmp_path / "more", seed=6)
    account = tmp_path / "account.toml"
    account.write_text("capital = 5000\n")
    plain = request_of(data, stop="0.02")
    asked = [
        plain,
        request_of(others, stop="0.02"),
        request_of(data, stop="0.03"),
        replace(plain, account=account),
        replace(plain, fills=("realistic",)),
        replace(plain, until=1_441_000_000_000),
    ]
    found = {identity(laid(each, tmp_path / str(number))) for number, each in enumerate(asked)}
    found.add(identity(laid(plain, tmp_path / "grid", GRID[:3]), GRID[:3]))
    assert len(found) == len(asked) + 1


def test_what_needs_the_most_candles_has_them_before_the_first_close(tmp_path: Path) -> None:
    since = 1_440_000_000_000 + 900 * 3_600_000
    request = replace(request_of(written(tmp_path)), since=since)
    assert laid(request, tmp_path / "out").prepared.warm_up == 201
    tried = [
        bench(tmp_path / "out").tried(Candidate(0, since, since + 10**9, each)) for each in GRID
    ]
    whole = replace(request, since=None)
    laid(whole, tmp_path / "whole")
    assert tried == [
        bench(tmp_path / "whole").tried(Candidate(0, since, since + 10**9, each)) for each in GRID
    ]


def test_an_own_strategy_is_tried_as_it_was_when_the_sweep_began(tmp_path: Path) -> None:
    strategies = tmp_path / "strategies"
    strategies.mkdir()
    file = strategies / "own.py"
    file.write_text(OWN)
    request = Request("own", "bench", ("BTC/USDT",), "1h", data=written(tmp_path))
    grid = every([axis("length=5,9")])
    of = laid(request, tmp_path / "out", grid, strategies)
    file.write_text(OWN.replace("self.length", "2"))
    candidates = [Candidate(0, of.inputs.since, of.inputs.until, each) for each in grid]
    five, nine = (bench(tmp_path / "out").tried(each) for each in candidates)
    assert five.figures != nine.figures
    assert five.refused is None


def test_the_account_is_as_its_file_was(tmp_path: Path) -> None:
    account = tmp_path / "account.toml"
    account.write_text("capital = 5000\n")
    of = laid(replace(request_of(written(tmp_path)), account=account), tmp_path / "out")
    account.unlink()
    tried = bench(tmp_path / "out").tried(Candidate(0, of.inputs.since, of.inputs.until, GRID[0]))
    assert 0 < float(tried.figures["final_equity"] or 0) < 7_000


def test_where_every_combination_is_refused_the_first_reason_is_told(tmp_path: Path) -> None:
    data = written(tmp_path)
    with pytest.raises(Refused, match="fast = 12 must be shorter than slow = 12"):
        laid(request_of(data), tmp_path / "out", every([axis("fast=12,13"), axis("slow=12")]))
    with pytest.raises(Refused, match="no parameter 'fsat'"):
        laid(request_of(data), tmp_path / "out", every([axis("fsat=12")]))


def test_a_sweep_has_one_fill_band(tmp_path: Path) -> None:
    request = replace(request_of(written(tmp_path)), fills=("plain", "realistic"))
    with pytest.raises(BadRequest, match="one fill band"):
        laid(request, tmp_path / "out")
