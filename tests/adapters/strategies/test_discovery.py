"""Where strategies are found: built in, of installed packages, in the user's folder."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.strategies.discovery import built_in, everything, offers_in, offers_of
from adapters.strategies.errors import BadStrategy
from adapters.strategies.library import Library
from domain.strategies import STRATEGIES, UnknownStrategy
from tests.adapters.strategies.written import BREAKOUT, WITH_HELPER, write, write_package

EXTRAS = "extras_of_a_test"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of an installed package that announces strategies."""
    site = tmp_path / "site"
    dist = site / f"{EXTRAS}-1.2.dist-info"
    dist.mkdir(parents=True)
    (dist / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {EXTRAS}\nVersion: 1.2\n")
    (dist / "entry_points.txt").write_text(
        "[papertape.strategies]\n"
        f"breakout = {EXTRAS}.strategies:Breakout\n"
        f"misnamed = {EXTRAS}.strategies:Breakout\n"
        f"function = {EXTRAS}.strategies:crosses_above\n"
        f"gone = {EXTRAS}.nowhere:Gone\n"
    )
    write_package(site, EXTRAS, "import sys\n")
    write(site / EXTRAS, strategies=WITH_HELPER.replace("levels", ".levels"), levels="WIDE = 2\n")
    monkeypatch.syspath_prepend(str(site))
    yield site
    for name in [name for name in sys.modules if name.startswith(EXTRAS)]:
        del sys.modules[name]


def test_all_that_is_built_in_is_offered() -> None:
    assert built_in().keys() == STRATEGIES.keys()
    assert {offer.origin for offer in built_in().values()} == {"built in"}


def test_files_and_packages_of_the_folder_are_found_and_helpers_are_not(tmp_path: Path) -> None:
    write(tmp_path, momentum__core=BREAKOUT.replace("Breakout", "Momentum"))
    write_package(tmp_path, "momentum", "from .core import Momentum\n")
    write(
        tmp_path, breakout=WITH_HELPER, levels="WIDE = 2", _hidden=BREAKOUT, plain__below=BREAKOUT
    )
    (tmp_path / "notes.txt").write_text("class")
    found = offers_in(tmp_path)
    assert sorted(found.by_name) == ["breakout", "momentum"]
    assert not found.bad


def test_there_may_be_no_folder(tmp_path: Path) -> None:
    assert not offers_in(tmp_path / "nowhere").by_name


def test_a_file_without_classes_is_never_run(tmp_path: Path) -> None:
    write(tmp_path, helper="raise SystemExit(1)", breakout=BREAKOUT)
    assert not offers_in(tmp_path).bad


def test_to_find_one_strategy_only_files_that_may_define_it_are_run(tmp_path: Path) -> None:
    write(
        tmp_path,
        other="class Other(Strategy): ...\nraise SystemExit",
        named="class X(Strategy):\n    name: 'ClassVar[str]' = 'y'\nraise SystemExit",
        breakout=BREAKOUT,
    )
    found = offers_in(tmp_path, "breakout")
    assert (list(found.by_name), found.bad) == (["breakout"], [])
    assert [bad.where.rpartition("/")[2] for bad in offers_in(tmp_path).bad] == [
        "named.py, line 1", "other.py, line 1",
    ]  # fmt: skip


def test_a_computed_name_is_found_too(tmp_path: Path) -> None:
    computed = BREAKOUT.replace("    length", "    name = 'break' + 'down'\n    length")
    assert list(offers_in(write(tmp_path, a=computed), "breakdown").by_name) == ["breakdown"]


def test_what_is_broken_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    write(tmp_path, breakout=BREAKOUT, half="class A(B):", nowhere="import nowhere\nclass A(B): 1")
    found = offers_in(tmp_path)
    assert list(found.by_name) == ["breakout"]
    assert (len(found.broken), len(found.failed)) == (1, 1)


def test_of_a_strategy_whose_file_fails_the_failure_is_told(tmp_path: Path) -> None:
    write(tmp_path, breakout=BREAKOUT + "\n1 / 0\n", other="import nowhere\nclass Other(B): ...")
    with pytest.raises(BadStrategy, match=r"breakout\.py, line 19: ZeroDivisionError"):
        Library(tmp_path).offer("breakout")


def test_a_name_that_two_files_use_is_refused_with_both_places(tmp_path: Path) -> None:
    write(tmp_path, one=BREAKOUT, two=BREAKOUT)
    with pytest.raises(BadStrategy) as bad:
        Library(tmp_path).offer("breakout")
    assert f"{tmp_path}/two.py: it defines 'breakout'" in str(bad.value)
    assert f"is in {tmp_path}/one.py" in str(bad.value)


def test_a_built_in_name_cannot_be_taken(tmp_path: Path) -> None:
    write(tmp_path, mine=BREAKOUT.replace("Breakout", "EmaCross"))
    assert Library(tmp_path).offer("ema_cross").origin == "built in"
    (bad,) = everything(tmp_path).bad
    assert "'ema_cross', but a strategy of that name is built in" in str(bad)


def test_a_name_that_is_nowhere_is_refused_with_those_there_are(tmp_path: Path) -> None:
    write(tmp_path, breakout=BREAKOUT, half="class A(B):")
    with pytest.raises(UnknownStrategy) as unknown:
        Library(tmp_path).offer("breakuot")
    assert "There is no strategy 'breakuot'. Known: " in str(unknown.value)
    assert " breakout, " in str(unknown.value)
    assert "half.py, line 1: " in str(unknown.value)


def test_an_installed_package_s_strategy_is_found_by_its_entry_point(installed: Path) -> None:
    assert not [name for name in sys.modules if name.startswith(EXTRAS)]
    offer = Library().offer("breakout")
    assert (offer.origin, offer.where) == (
        "package",
        f"{EXTRAS} 1.2 ({EXTRAS}.strategies:Breakout)",
    )
    assert sorted(offer.source.files) == [
        f"{EXTRAS}/__init__.py", f"{EXTRAS}/levels.py", f"{EXTRAS}/strategies.py",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("misnamed", "the strategy's name is 'breakout'. Let the entry point have"),
        ("function", "it is no Strategy. Let the entry point name a class."),
        ("gone", f"No module named '{EXTRAS}.nowhere'. Update or remove that package."),
    ],
)
@pytest.mark.usefixtures("installed")
def test_an_entry_point_that_leads_nowhere_is_refused(name: str, says: str) -> None:
    with pytest.raises(BadStrategy) as bad:
        Library().offer(name)
    assert str(bad.value).startswith(f"{EXTRAS} 1.2 (")
    assert says in str(bad.value)


