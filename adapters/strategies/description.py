"""What a strategy says of itself: its idea, its sides, its parameters."""

import sys

import msgspec
import numpy as np

from adapters.indicators.engine import compute
from adapters.strategies.check_series import simulated
from adapters.strategies.loading import Kind, bare, fields_of, told
from adapters.strategies.offers import Offer
from domain.strategies.evaluate import values_of
from domain.timeframes import timeframe

_SHOWN = 2_000
"""So many simulated candles tell which sides a strategy takes."""


class ParameterDescription(msgspec.Struct, frozen=True, omit_defaults=True):
    """A parameter: `int` or `float`, its default, its bounds (`gt` and `lt` without the bound)."""

    name: str
    type: str
    default: float
    description: str = ""
    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None

    @property
    def bounds(self) -> str:
        """The bounds in words."""
        if self.ge is not None and self.le is not None:
            return f"{self.ge:,} to {self.le:,}"
        words = {"gt": "above", "ge": "from", "lt": "below", "le": "up to"}
        given = {key: getattr(self, key) for key in words}
        return " and ".join(
            f"{words[key]} {bound:,}" for key, bound in given.items() if bound is not None
        )


class Description(msgspec.Struct, frozen=True):
    """A strategy as it is listed; `source` is the SHA-256 of its code."""

    name: str
    origin: str
    where: str
    idea: str
    sides: list[str]
    parameters: list[ParameterDescription]
    source: str


def described(offer: Offer) -> Description:
    """A strategy as it is listed; raises BadStrategy."""
    return Description(
        offer.name,
        offer.origin,
        offer.where,
        _idea(offer.kind),
        _sides(offer),
        parameters_of(offer.kind),
        offer.source.sha256,
    )


def parameters_of(kind: Kind) -> list[ParameterDescription]:
    """A strategy's parameters, in its order."""
    return [_parameter(field) for field in fields_of(kind)]


def _parameter(field: msgspec.inspect.Field) -> ParameterDescription:
    number = bare(field.type)
    assert isinstance(number, msgspec.inspect.IntType | msgspec.inspect.FloatType)
    is_whole = isinstance(number, msgspec.inspect.IntType)
    bounds = {key: getattr(number, key) for key in ("gt", "ge", "lt", "le")}
    return ParameterDescription(
        field.name,
        "int" if is_whole else "float",
        field.default,
        _words(field.type),
        **{
            key: int(bound) if is_whole else bound
            for key, bound in bounds.items()
            if bound is not None
        },
    )


def _words(type_: msgspec.inspect.Type) -> str:
    """What a field's type is annotated with."""
    if not isinstance(type_, msgspec.inspect.Metadata):
        return ""
    return str((type_.extra_json_schema or {}).get("description") or _words(type_.type))


def _idea(kind: Kind) -> str:
    """The first line of its docstring, or of its module's."""
    text = kind.__doc__ or sys.modules[kind.__module__].__doc__ or ""
    return text.strip().partition("\n")[0].rstrip(".")


def _sides(offer: Offer) -> list[str]:
    """The sides that it enters, on simulated candles."""
    frame = timeframe("1h")
    candles = simulated("lively", frame, _SHOWN)
    with np.errstate(all="ignore"), told(offer.source, offer.shown, "`check` says more."):
        strategy = offer.made({})
        rules = strategy.rules(candles, values_of(strategy, candles, frame, compute))
    short = rules.enter_short is not None
    return [*(["long"] if rules.enter_long.any() or not short else []), *(["short"] * short)]
