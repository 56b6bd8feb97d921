"""A strategy: small, pure, and with nothing but an opinion.

It says which indicators it wants and, over whole arrays, where it would enter and exit. Sizing,
stops' execution and fees belong to the account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from domain.candles import Candles, Floats
from domain.strategies.warm_up import warm_up_of
from domain.values import exact

Flags = NDArray[np.bool_]
Parameter = Decimal | int | float | str
_MOST_DIGITS = 15


class BadParameter(ValueError):
    """A strategy has no such parameter, or does not allow this value."""


class BadRules(ValueError):
    """A strategy's rules must be arrays as long as the candles."""


@dataclass(frozen=True, slots=True, init=False)
class Indicator:
    """An indicator by Backtrader's name: `Indicator("EMA", period=21)`.

    `line` chooses one of several, such as `"signal"` of `"MACD"`; without it the first is meant.
    """

    name: str
    parameters: tuple[tuple[str, float], ...]
    line: str | None

    def __init__(self, name: str, /, *, line: str | None = None, **parameters: float) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "parameters", tuple(sorted(parameters.items())))
        object.__setattr__(self, "line", line)

    @property
    def warm_up(self) -> int:
        """Candles before one on which it no longer matters where the history began."""
        return warm_up_of(self.name, dict(self.parameters))

    def __str__(self) -> str:
        numbers = ", ".join(f"{key}={value:g}" for key, value in self.parameters)
        return f"{self.name}({numbers})" + (f".{self.line}" if self.line else "")


@dataclass(frozen=True, slots=True)
class Rules:
    """Where a strategy enters and exits: arrays as long as the candles.

    Of an entry at that candle's close: `stop` and `target` are prices, `*_distance` are relative
    to its fill (`trail_distance`: the stop follows the best price; `break_even_distance`: so far in
    profit the stop moves to the entry). `limit` and `trigger` are prices that make it a limit, stop
    or stop-limit order; NaN makes it none. `strength` ranks it; `volatility` is the market's move
    in a period, as a share of its price. It waits `valid_for` periods; `time_stop` periods are
    enough for its trade.

    `trail_long` and `trail_short` are where the stops of open trades belong at that close.
    """

    enter_long: Flags
    exit_long: Flags
    enter_short: Flags | None = None
    exit_short: Flags | None = None
    stop: Floats | None = None
    target: Floats | None = None
    stop_distance: Floats | None = None
    target_distance: Floats | None = None
    trail_distance: Floats | None = None
    break_even_distance: Floats | None = None
    limit: Floats | None = None
    trigger: Floats | None = None
    trail_long: Floats | None = None
    trail_short: Floats | None = None
    strength: Floats | None = None
    volatility: Floats | None = None
    valid_for: int | None = None
    time_stop: int | None = None

    def checked(self, length: int) -> "Rules":
        """These rules; raises BadRules where an array is not of that length or kind."""
        for name in self.__slots__[:-2]:
            array = getattr(self, name)
            kind = np.bool_ if name.startswith(("enter", "exit")) else np.float64
            if array is not None and (array.shape != (length,) or array.dtype != kind):
                raise BadRules(
                    f"{name} is {array.dtype}{list(array.shape)}, not "
                    f"{np.dtype(kind)}[{length}]. {BadRules.__doc__}"
                )
        return self


class Strategy(msgspec.Struct, frozen=True):
    """What every strategy is. Its typed fields, whole or real numbers, are its parameters."""

    name: ClassVar[str] = ""

    def indicators(self) -> dict[str, Indicator]:
        """The indicators that `rules` wants, each under the name that the tape records."""
        raise NotImplementedError

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        """Where it enters and exits. Element i of each array may know candles 0 to i only."""
        raise NotImplementedError

    @property
    def warm_up(self) -> int:
        """Candles that must lie before one that may signal.

        One more than the slowest indicator needs, so that the candle before is right as well.
        """
        return max((each.warm_up for each in self.indicators().values()), default=0) + 1

    def parameters(self) -> dict[str, Decimal]:
        """The parameters by name, exact."""
        return {field: _exact(getattr(self, field)) for field in sorted(self.__struct_fields__)}

    @classmethod
    def with_parameters(cls, parameters: Mapping[str, Parameter]) -> Self:
        """The strategy with these parameters, others at their defaults; raises BadParameter."""
        try:
            return msgspec.convert(
                {key: cls._read(key, value) for key, value in parameters.items()}, cls
            )
        except msgspec.ValidationError as error:
            raise BadParameter(f"{cls.name}: {_plainly(error)}") from None

    @classmethod
    def _read(cls, key: str, given: Parameter) -> Any:
        """One parameter as its type; raises BadParameter with what is allowed."""
        fields = {field.name: field for field in msgspec.structs.fields(cls)}
        if key not in fields:
            known = ", ".join(sorted(fields)) or "none"
            raise BadParameter(f"{cls.name} has no parameter {key!r}. It has: {known}.")
        try:
            return msgspec.convert(_number(given), fields[key].type, strict=False)
        except (msgspec.ValidationError, ArithmeticError, ValueError) as error:
            raise BadParameter(f"{cls.name}: {key} = {given}: {_plainly(error)}") from None


def _number(given: Parameter) -> int | float:
    """A number as an int if it is whole: what msgspec takes for both kinds of fields."""
    text = str(given).strip()
    number = Decimal(text) if _is_number(text) else None
    if number is None or not number.is_finite() or number.adjusted() > _MOST_DIGITS:
        raise ValueError("it must be a number")
    return int(number) if number == number.to_integral_value() else float(number)


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except ArithmeticError:
        return False
    return True


def _exact(number: float) -> Decimal:
    return Decimal(number) if isinstance(number, int) else exact(number)


def _plainly(error: Exception) -> str:
    """What msgspec says, in the words of somebody who types numbers."""
    text = str(error).split(" - at ")[0]
    return (
        text.replace("Expected `int`, got `float`", "it must be a whole number")
        .replace("Expected `int` ", "it must be a whole number ")
        .replace("Expected `float` ", "it must be a number ")
    )
