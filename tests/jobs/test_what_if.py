"""`papertape what-if`: what it prints, what it writes, what it refuses."""

from pathlib import Path

import pytest

from tests.jobs.past import traded
from tests.jobs.running import Run, alone, answered, run

__all__ = ["alone", "run", "traded"]


def test_without_a_wish_both_columns_are_the_same(traded: None, run: Run) -> None:
    said = answered(run, "what-if", "--account", "main")
    assert said["is_as_recorded"]
    assert said["what_if"] == said["recorded"]
    assert set(said["trades"]) == {
        "same", "other_end", "other_size", "only_recorded", "only_what_if",
    }  # fmt: skip


def test_a_fee_is_paid_in_the_other_life_alone(traded: None, run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    words = ("what-if", "--account", "main", "--set", "fee=0", "--set", "exits.stop_rate=0.05")
    status, out, _ = run(*words, "--html", str(page))
    assert status == 0
    fees = next(line.split() for line in out.splitlines() if line.startswith("fees"))
    assert fees[1] != "0.00"
    assert fees[2] == "0.00"
    assert "--override-exits sets them aside" in out
    assert "What if: main" in page.read_text()


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("x=1", "x: there is no such setting"),
        ("exits=3", "write for example exits.stop_rate=0.03"),
        ("exits.stop=3", "exits.stop: there is no such setting"),
        ("stake=-1", "stake: Input should be greater than 0"),
        ("fills.band=bad", "fills.band: Input should be 'plain'"),
        ("fee=2", "fee = 2: it must be from 0"),
        ("stake", "--set 'stake' says nothing"),
        ("name=x", "name: a what-if keeps the account's name"),
        ("timeframe=none", "timeframe: it must be one"),
        ("sizing=risk", "sizing: the stake means something else then"),
    ],
)
def test_a_wish_that_cannot_be_is_one_line(run: Run, wish: str, words: str) -> None:
    status, _, errors = run("what-if", "--account", "main", "--set", wish)
    assert status == 2
    assert words in errors
    assert len(errors.splitlines()) == 1


def test_an_unknown_account_is_one_line(traded: None, run: Run) -> None:
    status, _, errors = run("what-if", "--account", "nobody")
    assert (status, errors.count("\n")) == (2, 1)
    assert "known: main" in errors
