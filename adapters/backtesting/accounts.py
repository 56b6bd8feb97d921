"""The account of a backtest: from parameters and a file to what is planned."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace as changed

from adapters.backtesting.request import BadRequest, Request
from domain.account.terms import USUAL_TERMS, Terms

if TYPE_CHECKING:
    from adapters.settings import AccountSettings

ACCOUNT_PARAMETERS = ("cash", "fee", "max_open_trades", "quantity", "stake")
"""What --param sets of the account where the strategy has no parameter of that name."""

NAME = "backtest"
"""The account's name where there is only one."""

_OF_MARKETS = ("fee", "tick", "lot")
_ELSEWHERE = ("exchange", "name", "pairs", "quote", "strategies")
_MOST = Decimal("1e15")
_LEAST = Decimal("1e-12")


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """How the account trades, by default as one of papertape.toml that says nothing.

    `fee`, `tick` and `lot` take the place of those of all markets. `execution` is a timeframe.
    """

    capital: Decimal = Decimal(10_000)
    stake: Decimal = Decimal(1_000)
    max_open_trades: int = 5
    execution: str | None = None
    terms: Terms = USUAL_TERMS
    fee: Decimal | None = None
    tick: Decimal | None = None
    lot: Decimal | None = None


def chosen_account(request: Request, given: Mapping[str, str]) -> AccountChoice:
    """What the request's file says, and over it the parameters given to the account.

    Raises BadRequest.
    """
    choice = AccountChoice() if request.account is None else _in_file(request.account)
    for name, text in given.items():
        choice = _with(choice, name, text)
    execution = request.execution or choice.execution or request.timeframe
    return replace(choice, execution=execution)


def _with(choice: AccountChoice, name: str, text: str) -> AccountChoice:
    match name:
        case "cash":
            return replace(choice, capital=_amount(name, text))
        case "fee":
            return replace(choice, fee=share_of(name, text))
        case "max_open_trades":
            return replace(choice, max_open_trades=_count(name, text))
        case "quantity":
            sized = changed(choice.terms, sizing="quantity")
            return replace(choice, stake=_amount(name, text), terms=sized)
        case _:
            sized = changed(choice.terms, sizing="quote")
            return replace(choice, stake=_amount(name, text), terms=sized)


def _amount(name: str, text: object) -> Decimal:
    number = _number(name, text)
    if not (_LEAST <= number < _MOST):
        raise BadRequest(f"{name} = {text}: it must be above 0 and below 1e15")
    return number


def share_of(name: str, text: object) -> Decimal:
    """A share below 1, as it is written; raises BadRequest."""
    number = _number(name, text)
    if not (0 <= number < 1):
        raise BadRequest(f"{name} = {text}: it must be from 0 to below 1, such as 0.001")
    return number


def _count(name: str, text: str) -> int:
    number = _number(name, text)
    if number != int(number) or not (1 <= number <= 10_000):
        raise BadRequest(f"{name} = {text}: it must be a whole number from 1 to 10,000")
    return int(number)


def _number(name: str, text: object) -> Decimal:
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise BadRequest(f"{name} = {text}: it must be a number")
    return number


def _in_file(path: Path) -> AccountChoice:
    """The account of a file: keys as in [[accounts]] of papertape.toml, and those of markets."""
    keys = _toml(path)
    for name in _ELSEWHERE:
        if name in keys:
            raise BadRequest(f"{path}: {name} is said by the command, not in this file")
    of_markets = {name: keys.pop(name) for name in _OF_MARKETS if name in keys}
    settings = _settings(path, keys)
    choice = AccountChoice(
        settings.capital,
        settings.stake,
        settings.max_open_trades,
        settings.timeframe,
        settings.terms(),
    )
    try:
        return _with_steps(choice, of_markets)
    except BadRequest as error:
        raise BadRequest(f"{path}: {error}") from error


def _with_steps(choice: AccountChoice, given: Mapping[str, object]) -> AccountChoice:
    fee = share_of("fee", given["fee"]) if "fee" in given else None
    tick, lot = (_amount(name, given[name]) if name in given else None for name in ("tick", "lot"))
    return replace(choice, fee=fee, tick=tick, lot=lot)


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file, parse_float=Decimal)
    except OSError as error:
        raise BadRequest(f"{path}: it cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path}: this is no TOML: {error}") from error


def _settings(path: Path, keys: Mapping[str, Any]) -> "AccountSettings":
    from pydantic import ValidationError  # noqa: PLC0415  # slow, and only needed for a file

    from adapters.settings import AccountSettings, in_words  # noqa: PLC0415  # the same

    try:
        return AccountSettings(name=NAME, exchange="any", **keys)
    except ValidationError as error:
        raise BadRequest(f"{path}: {'; '.join(map(in_words, error.errors()))}") from error
