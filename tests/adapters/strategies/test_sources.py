"""What the tape keeps of a strategy: its module and those of its author's that it imports."""

import json
from pathlib import Path

import pytest

from adapters.strategies.errors import BadStrategy
from adapters.strategies.loading import strategies_in
from adapters.strategies.sources import read_source, source_in, source_of
from domain.strategies import STRATEGIES
from tests.adapters.strategies.written import BREAKOUT, WITH_HELPER, write, write_package


def test_a_source_holds_the_modules_of_the_folder_that_are_imported_and_no_others(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        breakout=WITH_HELPER,
        levels="import statistics\nfrom .deep.down import WIDE\n",
        deep__down="WIDE = 2\n\ndef late():\n    import far\n",
        far="",
        other=BREAKOUT,
    )
    assert sorted(source_in(tmp_path, "breakout").files) == [
        "breakout.py", "deep/down.py", "far.py", "levels.py",
    ]  # fmt: skip


def test_a_package_s_own_imports_are_found_from_within_it(tmp_path: Path) -> None:
    write_package(tmp_path, "momentum", "from .core import Breakout\n")
    write(tmp_path, momentum__core=BREAKOUT + "\nfrom ..levels import WIDE\n", levels="WIDE = 2")
    write(tmp_path, momentum__unused="")
    assert sorted(source_in(tmp_path, "momentum").files) == [
        "levels.py", "momentum/__init__.py", "momentum/core.py",
    ]  # fmt: skip


def test_its_text_is_canonical_and_gives_it_back(tmp_path: Path) -> None:
    source = source_in(write(tmp_path, breakout=WITH_HELPER, levels="WIDE = 2\n"), "breakout")
    assert json.loads(source.text) == {
        "files": {"breakout.py": WITH_HELPER, "levels.py": "WIDE = 2\n"},
        "module": "breakout",
    }
    assert list(json.loads(source.text)) == ["files", "module"]
    assert read_source(source.text) == source
    assert len(source.sha256) == 64


def test_line_ends_and_a_byte_order_mark_do_not_make_another_source(tmp_path: Path) -> None:
    source = source_in(write(tmp_path, breakout=BREAKOUT), "breakout")
    crlf = b"\xef\xbb\xbf" + BREAKOUT.encode().replace(b"\n", b"\r\n")
    (tmp_path / "breakout.py").write_bytes(crlf)
    assert source_in(tmp_path, "breakout") == source


@pytest.mark.parametrize("text", ["class EmaCross: ...", "{}", '{"module": "a", "files": {}}', ""])
def test_a_text_of_an_earlier_release_is_no_source(text: str) -> None:
    assert read_source(text) is None


def test_of_what_is_built_in_the_module_and_what_strategies_share_are_kept() -> None:
    files = source_of(STRATEGIES["double_bottom"]).files
    assert {"domain/strategies/double_bottom.py", "domain/strategies/doubles.py"} <= files.keys()
    known = ("__init__.py", "/strategy.py", "/crossing.py", "/ema_cross.py")
    assert not [path for path in files if path.endswith(known)]


@pytest.mark.parametrize("name", STRATEGIES)
def test_what_is_built_in_can_be_loaded_from_its_source_in_a_later_release(name: str) -> None:
    kept = read_source(source_of(STRATEGIES[name]).text)
    assert kept is not None
    (loaded,) = strategies_in(kept, str).values()
    assert loaded is not STRATEGIES[name]
    assert loaded.with_parameters({}).parameters() == STRATEGIES[name]().parameters()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"x = = 1", "breakout.py, line 1: SyntaxError: invalid syntax. Mend it."),
        (b"x = '\xff'", "breakout.py: it is not a text in UTF-8. Save it as such."),
        (b"x = 1\0", "source code string cannot contain null bytes"),
    ],
)
def test_a_file_that_is_no_python_is_refused_by_line(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "breakout.py").write_bytes(content)
    with pytest.raises(BadStrategy) as bad:
        source_in(tmp_path, "breakout")
    assert says in str(bad.value)


def test_a_helper_that_is_no_python_is_named(tmp_path: Path) -> None:
    write(tmp_path, breakout=WITH_HELPER, levels="WIDE 2")
    with pytest.raises(BadStrategy, match=r"levels\.py, line 1"):
        source_in(tmp_path, "breakout")


def test_a_file_may_not_be_named_as_what_strategies_import(tmp_path: Path) -> None:
    with pytest.raises(BadStrategy, match="other than 'papertape'"):
        source_in(write(tmp_path, papertape=BREAKOUT), "papertape")
