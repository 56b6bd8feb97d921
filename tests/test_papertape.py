"""What authors import from `papertape`."""

import subprocess
import sys

import pytest

import papertape
from adapters.backtrader import TapeData

LOADED = "import sys, papertape; print('backtrader' in sys.modules)"


def test_every_name_that_is_offered_is_there() -> None:
    offered = [getattr(papertape, name) for name in papertape.__all__]
    assert TapeData in offered


def test_the_feed_for_cerebro_is_offered() -> None:
    assert papertape.TapeData is TapeData


def test_without_the_feed_backtrader_is_not_imported() -> None:
    ran = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, check=True, text=True)
    assert ran.stdout == "False\n"


def test_what_is_not_offered_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'papertape' has no attribute 'Tape'"):
        _ = papertape.Tape
