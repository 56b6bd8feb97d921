"""Backtrader, imported when it is first needed."""

import importlib
import warnings
from functools import cache
from types import ModuleType


@cache
def backtrader() -> ModuleType:
    """The library with what was contributed to it; its source is full of invalid escapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("backtrader.indicators.contrib")
        return importlib.import_module("backtrader")
