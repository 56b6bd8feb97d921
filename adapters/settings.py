"""Settings: `papertape.toml` and environment, read once into one frozen object.

The environment wins: `PAPERTAPE_PORT=9000` is `port = 9000`. `PAPERTAPE_CONFIG` names the file.
"""

import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import psycopg
from platformdirs import user_data_path
from psycopg.conninfo import conninfo_to_dict
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from adapters.account_terms import ExitSettings, FillSettings, GuardSettings, Share
from domain.account.terms import Sizing, Terms
from domain.timeframes import UnknownTimeframe, timeframe

PREFIX = "PAPERTAPE_"


class BadSettings(Exception):
    """A setting is unknown or has a value that cannot be; the message says which and why."""


def _known_timeframe(name: str) -> str:
    try:
        return timeframe(name).name
    except UnknownTimeframe as error:
        raise ValueError(str(error)) from error


TimeframeName = Annotated[str, AfterValidator(_known_timeframe)]
Positive = Annotated[Decimal, Field(gt=0, lt=Decimal("1e15"), decimal_places=12)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Pair = Annotated[str, Field(pattern=r"^[^/\s\x00-\x1f]+/[^/\s\x00-\x1f]+$", max_length=64)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExchangeSettings(_Part):
    """An exchange to scan: some `pairs`, or the markets of a universe, or both.

    `url` re-addresses ccxt, for the sandbox exchange.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    ccxt_id: str = ""
    pairs: tuple[Pair, ...] = ()
    quotes: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    min_turnover: Decimal = Field(default=Decimal(0), ge=0)
    min_age_days: int = Field(default=0, ge=0, le=10_000)
    quiet_candles: bool | None = None
    url: str | None = None
    requests_per_second: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    seconds_after_close: Seconds = 2.0
    seconds_to_wait: Seconds = 20.0
    seconds_for_answer: float = Field(default=10.0, gt=0, le=86_400, allow_inf_nan=False)

    @field_validator("pairs")
    @classmethod
    def _in_order(cls, pairs: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(pairs)) != len(pairs):
            raise ValueError("a pair stands there twice")
        return tuple(sorted(pairs))

    @model_validator(mode="after")
    def _scans_something(self) -> "ExchangeSettings":
        if not self.pairs and not self.quotes:
            raise ValueError(f"exchange {self.name!r} scans nothing: give it pairs or quotes")
        if not self.quotes and (self.allow or self.deny or self.min_turnover or self.min_age_days):
            raise ValueError(
                f"exchange {self.name!r}: allow, deny, min_turnover and min_age_days choose among "
                "the markets of its quotes: give it quotes"
            )
        return self

    def may_scan(self, pair: str) -> bool:
        """Whether a pair is, or may one day be, among the scanned ones."""
        return pair in self.pairs or pair.partition("/")[2] in self.quotes


class StrategySettings(_Part):
    """A strategy of an account; whether there is one is known where strategies are."""

    name: str
    timeframe: TimeframeName = "1h"
    parameters: dict[str, Decimal | str] = {}


class AccountSettings(_Part):
    """A paper account. Without `pairs` it trades all pairs of its exchange and quote."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")
    exchange: str
    quote: str = "USDT"
    capital: Positive = Decimal(10_000)
    stake: Positive = Decimal(1_000)
    max_open_trades: int = Field(default=5, gt=0, le=10_000)
    timeframe: TimeframeName | None = None
    pairs: tuple[Pair, ...] = ()
    sizing: Sizing = "quote"
    shorts: bool = False
    valid_for: int = Field(default=1, ge=1, le=1_000)
    time_in_force: Literal["gtd", "ioc", "fok"] = "gtd"
    prefer: Literal["name", "strength"] = "name"
    when_withdrawn: Literal["keep", "exit"] = "keep"
    reserve: Share = Decimal(0)
    max_market_exposure: Share | None = None
    max_base_exposure: Share | None = None
    max_exposure: Share | None = None
    strategies: tuple[StrategySettings, ...] = ()
    fills: FillSettings | None = None
    exits: ExitSettings | None = None
    guards: tuple[GuardSettings, ...] = ()

    def terms(self) -> Terms:
        """The account's terms."""
        own = set(Terms.__struct_fields__) - {"fills", "exits", "guards"}
        return Terms(
            **{name: getattr(self, name) for name in own},
            fills=(self.fills or FillSettings()).model(),
            exits=(self.exits or ExitSettings()).plan(),
            guards=tuple(each.guard() for each in self.guards),
        )


def _first_exchanges() -> tuple[ExchangeSettings, ...]:
    return (ExchangeSettings(name="binance", pairs=("BTC/USDT", "ETH/USDT")),)


def _first_accounts() -> tuple[AccountSettings, ...]:
    return (
        AccountSettings(
            name="main", exchange="binance", strategies=(StrategySettings(name="ema_cross"),)
        ),
    )


class Settings(BaseSettings):
    """All settings. Without a database URL, Postgres runs embedded in the data folder."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data_folder: Path = Field(default_factory=lambda: user_data_path("papertape"))
    database_url: str | None = None
    strategies_folder: Path = Field(default=Path("strategies"), validate_default=True)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    exchanges: tuple[ExchangeSettings, ...] = Field(default_factory=_first_exchanges)
    accounts: tuple[AccountSettings, ...] = Field(default_factory=_first_accounts)

    @field_validator("strategies_folder")
    @classmethod
    def _beside_the_file(cls, folder: Path) -> Path:
        return config_file().parent.absolute() / folder

    @field_validator("database_url")
    @classmethod
    def _is_of_postgres(cls, url: str | None) -> str | None:
        if url is not None and not _leads_to_postgres(url):  # it may hold a password: not repeated
            raise ValueError("it is neither postgresql://user@host/name nor key=value pairs")
        return url

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        _refuse_twice("exchange", [each.name for each in self.exchanges])
        _refuse_twice("account", [each.name for each in self.accounts])
        scanned = {each.name: each for each in self.exchanges}
        for account in self.accounts:
            if account.exchange not in scanned:
                raise ValueError(
                    f"account {account.name!r} trades on {account.exchange!r}, "
                    f"which is not among the exchanges: {', '.join(sorted(scanned))}"
                )
            may_scan = scanned[account.exchange].may_scan
            unknown = sorted(pair for pair in account.pairs if not may_scan(pair))
            if unknown:
                raise ValueError(
                    f"account {account.name!r} trades {unknown[0]}, "
                    f"which {account.exchange!r} does not scan: add it to its pairs"
                )
            _refuse_twice(
                f"account {account.name!r}: strategy", [each.name for each in account.strategies]
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 not read
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 not read
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then environment, then the file."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml


def _leads_to_postgres(url: str) -> bool:
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return False
    return bool(url.strip())


def _refuse_twice(what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} {twice[0]!r} stands there twice")


def config_file() -> Path:
    """Where the settings file is, if there is one."""
    return Path(os.environ.get(f"{PREFIX}CONFIG", "papertape.toml"))


def read_settings(**given: Any) -> Settings:
    """The settings; `given` ones win. Raises BadSettings."""
    _refuse_unknown_environment()
    if f"{PREFIX}CONFIG" in os.environ and not config_file().is_file():
        raise BadSettings(f"{PREFIX}CONFIG: there is no file {config_file()}")
    try:
        return Settings(**given)
    except ValidationError as error:
        raise BadSettings("; ".join(in_words(each) for each in error.errors())) from error
    except ValueError as error:
        raise BadSettings(f"{config_file()}: {error}") from error


def in_words(error: Any) -> str:
    """What pydantic found wrong with a setting, in a line."""
    place = ".".join(str(part) for part in error["loc"]) or "settings"
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no such setting"
    return f"{place}: {error['msg'].removeprefix('Value error, ')}"


def _refuse_unknown_environment() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{PREFIX}CONFIG"}
    unknown = sorted(
        name for name in os.environ if name.startswith(PREFIX) and name.upper() not in known
    )
    if unknown:
        raise BadSettings(
            f"{unknown[0]}: there is no such setting. Known: {', '.join(sorted(known))}"
        )
