"""Wishes of how an account should have been, as they are written: KEY=VALUE."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from adapters.account_terms import FillSettings
from adapters.backtesting.accounts import share_of
from adapters.backtesting.request import BadRequest
from adapters.settings import AccountSettings, in_words
from application.lives.wish import Wish
from domain.account.terms import Terms

_FIXED = ("name", "exchange", "quote", "strategies")
_PARTS = ("fills", "exits")
_OF_PLAN = ("capital", "stake", "max_open_trades", "timeframe", "pairs")
NOTHING = "none"


def wish_of(given: Mapping[str, str]) -> Wish:
    """What is wished: keys of an account in papertape.toml by dotted path, and `fee`.

    Raises BadRequest.
    """
    given = dict(given)
    fee = given.pop("fee", None)
    nested = _nested({key: _value(key, text) for key, text in given.items()})
    if "sizing" in nested and "stake" not in nested:
        raise BadRequest("sizing: the stake means something else then; set it too, as stake=0.01")
    settings = _checked(nested)
    named = {name: getattr(settings, name) for name in nested}
    return Wish(
        plan={name: named[name] for name in _OF_PLAN if name in named},
        terms=_terms(settings, named),
        fills=_fills(settings, nested),
        exits={name: getattr(settings.exits, name) for name in nested.get("exits", ())},
        fee=None if fee is None else share_of("fee", fee),
    )


def _value(key: str, text: str) -> Any:
    """A value of TOML, or a word without its quotes."""
    if text == NOTHING:
        return None
    if key == "pairs":
        return [each.strip() for each in text.strip("[]").replace('"', "").split(",")]
    try:
        return tomllib.loads(f"value = {text}", parse_float=Decimal)["value"]
    except tomllib.TOMLDecodeError:
        return text


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in values.items():
        name, dot, rest = key.partition(".")
        if name in _FIXED:
            raise BadRequest(f"{key}: a what-if keeps the account's {name} as it was")
        if bool(dot) != (name in _PARTS):
            raise BadRequest(f"{key}: there is no such setting; write for example {_example(name)}")
        if dot:
            nested.setdefault(name, {})[rest] = value
        else:
            nested[name] = value
    return nested


def _example(name: str) -> str:
    return {"exits": "exits.stop_rate=0.03", "fills": "fills.band=pessimistic"}.get(
        name, "stake=500"
    )


def _checked(nested: Mapping[str, Any]) -> AccountSettings:
    try:
        settings = AccountSettings(name="wished", exchange="any", **nested)
    except ValidationError as error:
        raise BadRequest("; ".join(map(in_words, error.errors()))) from error
    if "timeframe" in nested and settings.timeframe is None:
        raise BadRequest("timeframe: it must be one, such as 1h")
    return settings


def _terms(settings: AccountSettings, named: Mapping[str, Any]) -> dict[str, Any]:
    terms = settings.terms()
    own = set(Terms.__struct_fields__) - set(_PARTS)
    return {name: getattr(terms, name) for name in named if name in own}


def _fills(settings: AccountSettings, nested: Mapping[str, Any]) -> dict[str, Any]:
    """All of a band where one is named, else what is said."""
    said = nested.get("fills", {})
    fills = settings.fills or FillSettings()
    if "band" not in said:
        return {name: getattr(fills, name) for name in said}
    model = fills.model()
    return {name: getattr(model, name) for name in model.__struct_fields__}
