"""`papertape compare`: what it prints, and its exit status."""

import json

from tests.application.test_compare import FORGED
from tests.application.test_trading import change
from tests.jobs.past import traded
from tests.jobs.running import Run, alone, answered, run

__all__ = ["alone", "run", "traded"]


def test_equal_trades_are_listed_without_a_cause(traded: None, run: Run) -> None:
    said = answered(run, "compare", "--account", "main")
    assert said["counts"]["equal"] == len(said["trades"]) > 0
    assert {trade["cause"] for trade in said["trades"]} == {None}


def test_what_nothing_explains_is_told_by_the_exit_status(
    traded: None, run: Run, database: str
) -> None:
    change(database, FORGED)
    status, out, _ = run("compare", "--account", "main", "--json")
    assert status == 1
    assert json.loads(out)["causes"].keys() == {"unexplained"}
    status, out, _ = run("compare", "--account", "main")
    assert status == 1
    assert "nothing on the tapes explains it" in out


def test_an_unknown_account_is_one_line(traded: None, run: Run) -> None:
    status, _, errors = run("compare", "--account", "nobody")
    assert (status, errors.count("\n")) == (2, 1)
