"""From a source to the strategies that it defines, each looked at before it is used."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from traceback import walk_tb
from types import ModuleType
from typing import Any

import msgspec

from adapters.indicators.engine import compute
from adapters.strategies.errors import BadStrategy
from adapters.strategies.importing import PRIVATE, imported, path_in
from adapters.strategies.sources import Source
from domain.candles import Candles
from domain.strategies.strategy import BadParameter, Indicator, Strategy

Shown = Callable[[str], str]
"""How a reader would write the place of one of a source's files."""
Kind = type[Strategy]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_PRIVATE = re.compile(rf"{PRIVATE}\.v[0-9a-f]+\.?| \(unknown location\)")
_NUMBERS = (msgspec.inspect.IntType, msgspec.inspect.FloatType)


def strategies_in(source: Source, shown: Shown) -> dict[str, Kind]:
    """The strategies that a source's module defines, by name; raises BadStrategy.

    Those whose class begins with `_` are for others to build on.
    """
    with told(source, shown, "It must run to its end when it is imported."):
        module = imported(source)
    found: dict[str, Kind] = {}
    for kind in _defined_in(module):
        if found.setdefault(kind.name, kind) is not kind:
            what = f"{found[kind.name].__name__} and {kind.__name__} are both named {kind.name!r}"
            raise BadStrategy(shown(source.path), what, "Give each a `name` of its own.")
        with told(source, shown, "A strategy must work with its parameters' defaults."):
            look_at(kind, shown(source.path))
    return found


def _defined_in(module: ModuleType) -> list[Kind]:
    """Its own strategies; those of a package may be in any of its modules."""
    kinds = {id(each): each for each in vars(module).values() if _is_a_strategy(each)}.values()
    return [
        kind
        for kind in kinds
        if kind.__module__ == module.__name__
        or (hasattr(module, "__path__") and kind.__module__.startswith(f"{module.__name__}."))
    ]


def _is_a_strategy(each: Any) -> bool:
    return isinstance(each, type) and issubclass(each, Strategy) and each.__name__[0] != "_"


def look_at(kind: Kind, where: str) -> None:
    """Raises BadStrategy where a strategy cannot be configured, or wants what there is not."""

    def refuse(what: str, advice: str) -> BadStrategy:
        return BadStrategy(where, f"{kind.__name__}: {what}", advice)

    for field in fields_of(kind):
        if field.name in ("name", "lookback"):
            advice = f"Write `{field.name} = ...` without a type, or with `ClassVar`."
            raise refuse(f"its {field.name} is a parameter", advice)
        if not isinstance(bare(field.type), _NUMBERS):
            advice = "Parameters are whole or real numbers: `int` or `float`."
            raise refuse(f"its parameter {field.name} is no number", advice)
        if field.required:
            advice = f"Give it one, as in `{field.name}: int = 20`."
            raise refuse(f"its parameter {field.name} has no default", advice)
    if not (isinstance(kind.name, str) and _NAME.fullmatch(kind.name)):
        advice = "It begins with a letter; letters, digits, _ and - follow, 63 at most."
        raise refuse(f"its name is {kind.name!r}", advice)
    try:
        strategy = kind.with_parameters({})
    except BadParameter as bad:
        advice = "A strategy must work with its parameters' defaults."
        raise refuse(sentence(bad), advice) from bad
    _look_at_indicators(strategy, refuse)


def fields_of(kind: Kind) -> tuple[msgspec.inspect.Field, ...]:
    """A strategy's parameters, described."""
    described = msgspec.inspect.type_info(kind)
    assert isinstance(described, msgspec.inspect.StructType)
    return described.fields


def bare(type_: msgspec.inspect.Type) -> msgspec.inspect.Type:
    """A field's type without what describes it."""
    return bare(type_.type) if isinstance(type_, msgspec.inspect.Metadata) else type_


def _look_at_indicators(strategy: Strategy, refuse: Callable[[str, str], BadStrategy]) -> None:
    indicators = strategy.indicators()
    if not isinstance(indicators, dict):
        raise refuse("indicators() gives no dict", 'Return `{"average": Indicator("SMA")}`.')
    for name, each in indicators.items():
        if not isinstance(name, str) or not isinstance(each, Indicator):
            advice = 'Return names and indicators, as in `{"average": Indicator("SMA")}`.'
            raise refuse(f"indicators() gives {name!r}: {each!r}", advice)
        try:
            compute(each, Candles.none())
        except (LookupError, ValueError) as error:
            advice = "Look at its name, line and parameters."
            raise refuse(f"indicator {name!r}: {sentence(error)}", advice) from error


@contextmanager
def told(source: Source, shown: Shown, advice: str) -> Iterator[None]:
    """Whatever a source's own code raises becomes BadStrategy, with the line of it.

    BadParameter stays: that is for who configures it.
    """
    try:
        yield
    except (BadStrategy, BadParameter):
        raise
    except (Exception, SystemExit) as error:
        where = shown(source.path)
        spot = _spot(source, error)
        if spot is not None:
            where = f"{shown(spot[0])}, line {spot[1]}"
        raise BadStrategy(where, sentence(error), _advice(error) or advice) from error


def sentence(error: BaseException) -> str:
    """What an error says, without a full stop; with its kind where it is one of Python's."""
    text = _PRIVATE.sub("", " ".join(str(error).split())).rstrip(".")
    if type(error).__module__ != "builtins" and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _spot(source: Source, error: BaseException) -> tuple[str, int] | None:
    """The deepest line of the source's own code on the way to an error, or to its cause."""
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        lines.append((error.filename, error.lineno))
    own = [(path, line) for name, line in lines if (path := path_in(source, name)) is not None]
    if own or error.__cause__ is None:
        return own[-1] if own else None
    return _spot(source, error.__cause__)


def _advice(error: BaseException) -> str:
    match error:
        case SystemExit():
            return "A strategy may not end the program: take that out."
        case ModuleNotFoundError():
            return "Install it where Papertape is installed, or put its file beside the strategy."
        case ImportError():
            return "Look at the name, and at what that module offers."
        case SyntaxError():
            return "Mend it."
        case NotImplementedError():
            return "A strategy has both `indicators` and `rules`."
    return ""
