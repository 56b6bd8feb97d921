"""A place in the order feed: `<epoch>-<20 digits>`, the digits being a position on the tape."""

import re
from dataclasses import dataclass
from typing import Self

from web.problems import parameter_problem

SHAPE = "<epoch>-<20 digits>, as `next` gave it"
_SHAPE = re.compile(r"([0-9A-Za-z]{1,32})-([0-9]{20})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything up to `position` has been seen."""

    epoch: str
    position: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The cursor that a text is; raises a 422 problem."""
        found = _SHAPE.fullmatch(text)
        if found is None or not text.isascii():
            raise parameter_problem("after", f"{text[:60]!r} is not a cursor", SHAPE)
        return cls(found[1], int(found[2]))

    def __str__(self) -> str:
        return f"{self.epoch}-{self.position:020}"