def test_a_name_that_two_packages_announce_is_refused(installed: Path) -> None:
    other = installed / "others-3.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 3\n")
    (other / "entry_points.txt").write_text("[papertape.strategies]\nbreakout = others:Breakout\n")
    with pytest.raises(BadStrategy) as bad:
        Library().offer("breakout")
    assert f"{EXTRAS} 1.2 (" in str(bad.value)
    assert "others 3 (others:Breakout)" in str(bad.value)


def test_a_file_may_not_take_an_installed_name(installed: Path, tmp_path: Path) -> None:
    found = everything(write(tmp_path / "mine", breakout=BREAKOUT))
    assert found.by_name["breakout"].origin == "package"
    assert f"is in {EXTRAS} 1.2" in str(found.taken["breakout"])


def test_what_was_installed_then_is_loaded_from_the_tape(installed: Path) -> None:
    then = Library().offer("breakout").source
    (installed / EXTRAS / "levels.py").write_text("WIDE = 5\n")
    now = Library(stored={then.sha256: then.text}.get)
    assert now.offer("breakout").source != then
    was = now.resolve("breakout", then.sha256, {})
    assert type(was) is not now.offer("breakout").kind
    assert (
        type(now.resolve("breakout", now.offer("breakout").source.sha256, {}))
        is now.offer("breakout").kind
    )


@pytest.mark.parametrize(
    "path", ["breakout.py", "momentum", "momentum/__init__.py", "momentum/a.py"]
)
def test_a_file_is_looked_at_wherever_it_is(tmp_path: Path, path: str) -> None:
    write_package(tmp_path, "momentum", "from .a import Breakout\n")
    write(tmp_path, momentum__a=WITH_HELPER, levels="WIDE = 2", breakout=WITH_HELPER)
    (offer,) = offers_of(tmp_path / path)
    assert offer.name == "breakout"
    assert "levels.py" in offer.source.files


def test_a_file_without_a_strategy_is_refused(tmp_path: Path) -> None:
    write(tmp_path, levels="WIDE = 2")
    with pytest.raises(BadStrategy, match=r"it defines no strategy\. Write one"):
        offers_of(tmp_path / "levels.py")


def test_a_name_that_no_module_can_have_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.b.py").write_text(BREAKOUT)
    (bad,) = offers_in(tmp_path).bad
    assert "Give it a name of letters, digits and _" in str(bad)
