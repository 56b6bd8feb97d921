"""What Backtrader does number by number between lines, over arrays instead: equal bits."""

import operator
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from adapters.indicators.library import backtrader
from domain.candles import Floats

_OPERATIONS: dict[Any, Callable[..., Any]] = {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.divide,
    operator.lt: np.less,
    operator.le: np.less_equal,
    operator.gt: np.greater,
    operator.ge: np.greater_equal,
    operator.eq: np.equal,
    operator.ne: np.not_equal,
    operator.neg: np.negative,
    abs: np.abs,
}


def parts(built: Any) -> Iterator[Any]:
    """An indicator and all that it is made of."""
    yield built
    for part in built.getindicators():
        yield from parts(part)


def quicken(built: Any) -> None:
    """Let the arithmetic and the lengthening of lines inside this one indicator use arrays."""
    lines = backtrader().linebuffer
    quick = {
        lines.LinesOperation: _operate,
        lines.LineOwnOperation: _operate_on_one,
        lines._LineDelay: _delay,
    }
    for part in parts(built):
        for line in part.lines:
            line.forward = partial(_forward, line)
        if type(part) in quick:
            part.once = partial(quick[type(part)], part)


def _forward(line: Any, value: float = float("nan"), size: int = 1) -> None:
    line.idx += size
    line.lencount += size
    line.array.extend(array("d", [value]) * size)


def _operate(part: Any, start: int, end: int) -> None:
    operation = _OPERATIONS.get(part.operation)
    operands = [_numbers(each, start, end) for each in (part.a, part.b)]
    is_known = operation is not None and all(each is not None for each in operands)
    if not is_known or (operation is np.divide and np.any(operands[1] == 0)):
        type(part).once(part, start, end)  # which raises ZeroDivisionError where Python does
        return
    assert operation is not None
    _array(part)[start:end] = operation(*operands)


def _operate_on_one(part: Any, start: int, end: int) -> None:
    operation = _OPERATIONS.get(part.operation)
    operand = _numbers(part.a, start, end)
    if operation is None or operand is None:
        type(part).once(part, start, end)
        return
    _array(part)[start:end] = operation(operand)


def _delay(part: Any, start: int, end: int) -> None:
    begin = start + part.ago
    source = _array(part.a)
    if source is None or begin < 0:
        type(part).once(part, start, end)
        return
    _array(part)[start:end] = source[begin : end + part.ago]


def _numbers(operand: Any, start: int, end: int) -> Floats | float | None:
    if isinstance(operand, int | float):
        return float(operand)
    array = _array(operand)
    return None if array is None else array[start:end]


def _array(line: Any) -> Any:
    """A line's own numbers, to read and to write; None for what only looks like a line."""
    held: Any = getattr(line, "array", None)
    return np.frombuffer(held) if type(held).__module__ == "array" else None
