"""What is measured is the whole process of a command."""

import sys

import pytest

from benchmarks.peers.measuring import Failed, measured
from benchmarks.peers.table import Result, table


def test_a_command_is_measured_with_what_it_said() -> None:
    run = measured([sys.executable, "-c", "print(bytearray(50_000_000)[:1] and 'done')"], 60)
    assert run.said == "done\n"
    assert run.memory_mb > 50
    assert run.seconds > 0


def test_byte_code_is_kept_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    run = measured([sys.executable, "-c", "import sys; print(sys.dont_write_bytecode)"], 60)
    assert run.said == "False\n"


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(Failed, match="ValueError: no candles"):
        measured([sys.executable, "-c", "raise ValueError('no candles')"], 60)


def test_a_command_that_takes_too_long_is_ended() -> None:
    with pytest.raises(Failed, match=r"ended after 0 s"):
        measured([sys.executable, "-c", "import time; time.sleep(60)"], 0.2)


def test_a_table_says_how_many_times_ours_a_peer_needs() -> None:
    rows = table([Result("W1", "papertape", 2.0), Result("W1", "slow", 5.0)]).splitlines()
    assert [row.split(" | ")[2] for row in rows[2:4]] == ["1.0", "2.5"]
