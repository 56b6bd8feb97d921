"""Settings: read from file and environment, and refused with a sentence where they cannot be."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.account_terms import FillSettings, GuardSettings
from adapters.settings import BadSettings, Settings, read_settings
from domain.account.terms import BANDS

D = Decimal


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "DATA_FOLDER", "CONFIG", "PORT", "STRATEGIES_FOLDER"):
        monkeypatch.delenv(f"PAPERTAPE_{name}", raising=False)


def with_file(text: str) -> Settings:
    Path("papertape.toml").write_text(text, encoding="utf-8")
    return read_settings()


def test_without_a_file_the_bot_scans_two_markets_for_one_account() -> None:
    settings = read_settings()
    assert settings.exchanges[0].pairs == ("BTC/USDT", "ETH/USDT")
    assert [account.name for account in settings.accounts] == ["main"]


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERTAPE_PORT", "9000")
    assert with_file("port = 8500").port == 9000


def test_strategies_are_beside_the_file_wherever_a_command_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert read_settings().strategies_folder == tmp_path / "strategies"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "bot.toml").write_text("strategies_folder = 'mine'")
    monkeypatch.setenv("PAPERTAPE_CONFIG", "elsewhere/bot.toml")
    assert read_settings().strategies_folder == tmp_path / "elsewhere" / "mine"
    monkeypatch.setenv("PAPERTAPE_STRATEGIES_FOLDER", "/srv/strategies")
    assert read_settings().strategies_folder == Path("/srv/strategies")


def test_pairs_are_kept_in_canonical_order() -> None:
    settings = with_file("accounts = []\n[[exchanges]]\nname = 'kraken'\npairs = ['B/C', 'A/C']")
    assert settings.exchanges[0].pairs == ("A/C", "B/C")


EXCHANGE = "[[exchanges]]\nname = 'kraken'\npairs = ['BTC/USD']\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 1", "prot: there is no such setting"),
        ("port = 99999", "port: Input should be less than or equal to 65535"),
        ("port =", "papertape.toml"),
        (f"accounts = []\n{EXCHANGE}{EXCHANGE}", "exchange 'kraken' stands there twice"),
        (f"{EXCHANGE}[[accounts]]\nname = 'a'\nexchange = 'krakn'", "'krakn'"),
        (
            f"{EXCHANGE}[[accounts]]\nname = 'a'\nexchange = 'kraken'\npairs = ['ETH/USD']",
            "trades ETH/USD, which 'kraken' does not scan",
        ),
        (
            f"{EXCHANGE}[[accounts]]\nname = 'a'\nexchange = 'kraken'\n"
            "strategies = [{name = 'ema_cross', timeframe = '1x'}]",
            "'1x' is not a timeframe",
        ),
        (
            f"{EXCHANGE}[[accounts]]\nname = 'a'\nexchange = 'kraken'\n"
            "strategies = [{name = 'ema_cross'}, {name = 'ema_cross'}]",
            "strategy 'ema_cross' stands there twice",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(BadSettings) as refused:
        with_file(text)
    assert says in str(refused.value)


def test_an_unknown_variable_of_the_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PAPERTAPE_PROT", "1")
    with pytest.raises(BadSettings, match="PAPERTAPE_PROT: there is no such setting"):
        read_settings()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user@host/papertape",
        "postgres://user:secret@host:5432/papertape?sslmode=require",
        "host=127.0.0.1 port=5432 dbname=papertape",
    ],
)
def test_a_database_url_is_what_postgres_takes(url: str) -> None:
    assert read_settings(database_url=url).database_url == url


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:secret@host/papertape",
        "postgresql+psycopg://user:secret@host/papertape?a=b",
        "postgresql://user:secret@[host/papertape",
        "host=127.0.0.1 secret",
        " ",
        "",
    ],
)
def test_another_database_url_is_refused_and_never_repeated(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", url)
    with pytest.raises(BadSettings, match=r"^database_url: it is neither") as refused:
        read_settings()
    assert "secret" not in str(refused.value)


def test_fills_are_a_band_and_what_is_different_from_it() -> None:
    assert FillSettings(band="realistic").model() == BANDS["realistic"]
    assert FillSettings(band="realistic", slippage_points=D(5)).model().band == "realistic"
    changed = FillSettings(band="realistic", slippage_points=D(8)).model()
    assert (changed.band, changed.slippage_points) == ("realistic, changed", D(8))
    assert changed.volume_share == BANDS["realistic"].volume_share


@pytest.mark.parametrize(
    ("guard", "lacks"),
    [
        ({"kind": "stop_streak", "stop_duration": 60}, "lookback_period"),
        ({"kind": "cool_down"}, "stop_duration"),
        (
            {"kind": "max_drawdown", "lookback_period": 9, "stop_duration": 9},
            "max_allowed_drawdown",
        ),
        ({"kind": "daily_loss"}, "max_daily_loss"),
    ],
)
def test_a_guard_that_could_never_act_is_refused(guard: dict[str, Any], lacks: str) -> None:
    with pytest.raises(ValidationError, match=f"needs {lacks}"):
        GuardSettings(**guard)


@pytest.mark.parametrize(
    "text",
    [
        'seconds_after_close = inf\nname = "binance"\npairs = ["BTC/USDT"]',
        'name = "sa/nd"\npairs = ["BTC/USDT"]',
        'name = "sa\\u0000nd"\npairs = ["BTC/USDT"]',
        'name = "binance"\npairs = ["A/B/USDT"]',
        'name = "binance"\npairs = ["B\\u0000C/USDT"]',
    ],
)
def test_an_exchange_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(BadSettings):
        with_file(f"accounts = []\n[[exchanges]]\n{text}")


@pytest.mark.parametrize(
    "setting",
    [
        "max_open_trades = 99999999999",
        'stake = "1e400"',
        'capital = "0.1234567890123456"',
        "exits = { time_stop = 99999999999999 }",
        'exits = { target_rate = "1e-30" }',
    ],
)
def test_numbers_that_no_account_can_hold_are_refused(setting: str) -> None:
    with pytest.raises(BadSettings):
        with_file(f'[[accounts]]\nname = "main"\nexchange = "binance"\n{setting}')
