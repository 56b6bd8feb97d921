"""A part of a sheet."""

from typing import NamedTuple


class Frame(NamedTuple):
    """A part of the sheet, outside of which nothing is drawn."""

    left: float
    top: float
    right: float
    bottom: float
