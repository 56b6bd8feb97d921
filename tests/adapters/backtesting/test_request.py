"""What a backtest can be asked for, and what of the account is said by parameters and a file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.backtesting.accounts import AccountChoice, chosen_account
from adapters.backtesting.request import BadRequest, Request
from adapters.settings import AccountSettings
from domain.account.terms import BANDS
from domain.strategies import UnknownStrategy
from domain.strategies.strategy import BadParameter
from domain.timeframes import UnknownTimeframe
from tests.adapters.backtesting.made import PAIRS, asked, prepared
from tests.scenario import D


@pytest.mark.parametrize(
    ("make", "because"),
    [
        (lambda: asked("BTCUSDT"), "'BTCUSDT' is not a pair"),
        (lambda: asked("BTC/USDT", "ETH/EUR"), "the pairs have EUR, USDT"),
        (lambda: asked("BTC/USDT", "BTC/USDT"), "--pair BTC/USDT stands there twice"),
        (lambda: Request("sma_cross", "bench", (), "1h"), "name a market with --pair"),
        (lambda: asked(since=7, until=7), "--from is not before --to"),
        (lambda: asked(fills=("rosy",)), "there is no fill band 'rosy'"),
        (lambda: asked(fills=("plain", "plain")), "--fills plain stands there twice"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], Request], because: str) -> None:
    with pytest.raises(BadRequest, match=because):
        make()


def test_a_timeframe_must_be_known() -> None:
    with pytest.raises(UnknownTimeframe):
        asked(execution="1x")
    with pytest.raises(UnknownTimeframe):
        Request("sma_cross", "bench", ("BTC/USDT",), "1x")


def test_an_account_that_says_nothing_is_one_of_the_settings_that_says_nothing() -> None:
    settings = AccountSettings(name="any", exchange="any")
    assert AccountChoice() == AccountChoice(
        settings.capital, settings.stake, settings.max_open_trades, None, settings.terms()
    )


def test_a_parameter_is_the_strategy_s_or_else_the_account_s() -> None:
    given = {"cash": "5000", "quantity": "0.5", "fee": "0.002", "max_open_trades": "3"}
    found = prepared(asked(parameters=given))
    assert found.strategy.parameters()["fast"] == 3
    assert (found.choice.capital, found.choice.stake) == (D(5000), D("0.5"))
    assert (found.choice.fee, found.choice.max_open_trades) == (D("0.002"), 3)
    assert found.choice.terms.sizing == "quantity"
    assert prepared(asked(parameters={"stake": "300"})).choice.terms.sizing == "quote"


@pytest.mark.parametrize(
    ("name", "text", "because"),
    [
        ("cash", "0", "cash = 0: it must be above 0"),
        ("cash", "much", "cash = much: it must be a number"),
        ("quantity", "nan", "quantity = nan: it must be a number"),
        ("fee", "1", "fee = 1: it must be from 0 to below 1"),
        ("max_open_trades", "1.5", "it must be a whole number"),
        ("colour", "red", "sma_cross has no parameter 'colour'"),
    ],
)
def test_a_bad_parameter_of_the_account_is_told(name: str, text: str, because: str) -> None:
    with pytest.raises(BadRequest, match=because):
        prepared(asked(parameters={name: text}))


def test_a_bad_parameter_of_the_strategy_and_an_unknown_strategy_are_told() -> None:
    with pytest.raises(BadParameter, match="fast"):
        prepared(asked(parameters={"fast": "-1"}))
    with pytest.raises(UnknownStrategy, match="sma_crow"):
        prepared(Request("sma_crow", "bench", PAIRS, "1h"))


def test_a_file_says_the_account_s_terms(tmp_path: Path) -> None:
    file = tmp_path / "account.toml"
    file.write_text(
        "capital = 2500.5\nshorts = true\ntimeframe = '30m'\nfee = 0.002\ntick = '0.5'\nlot = 1\n"
        "fills = {band = 'realistic'}\nexits = {stop_rate = 0.05}\n"
        "[[guards]]\nkind = 'cool_down'\nstop_duration = 60\n"
    )
    found = chosen_account(asked(account=file), {"cash": "900"})
    assert (found.capital, found.terms.shorts, found.execution) == (D(900), True, "30m")
    assert (found.fee, found.tick, found.lot) == (D("0.002"), D("0.5"), D(1))
    assert found.terms.fills == BANDS["realistic"]
    assert found.terms.exits.stop_rate == D("0.05")
    assert found.terms.guards[0].kind == "cool_down"


def test_the_command_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "account.toml"
    file.write_text("timeframe = '30m'\nfills = {band = 'realistic'}\n")
    found = prepared(asked(account=file, execution="15m", fills=("optimistic",)))
    assert found.execution.name == "15m"
    (plan,) = found.plans(PAIRS)
    assert plan.terms.fills == BANDS["optimistic"]


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("colour = 'red'", "colour: there is no such setting"),
        ("name = 'a'", "name is said by the command"),
        ("pairs = ['BTC/USDT']", "pairs is said by the command"),
        ("capital = -1", "capital: Input should be greater than 0"),
        ("tick = 0", "tick = 0: it must be above 0"),
        ("capital = = 1", "this is no TOML"),
    ],
)
def test_a_bad_account_file_is_told(tmp_path: Path, text: str, because: str) -> None:
    file = tmp_path / "account.toml"
    file.write_text(text)
    with pytest.raises(BadRequest, match=because) as refused:
        chosen_account(asked(account=file), {})
    assert str(file) in str(refused.value)


def test_an_account_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"nowhere\.toml: it cannot be read"):
        chosen_account(asked(account=tmp_path / "nowhere.toml"), {})


def test_there_is_an_account_for_each_fill_band_named_after_it() -> None:
    plans = prepared(asked(fills=("plain", "pessimistic"))).plans(PAIRS)
    assert [(plan.name, plan.terms.fills.band) for plan in plans] == [
        ("plain", "plain"),
        ("pessimistic", "pessimistic"),
    ]
    (alone,) = prepared(asked(fills=("pessimistic",))).plans(PAIRS)
    assert (alone.name, alone.terms.fills.band) == ("backtest", "pessimistic")
