"""A source becomes strategies: apart from other versions, leaving no trace, refused in words."""

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.strategies.errors import BadStrategy
from adapters.strategies.loading import strategies_in
from adapters.strategies.sources import source_in
from domain.strategies.strategy import Strategy
from tests.adapters.strategies.written import BREAKOUT, WITH_HELPER, write, write_package

PROJECT = Path(__file__).parents[3]


def load(folder: Path, module: str = "breakout") -> dict[str, type[Strategy]]:
    return strategies_in(source_in(folder, module), lambda path: f"strategies/{path}")


def test_versions_of_a_file_are_loaded_side_by_side(tmp_path: Path) -> None:
    first = load(write(tmp_path, breakout=BREAKOUT))["breakout"]
    second = load(write(tmp_path, breakout=BREAKOUT.replace("= 50", "= 20")))["breakout"]
    assert [kind().parameters()["length"] for kind in (first, second)] == [50, 20]
    assert load(write(tmp_path, breakout=BREAKOUT))["breakout"] is first


def test_each_version_has_its_own_helper(tmp_path: Path) -> None:
    body = WITH_HELPER.replace("length: int = 50", "length: int = WIDE")
    first = load(write(tmp_path, breakout=body, levels="WIDE = 20"))["breakout"]
    second = load(write(tmp_path, breakout=body, levels="WIDE = 30"))["breakout"]
    assert [kind().parameters()["length"] for kind in (first, second)] == [20, 30]


def test_a_source_is_loaded_without_its_folder(tmp_path: Path) -> None:
    write(tmp_path, breakout=WITH_HELPER, levels="def late():\n    import far", far="WIDE = 2")
    write(tmp_path, levels="from far import WIDE\n\ndef late():\n    import far\n    return far")
    source = source_in(tmp_path, "breakout")
    for file in tmp_path.glob("*.py"):
        file.unlink()
    strategies_in(source, str)
    levels = sys.modules[f"papertape_strategies.v{source.sha256[:16]}.levels"]
    assert levels.late().WIDE == 2


def test_own_modules_are_imported_as_python_would(tmp_path: Path) -> None:
    write_package(tmp_path, "deep", "")
    write(tmp_path, deep__down="from . import sibling\nfrom .sibling import ONE\nimport levels\n")
    write(
        tmp_path, deep__sibling="ONE = 1", levels="TWO = 2", wild="THREE = 3", loose__one="FOUR = 4"
    )
    write(
        tmp_path,
        breakout=BREAKOUT + "\n".join((
            "import deep.down",
            "import deep.down as down",
            "from deep import sibling",
            "from . import levels",
            "from wild import *",
            "import loose.one",
            "import json.decoder",
            "import numpy as np",
            "TOLD = (deep.down.ONE, down.sibling is sibling, levels.TWO, THREE, loose.one.FOUR)",
        )),
    )  # fmt: skip
    kind = load(tmp_path)["breakout"]
    assert vars(sys.modules[kind.__module__])["TOLD"] == (1, True, 2, 3, 4)


def test_nothing_is_left_in_the_folder_nor_under_the_modules_own_names(tmp_path: Path) -> None:
    before = set(sys.modules)
    write(tmp_path, breakout_of_a_test=WITH_HELPER, levels="WIDE = 2")
    load(tmp_path, "breakout_of_a_test")
    new = set(sys.modules) - before
    assert new
    assert all(name.startswith("papertape_strategies") for name in new)
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "breakout_of_a_test.py", "levels.py",
    ]  # fmt: skip


def test_a_file_that_imports_backtrader_gives_none_of_its_warnings(tmp_path: Path) -> None:
    own = "import backtrader as bt\n\nclass Own(bt.Indicator):\n    lines = ('own',)\n"
    write(tmp_path, breakout=own + BREAKOUT)
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from adapters.strategies.discovery import offers_of\n"
        "print(offers_of(Path(sys.argv[1]))[0].name)"
    )
    said = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", script, str(tmp_path / "breakout.py")],
        cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (said.stdout, said.stderr) == ("breakout\n", "")


def test_what_authors_import_is_light() -> None:
    script = (
        "import papertape, sys\n"
        "assert not {'adapters', 'backtrader', 'ccxt', 'talib', 'polars'} & set(sys.modules)\n"
        "from papertape import *\nassert TapeData.__name__ == 'TapeData'"
    )
    subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=True, timeout=60)


