"""A strategy: small, pure, and with nothing but an opinion.

It says which indicators it wants and, over whole arrays, where it would enter and exit. Sizing,
stops' execution and fees belong to the account.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from domain.candles import Candles, Floats
from domain.longer import periods_in
from domain.timeframes import Timeframe, timeframe
from domain.values import exact

Flags = NDArray[np.bool_]
Parameter = Decimal | int | float | str
IndicatorParameter = float | bool | str
Column = Literal["open", "high", "low", "close", "volume"]
Measure = Callable[["Indicator"], int]
"""How many candles, of its own timeframe, before one on which an indicator is right."""
_MOST_DIGITS = 15

MOST_CANDLES = 20_000
"""The longest warm-up: each market's window is held and computed anew at each of its candles."""
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class BadParameter(ValueError):
    """A strategy has no such parameter, or does not allow this value."""


class WarmUpTooLong(ValueError):
    """Choose shorter indicators, or trade on a longer timeframe."""


class BadRules(ValueError):
    """A strategy's rules must be arrays as long as the candles."""


@dataclass(frozen=True, slots=True, init=False)
class Indicator:
    """An indicator by name, as `Indicator("EMA", period=21)`, or an own class of Backtrader's kind.

    `line` chooses one of several, such as `"signal"` of `"MACD"`; without it the first is meant.
    `of` is the column of candles that an indicator of one line is computed over. `timeframe` is a
    longer one than the strategy's: a candle sees the value of the newest period that is over.
    Without a value there is no opinion, unless it is `sparse`: a level that is not always there.
    """

    name: str
    own: type | None
    parameters: tuple[tuple[str, IndicatorParameter], ...]
    line: str | None
    of: Column
    timeframe: str | None
    sparse: bool

    def __init__(
        self,
        kind: str | type,
        /,
        *,
        line: str | None = None,
        of: Column = "close",
        timeframe: str | None = None,
        sparse: bool = False,
        **parameters: IndicatorParameter,
    ) -> None:
        own = kind if isinstance(kind, type) else None
        object.__setattr__(self, "name", kind if isinstance(kind, str) else kind.__name__)
        object.__setattr__(self, "own", own)
        object.__setattr__(self, "parameters", tuple(sorted(parameters.items())))
        object.__setattr__(self, "line", line)
        object.__setattr__(self, "of", of)
        object.__setattr__(self, "timeframe", timeframe)
        object.__setattr__(self, "sparse", sparse)

    def __str__(self) -> str:
        given = [f"{key}={_shown(value)}" for key, value in self.parameters]
        given += [f"of={self.of}"] if self.of != "close" else []
        given += [f"timeframe={self.timeframe}"] if self.timeframe else []
        return f"{self.name}({', '.join(given)})" + (f".{self.line}" if self.line else "")


def _shown(value: IndicatorParameter) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Rules:
    """Where a strategy enters and exits: arrays as long as the candles.

    Of an entry at that candle's close: `stop` and `target` are prices, `*_distance` are relative
    to its fill and `*_rate` are shares of its price (`trail_distance`: the stop follows the best
    price; `break_even_distance`: so far in profit the stop moves to the entry). `limit` and
    `trigger` are prices that make it a limit, stop or stop-limit order; NaN makes it none.
    `strength` ranks it; `volatility` is the market's move in a period, as a share of its price. It
    waits `valid_for` periods; `time_stop` periods are enough for its trade.

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
    stop_rate: Floats | None = None
    target_rate: Floats | None = None
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
    """What every strategy is. Its typed fields, whole or real numbers, are its parameters.

    Without a `name` it has its class's: `LongBreakout` is `long_breakout`.
    `lookback` is how many candles further back than a value its rules look: 1 for a crossing.
    """

    name: ClassVar[str] = ""
    lookback: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in vars(cls):
            cls.name = usual_name(cls.__name__)

    def indicators(self) -> dict[str, Indicator]:
        """The indicators that `rules` wants, each under the name that the tape records."""
        raise NotImplementedError

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        """Where it enters and exits. Element i of each array may know candles 0 to i only."""
        raise NotImplementedError

    def warm_up(self, frame: Timeframe, measure: Measure) -> int:
        """Candles of its timeframe that must lie before one that may signal.

        What the slowest indicator needs, and what the rules look back beyond that. Raises
        NotLonger, WarmUpTooLong.
        """
        each = [_own_candles(each, frame, measure) for each in self.indicators().values()]
        candles = self.lookback + max(each, default=0)
        if candles > MOST_CANDLES:
            raise WarmUpTooLong(
                f"{self.name} on {frame} needs {candles:,} candles before the first signal, more "
                f"than {MOST_CANDLES:,}. {WarmUpTooLong.__doc__}"
            )
        return candles

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


def usual_name(kind: str) -> str:
    """The name of a strategy whose class says none: `LongBreakout` is `long_breakout`."""
    return _WORDS.sub("_", kind).lower()


def _own_candles(indicator: Indicator, frame: Timeframe, measure: Measure) -> int:
    """A warm-up in candles of the strategy's timeframe.

    One longer period more, of which the window may hold a part only.
    """
    if indicator.timeframe is None:
        return measure(indicator)
    ratio = periods_in(timeframe(indicator.timeframe), frame)
    return (measure(indicator) + 1) * ratio


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
