"""Where a strategy fails, and what its author may do about it."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from types import FrameType

from domain.candles import Candles
from domain.strategies.checking.asking import Failed, Question
from domain.strategies.checking.findings import CheckSeries, Refused, Spot, refused_at
from domain.strategies.strategy import BadRules, Strategy

_DIVIDES = (
    "Say what holds there, for example `np.divide(a, b, out=np.zeros_like(a), where=b != 0)`."
)
_IS_NO_NUMBER = (
    "Leave such candles out before computing, or compute inside "
    "`with np.errstate(invalid='ignore'):` if no value is what you mean."
)
_NOT_THERE = (
    "It must work on any number of candles from one on, and must not ask for later ones. Compute "
    "with whole arrays; in an indicator of your own, `[1]` is the next candle, `[-1]` the last one."
)
_CHANGES = "Work on a copy, such as `close = candles.close.copy()`."
_ARRAYS = (
    "Every rule is an array with one element for each candle: true or false (as comparisons such "
    "as `candles.close > values['average']` give) for entries and exits, else float64."
)
_NAMES = "Look at its name, line, parameters and code."
_FAILS = "It must work on any candles, and on any number of them from one on."


def refusal(question: Question, series: CheckSeries, candles: Candles, failed: Failed) -> Refused:
    """A refusal that names the first of these candles on which the strategy fails."""
    count, first = _first_failure(question, candles, failed)
    spot = Spot(series, int(candles.open_time[count - 1]))
    is_always = count == 1 and not isinstance(failed.__cause__, ArithmeticError)
    errors = list(_causes((failed if is_always else first).__cause__))
    says, advice = described(errors)
    place = _place(question.strategy, errors)
    if is_always:  # whatever the candle's numbers
        seen = f"{first.what} (on `{series.name}`{place}) {says}"
    else:
        seen = f"{first.what} {says} at {spot}, with {_numbers(candles, count - 1)}{place}"
    return refused_at(
        spot,
        check="runs",
        what=first.what,
        says=seen if seen.endswith("?") else f"{seen}.",
        advice=advice,
        values=(sentence(errors[0]),),
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that it came of."""
    while error is not None:
        yield error
        error = error.__cause__


def _numbers(candles: Candles, row: int) -> str:
    """A candle in words."""
    named = ("open", "high", "low", "close", "volume")
    return ", ".join(f"{name} {getattr(candles, name)[row]:.12g}" for name in named)


def described(errors: Sequence[BaseException]) -> tuple[str, str]:
    """What an error means, and what to do; those that it came of follow it."""
    known = (_described(error) for error in errors)
    if type(errors[0]).__module__ == "builtins":
        unknown = f"fails: {sentence(errors[0])}", _FAILS
    else:
        unknown = f"cannot be computed: {sentence(errors[0])}", _NAMES
    return next(filter(None, known), unknown)


def _described(error: BaseException) -> tuple[str, str] | None:
    text = " ".join(str(error).split())
    match error:
        case ZeroDivisionError():
            return "divides by zero", _DIVIDES
        case FloatingPointError() if "divide" in text or "remainder" in text:
            return "divides by zero", _DIVIDES
        case FloatingPointError():
            return f"computes what is not a number, such as 0 / 0 ({text})", _IS_NO_NUMBER
        case IndexError():
            return f"asks for a candle that is not there (IndexError: {text})", _NOT_THERE
        case ValueError() if "read-only" in text:
            return f"changes what it was given (ValueError: {text})", _CHANGES
        case BadRules() if "returns" in text:
            return text, "End it with `return Rules(enter_long=..., exit_long=...)`."
        case BadRules():
            return f"goes wrong: {text.removesuffix(f'. {BadRules.__doc__}')}", _ARRAYS
    return None


def sentence(error: BaseException) -> str:
    """What an error says in one line, without a full stop; with its kind if it is of Python's."""
    text = " ".join(str(error).split()).rstrip(".")
    if type(error).__module__ != "builtins" and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _first_failure(question: Question, candles: Candles, failed: Failed) -> tuple[int, Failed]:
    """How many candles, from the first on, are enough to fail, and the failure."""
    failures = {len(candles): failed}

    def fails(count: int) -> bool:
        try:
            question.asked(candles[:count])
        except Failed as failure:
            failures[count] = failure
        return count in failures

    count = bisect_left(range(1, len(candles)), True, key=fails) + 1
    return count, failures[count]


def _place(strategy: Strategy, errors: Sequence[BaseException]) -> str:
    """The line of the author's file on which it fails, if it is there."""
    own = type(strategy).__module__
    frames = [
        (frame, line) for error in errors for frame, line in _frames(error) if _is_of(frame, own)
    ]
    if not frames:
        return ""
    frame, line = frames[-1]
    name = re.split(r"[/\\]", frame.f_code.co_filename)[-1]
    return f", in {name}, line {line}"


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """Where it was raised, from the outside in, each with its line."""
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame, step.tb_lineno
        step = step.tb_next


def _is_of(frame: FrameType, module: str) -> bool:
    return frame.f_globals.get("__name__") == module