def test_annotations_may_be_text(tmp_path: Path) -> None:
    write(tmp_path, breakout=BREAKOUT.replace("\n", "\nfrom __future__ import annotations\n", 1))
    assert load(tmp_path)["breakout"]().parameters() == {"length": 50}


def test_a_module_s_own_classes_are_its_strategies(tmp_path: Path) -> None:
    write(tmp_path, levels=BREAKOUT, breakout="\n".join((
        "from levels import Breakout",
        "from domain.strategies.ema_cross import EmaCross",
        "class _Based(Breakout, frozen=True):",
        "    length: int = 20",
        "class LongBreakout(_Based, frozen=True): ...",
        "class Other(_Based, frozen=True):",
        "    name = 'short-term'",
        "Same = LongBreakout",
    )))  # fmt: skip
    assert sorted(load(tmp_path)) == ["long_breakout", "short-term"]


def test_a_package_s_strategies_are_those_that_it_offers(tmp_path: Path) -> None:
    write_package(tmp_path, "momentum", "from .core import Breakout\nfrom levels import Other\n")
    other = BREAKOUT.replace("Breakout", "Other")
    write(tmp_path, momentum__core=BREAKOUT + other, levels=other)
    assert sorted(load(tmp_path, "momentum")) == ["breakout"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import nowhere", "breakout.py, line 1: ModuleNotFoundError: No module named 'nowhere'."),
        ("import sys\nsys.exit(3)", "line 2: SystemExit: 3. A strategy may not end the program"),
        ("raise SystemExit", "line 1: SystemExit. A strategy may not end"),
        ("from papertape import Nope", "line 1: ImportError: cannot import name 'Nope'"),
        ("\n\n1 / 0", "line 3: ZeroDivisionError: division by zero."),
        ("from breakout import Nope", "cannot import name 'Nope' from 'breakout'."),
        ("from .. import beyond", "line 1: ImportError: relative import beyond the folder"),
        ("def f():\n    raise KeyError('no')\nf()", "line 2: KeyError: 'no'."),
        ("import levels", "strategies/levels.py, line 2: NameError: name 'y' is not defined."),
    ],
)
def test_what_fails_when_it_is_imported_is_told_by_line(
    tmp_path: Path, text: str, says: str
) -> None:
    write(tmp_path, breakout=text, levels="x = 1\ny")
    with pytest.raises(BadStrategy) as bad:
        load(tmp_path)
    assert says in str(bad.value)
    assert "papertape_strategies" not in str(bad.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("= 50", "", "its parameter length has no default"),
        (": int = 50", ": str = 'x'", "its parameter length is no number"),
        (": int = 50", ": bool = True", "its parameter length is no number"),
        ("length: int", "name: str = 'a'\n    length: int", "Write `name = ...` without a type"),
        ("length: int", "name = 'a b'\n    length: int", "its name is 'a b'"),
        ("length: int", "name = 7\n    length: int", "its name is 7"),
        ('"SMA"', '"SNA"', "indicator 'average': 'SNA' is not an indicator"),
        ("period=self", "length=self", "has no parameter 'length'"),
        ("self.length", "self.width", "line 10: AttributeError: 'Breakout' object has no attri"),
        ("def indicators", "def indicator", "NotImplementedError. A strategy has both"),
        ("        return {", "        return 3, {", "indicators() gives no dict"),
        ('Indicator("ATR", period=14)', "14", "indicators() gives 'atr': 14"),
        (
            "def indicators",
            "def __post_init__(self):\n        raise ValueError('too long')\n    def indicators",
            "too long. A strategy must work with its parameters' defaults.",
        ),
        (
            "def indicators",
            "def __post_init__(self):\n        self.nope\n    def indicators",
            "line 10: AttributeError",
        ),
    ],
)
def test_a_strategy_that_cannot_be_configured_is_refused_with_what_to_do(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in BREAKOUT
    with pytest.raises(BadStrategy) as bad:
        load(write(tmp_path, breakout=BREAKOUT.replace(old, new, 1)))
    assert says in str(bad.value)
    assert str(bad.value).startswith("strategies/breakout.py")


def test_two_strategies_of_one_name_in_a_file_are_refused(tmp_path: Path) -> None:
    write(tmp_path, breakout=BREAKOUT + "class Two(Breakout, frozen=True):\n    name='breakout'\n")
    with pytest.raises(BadStrategy, match="Breakout and Two are both named 'breakout'"):
        load(tmp_path)
