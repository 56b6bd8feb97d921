"""docs/indicators.md says what the engine does."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from adapters.indicators.engine import checked, compute, warm_up
from adapters.indicators.kinds import AHEAD, UNUSABLE
from adapters.indicators.patterns import PATTERNS
from adapters.indicators.twins import TWINS
from domain.strategies.strategy import Indicator
from tests.adapters.indicators.series import random_candles

DOCUMENT = (Path(__file__).parents[3] / "docs" / "indicators.md").read_text()


def test_the_warm_ups_are_those_of_the_engine() -> None:
    rows = table("indicator", "candles")
    assert len(rows) > 30
    for shown, candles in rows:
        assert candles == f"{warm_up(written(shown)):,}", shown


def test_what_cannot_be_used_is_listed_with_the_reason() -> None:
    assert table("indicator", "because") == list(UNUSABLE.items())
    refused = table("line", "because")[0][0]
    assert refused == ", ".join(f"{name}.{line}" for name, of in AHEAD.items() for line in of)


def test_the_patterns_are_listed_with_their_lines_and_parameters() -> None:
    rows = {name: (lines, parameters) for name, lines, parameters in table("pattern", "lines")}
    assert rows == {
        name: (
            ", ".join(each.lines),
            ", ".join(f"{key}={value:g}" for key, value in each.parameters.items()),
        )
        for name, each in PATTERNS.items()
    }


def test_the_twins_are_listed() -> None:
    (sentence,) = re.findall(r"most of them to the bit: (.*?)\. With", DOCUMENT)
    named = [name.strip("`") for name in sentence.split(", ")]
    assert len(named) == len({id(TWINS[name]) for name in named})
    assert {id(TWINS[name]) for name in named} == {id(twin) for twin in TWINS.values()}


def test_the_examples_can_be_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    wanting, own = re.findall("```python\n(.*?)```", DOCUMENT, re.DOTALL)
    module = ModuleType("examples")
    monkeypatch.setitem(sys.modules, "examples", module)  # where Backtrader looks for classes
    space = module.__dict__
    exec(own, space)
    body = compute(Indicator(space["Body"], length=5), random_candles(50, seed=1))
    assert np.isfinite(body[4:]).all()
    space["MyIndicator"] = space["Body"]
    exec(wanting, space)
    for each in space["indicators"](None).values():
        checked(each)


def written(shown: str) -> Indicator:
    """The indicator that is shown as `EMA(period=8)` or `MACD().signal`."""
    name, given, line = re.fullmatch(r"(\w+)\((.*)\)(?:\.(\w+))?", shown).groups()  # type: ignore[union-attr]
    parameters: Any = {
        key: int(value) for key, value in (each.split("=") for each in given.split(", ") if each)
    }
    return Indicator(name, line=line, **parameters)


def table(*head: str) -> list[tuple[str, ...]]:
    """The rows of the table whose head begins so."""
    _, _, after = DOCUMENT.partition("| " + " | ".join(head))
    rows = after.split("\n\n")[0].splitlines()[2:]
    return [
        tuple(cell.strip().replace("`", "") for cell in row.strip("|").split(" | ")) for row in rows
    ]
