"""What a name means: what was deployed, whatever became of its file."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.sources import Approval, approve, approve_first, approved, source_text
from adapters.strategies.deploying import drift
from adapters.strategies.errors import BadStrategy
from adapters.strategies.library import Library
from adapters.strategies.sources import source_in, source_of
from domain.strategies import UnknownStrategy
from domain.strategies.ema_cross import EmaCross
from domain.strategies.strategy import BadParameter
from domain.timeframes import timeframe
from tests.adapters.strategies.written import BREAKOUT, WIDER, WITH_HELPER, write
from tests.projections.history import ask

PROJECT = Path(__file__).parents[3]
HOUR = timeframe("1h")


def deployed(folder: Path, name: str = "breakout") -> Library:
    """A library in which a strategy was deployed as its file is now."""
    source = source_in(folder, name)
    return Library(folder, {name: source.sha256}, {source.sha256: source.text}.get)


def test_a_file_s_strategy_is_what_was_deployed(tmp_path: Path) -> None:
    library = deployed(write(tmp_path, breakout=BREAKOUT))
    write(tmp_path, breakout=BREAKOUT.replace("= 50", "= 20"))
    strategy, source = library.configured("breakout", {})
    assert strategy.parameters() == {"length": 50}
    assert library.sources == {source.sha256: source.text}
    assert Library(tmp_path).configured("breakout", {})[0].parameters() == {"length": 20}


@pytest.mark.parametrize("text", [None, "class Breakout(", "import nowhere", "", WIDER])
def test_what_was_deployed_goes_on_whatever_its_file_has_become(
    tmp_path: Path, text: str | None
) -> None:
    library = deployed(write(tmp_path, breakout=BREAKOUT))
    (tmp_path / "breakout.py").unlink()
    if text is not None:
        write(tmp_path, breakout=text)
    offer = library.offer("breakout")
    assert offer.source.files == {"breakout.py": BREAKOUT}
    found = drift(offer, tmp_path)
    assert found is not None
    assert found.differs == (text is not None)


def test_a_file_that_is_as_it_was_deployed_is_not_told_of(tmp_path: Path) -> None:
    library = deployed(write(tmp_path, breakout=WITH_HELPER, levels="WIDE = 2"))
    assert drift(library.offer("breakout"), tmp_path) is None
    write(tmp_path, levels="WIDE = 3")
    found = drift(library.offer("breakout"), tmp_path)
    assert found is not None
    assert found.says == (
        f"{tmp_path}/levels.py differs from what trades: `papertape strategies deploy breakout`"
    )


def test_what_was_deployed_goes_before_what_is_built_in(tmp_path: Path) -> None:
    library = deployed(
        write(tmp_path, ema_cross=BREAKOUT.replace("Breakout", "EmaCross")), "ema_cross"
    )
    assert library.offer("ema_cross").kind is not EmaCross
    assert library.newest("ema_cross").kind is EmaCross


def test_only_what_was_never_deployed_awaits_it(tmp_path: Path) -> None:
    library = deployed(write(tmp_path, breakout=BREAKOUT))
    assert not library.is_undeployed("breakout")
    assert not library.is_undeployed("ema_cross")
    assert Library(tmp_path).is_undeployed("breakout")


def test_a_parameter_that_the_deployed_one_has_not_is_refused(tmp_path: Path) -> None:
    library = deployed(write(tmp_path, breakout=BREAKOUT))
    write(tmp_path, breakout=BREAKOUT.replace("length", "width"))
    with pytest.raises(BadParameter, match=r"no parameter 'width'\. It has: length"):
        library.configured("breakout", {"width": 3})


def test_what_cannot_be_loaded_any_more_is_to_be_deployed_anew(tmp_path: Path) -> None:
    with pytest.raises(BadStrategy, match="`papertape strategies deploy breakout`"):
        Library(tmp_path, {"breakout": "0" * 64}).offer("breakout")


def test_the_tape_s_strategy_is_resolved_by_its_source(tmp_path: Path) -> None:
    first = source_in(write(tmp_path, breakout=BREAKOUT), "breakout")
    second = source_in(write(tmp_path, breakout=BREAKOUT.replace("= 50", "= 20")), "breakout")
    library = Library(stored={each.sha256: each.text for each in (first, second)}.get)
    lengths = [
        library.resolve("breakout", each.sha256, {}).parameters() for each in (first, second, first)
    ]
    assert lengths == [{"length": 50}, {"length": 20}, {"length": 50}]
    with pytest.raises(UnknownStrategy, match="with the source 000000000000"):
        library.resolve("breakout", "0" * 64, {})


def test_what_is_built_in_is_resolved_even_where_its_source_is_of_an_earlier_release() -> None:
    assert type(Library().resolve("ema_cross", source_of(EmaCross).sha256, {})) is EmaCross
    for kept in ("class EmaCross: ...", '{"module":"a","files":{"a.py":"import nowhere"}}'):
        library = Library(stored={"0" * 64: kept}.get)
        assert type(library.resolve("ema_cross", "0" * 64, {})) is EmaCross


def test_what_fails_with_some_parameters_is_told_by_line(tmp_path: Path) -> None:
    text = BREAKOUT.replace("period=self.length", "period=9 + 90 // (self.length - 7)")
    offer = Library(write(tmp_path, breakout=text)).offer("breakout")
    with pytest.raises(BadStrategy, match=r"breakout\.py, line 10: ZeroDivisionError"):
        offer.warm_up(offer.made({"length": 7}), HOUR)


def test_the_newest_approval_holds_and_every_source_stays(database: str, tmp_path: Path) -> None:
    first, second = Approval("a", "1" * 64, "one"), Approval("a", "2" * 64, "two")
    with psycopg.connect(database, autocommit=True) as connection:
        approve_first(connection, [first, Approval("b", "1" * 64, "one")], "configuration")
        approve_first(connection, [second], "configuration")
        assert approved(connection) == {"a": "1" * 64, "b": "1" * 64}
        approve(connection, second, "mara")
        assert approved(connection) == {"a": "2" * 64, "b": "1" * 64}
        assert [source_text(connection, digit * 64) for digit in "123"] == ["one", "two", None]
    rows = ask(database, "SELECT name, by FROM ops.strategies ORDER BY name")
    assert rows == [("a", "mara"), ("b", "configuration")]


def test_a_kill_between_storing_and_approving_leaves_nothing(database: str) -> None:
    with psycopg.connect(database) as blocking:
        blocking.execute("LOCK TABLE ops.strategies IN ACCESS EXCLUSIVE MODE")
        killed = subprocess.Popen([sys.executable, "-c", _APPROVE, database], cwd=PROJECT)
        try:
            assert until(lambda: ask(database, _WAITING) == [1])
        finally:
            killed.send_signal(signal.SIGKILL)
            killed.wait()
    assert until(lambda: ask(database, _WAITING) == [0])
    assert ask(database, "SELECT hash FROM trading.sources") == []
    assert ask(database, "SELECT name FROM ops.strategies") == []


def until(is_so: Callable[[], bool]) -> bool:
    """Whether it became so in time."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.05)
    return False


_APPROVE = """
import sys, psycopg
from adapters.postgres.sources import Approval, approve
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    approve(connection, Approval("a", "1" * 64, "one"), "mara")
"""
_WAITING = """
    SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ops.strategies'::regclass"""
