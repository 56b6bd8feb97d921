"""The source of a strategy: what the tape keeps, so that a trade can be explained for ever."""

import inspect
from hashlib import sha256
from typing import NamedTuple

from domain.strategies.strategy import Strategy


class Source(NamedTuple):
    """The text of a strategy's module and its SHA-256, in hexadecimal."""

    text: str
    sha256: str


def source_of(strategy: Strategy | type[Strategy]) -> Source:
    """The source of the module that defines a strategy; raises OSError where it has none."""
    kind = strategy if isinstance(strategy, type) else type(strategy)
    module = inspect.getmodule(kind)
    if module is None:
        raise OSError(f"{kind.__name__} has no source file.")
    text = inspect.getsource(module)
    return Source(text, sha256(text.encode()).hexdigest())
