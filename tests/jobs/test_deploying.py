"""Strategies are deployed on purpose: what a start, an edit, `deploy` and the doctor make of it."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.bootstrap import projecting, trading
from adapters.planning import Plans, plans, scan_plan
from adapters.postgres.sources import Approval, approve
from adapters.settings import BadSettings, read_settings
from adapters.strategies.sources import source_in
from application.tapes import MarketTape
from domain.strategies.ema_cross import EmaCross
from jobs.starting import plans_at_start
from tests.adapters.strategies.written import BREAKOUT, write
from tests.application.test_trading import scans
from tests.jobs.own_strategies import CONFIGURED, PEEKING, QUICK, document, strategies, url
from tests.jobs.test_cli import Ran, Run, one_line, run
from tests.projections.history import ask

__all__ = ["run", "strategies", "url"]

SOURCES = """
    SELECT fact->>'source' FROM trading.events WHERE topic = 'StrategyDeployed' ORDER BY position"""
APPROVED = "SELECT source FROM ops.strategies"


def started(url: str) -> Plans:
    return plans_at_start(url, read_settings())


def test_the_first_start_deploys_what_is_configured(run: Run, url: str) -> None:
    wanted = started(url)
    assert wanted.undeployed == ()
    assert ask(url, APPROVED) == list(wanted.sources)
    assert ask(url, "SELECT by FROM ops.strategies") == ["configuration"]
    kept = json.loads(ask(url, "SELECT source FROM trading.sources")[0])
    assert sorted(kept["files"]) == ["breakout.py", "levels.py"]


def test_a_start_with_one_that_is_refused_writes_nothing(url: str, strategies: Path) -> None:
    write(strategies, breakout=PEEKING, other=BREAKOUT.replace("Breakout", "Other"))
    Path("papertape.toml").write_text(CONFIGURED.replace("[{", "[{ name = 'other' }, {"))
    with pytest.raises(BadSettings, match=r"strategy 'breakout': .* may not trade: .*looks ahead"):
        started(url)
    assert ask(url, "SELECT count(*) FROM trading.sources") == [0]
    assert ask(url, "SELECT count(*) FROM ops.strategies") == [0]


@pytest.mark.parametrize(
    ("settings", "because"),
    [
        ("{ name = 'magic' }", "account 'main': There is no strategy 'magic'. Known: "),
        ("{ name = 'ema_cross', parameters = { fast = 99 } }", "fast = 99 must be shorter"),
        ("{ name = 'breakout', parameters = { width = 9 } }", "no parameter 'width'"),
    ],
)
def test_what_no_strategy_can_be_ends_a_start_and_a_scan_with_two(
    run: Run, url: str, settings: str, because: str
) -> None:
    text = CONFIGURED.replace('{ name = "breakout", parameters = { length = 5 } }', settings)
    Path("papertape.toml").write_text(text)
    one_line(run("run", "--port", "0"), 2, because)
    one_line(run("scan"), 2, because)
    ok, says = found(run("doctor", "--no-exchanges", "--json"), 1)
    assert not ok
    assert because in says


def found(ran: Ran, status: int) -> tuple[bool, str]:
    """What the doctor says of the one configured strategy."""
    findings = document(ran, status)["findings"]
    (told,) = [each for each in findings if each["what"].startswith("strategy ")]
    return told["ok"], told["says"]


def test_editing_a_file_changes_nothing_of_what_trades_until_it_is_deployed(
    run: Run, url: str, strategies: Path, market_tape: MarketTape
) -> None:
    happened = scans()
    write(strategies, breakout=QUICK)
    first = trade(url, market_tape, islice(happened, 10))
    write(strategies, levels="WIDE = 3\n")
    assert trade(url, market_tape, islice(happened, 3)) == first
    ran = run("strategies", "deploy", "breakout", "--by", "mara")
    assert ran.status == 0, ran
    assert "  levels.py  +1 -1" in ran.out
    deployed = trade(url, market_tape, islice(happened, 3))
    assert (len(first), len(deployed), deployed[0]) == (1, 2, first[0])
    assert deployed[1] == ask(url, APPROVED)[0]
    assert ask(url, "SELECT by FROM ops.strategies") == ["mara"]
    with projecting(url, "indicators") as projector:
        projector.catch_up()
    sets = "SELECT strategy, parameters->>'length' FROM read.indicator_sets"
    assert ask(url, sets) == [("breakout", "5"), ("breakout", "5")]


def trade(url: str, tape: MarketTape, happens: Iterator[list[Any]]) -> list[str]:
    """Start, trade what happens, and end; the sources that were deployed so far."""
    wanted = started(url)
    for facts in happens:
        tape.record(facts)
    with trading(url, wanted) as (_, open_desk):
        desk = open_desk()
        while desk.trade_page():
            pass
    return ask(url, SOURCES)


def test_a_running_bot_goes_on_as_it_started(
    run: Run, url: str, strategies: Path, market_tape: MarketTape
) -> None:
    wanted = started(url)
    write(strategies, levels="WIDE = 3\n")
    assert run("strategies", "deploy", "breakout").status == 0
    for facts in islice(scans(), 10):
        market_tape.record(facts)
    with trading(url, wanted) as (_, open_desk):  # as a worker that begins anew
        open_desk().trade_page()
    assert ask(url, SOURCES) == list(wanted.sources)


@pytest.mark.parametrize("text", ["class Breakout(", None])
def test_a_start_goes_on_with_what_was_deployed_and_says_so(
    url: str, strategies: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    before = started(url)
    capsys.readouterr()
    (strategies / "breakout.py").unlink()
    if text:
        write(strategies, breakout=text)
    assert started(url).sources == before.sources
    said = capsys.readouterr().err
    assert "strategy breakout: strategies/breakout.py" in said
    assert "goes on" in said


def test_the_doctor_says_that_a_file_differs(run: Run, url: str, strategies: Path) -> None:
    ok, says = found(run("doctor", "--no-exchanges", "--json"), 0)
    assert (ok, says.rpartition("; ")[2]) == (True, "it will be deployed at the next start")
    assert ask(url, APPROVED) == []
    started(url)
    assert found(run("doctor", "--no-exchanges", "--json"), 0)[0]
    write(strategies, breakout=BREAKOUT)
    assert found(run("doctor", "--no-exchanges", "--json"), 1) == (
        False,
        "strategies/breakout.py, strategies/levels.py differs from what trades: "
        "`papertape strategies deploy breakout`",
    )


def test_the_doctor_says_what_a_start_would_refuse(run: Run, url: str, strategies: Path) -> None:
    write(strategies, breakout=PEEKING)
    ok, says = found(run("doctor", "--no-exchanges", "--json"), 1)
    assert not ok
    assert "may not trade: " in says


def test_a_parameter_that_what_was_deployed_has_not_ends_the_start(
    run: Run, url: str, strategies: Path
) -> None:
    started(url)
    write(strategies, breakout=BREAKOUT.replace("length", "width"))
    Path("papertape.toml").write_text(CONFIGURED.replace("length", "width"))
    with pytest.raises(BadSettings, match="account 'main': breakout has no parameter 'width'"):
        started(url)
    assert run("strategies", "deploy", "breakout").status == 0
    assert started(url).accounts[0].strategies[0].strategy.parameters() == {"width": 5}


def test_a_deployment_says_what_it_changes(run: Run, url: str, strategies: Path) -> None:
    first = document(run("strategies", "deploy", "breakout", "--json"))
    assert (first["before"], first["changes"]) == (None, None)
    write(
        strategies,
        breakout=BREAKOUT.replace("length: int = 50", "length: int = 40\n    more: int = 1"),
    )
    second = document(run("strategies", "deploy", "breakout", "--json"))
    assert second["before"] == first["source"]
    assert second["changes"] == {
        "files": [
            {"path": "breakout.py", "added": 3, "removed": 3},
            {"path": "levels.py", "added": 0, "removed": 1},
        ],
        "parameters": ["more is new: 1", "length: 50 by default is now 40"],
    }
    ran = run("strategies", "deploy", "breakout")
    assert "breakout is deployed as it is in strategies/breakout.py already." in ran.out


def test_one_that_is_refused_is_not_deployed(run: Run, url: str, strategies: Path) -> None:
    started(url)
    before = ask(url, APPROVED)
    write(strategies, breakout=PEEKING)
    ran = run("strategies", "deploy", "breakout", "--json")
    assert not document(ran, status=1)["ok"]
    assert ask(url, APPROVED) == before


def test_what_is_built_in_needs_no_deploying(run: Run, url: str) -> None:
    one_line(run("strategies", "deploy", "ema_cross"), 2, "needs no deploying: it is built in")
    one_line(run("strategies", "deploy", "nope"), 2, "There is no strategy 'nope'")


def test_what_is_built_in_trades_again_in_place_of_a_file_s_when_it_is_deployed(
    run: Run, url: str, strategies: Path
) -> None:
    write(strategies, ema_cross=BREAKOUT.replace("Breakout", "EmaCross"))
    earlier = source_in(strategies, "ema_cross")
    with psycopg.connect(url, autocommit=True) as connection:
        approve(connection, Approval("ema_cross", earlier.sha256, earlier.text), "mara")
    text = CONFIGURED.replace("breakout", "ema_cross").replace("length", "fast")
    Path("papertape.toml").write_text(text)
    with pytest.raises(BadSettings, match=r"ema_cross has no parameter 'fast'\. It has: length"):
        started(url)
    assert run("strategies", "deploy", "ema_cross").status == 0
    assert ask(url, APPROVED) == []
    assert type(started(url).accounts[0].strategies[0].strategy) is EmaCross


def test_commands_that_trade_themselves_never_deploy(run: Run, url: str) -> None:
    ran = run("accounts", "open", "main", "--why", "now")
    one_line(ran, 2, "strategy 'breakout' was never deployed: `papertape run` does so")
    assert ask(url, APPROVED) == []


def test_a_scan_warms_up_for_a_strategy_that_was_never_deployed(url: str) -> None:
    settings = read_settings()
    (of,) = settings.exchanges
    wanted = plans(url, settings)
    assert wanted.undeployed == ("breakout",)
    assert scan_plan(wanted, of).warm_up["1h"] == wanted.accounts[0].strategies[0].warm_up > 0
