"""Lists: `{"items": [...], "next": cursor or null}`, newest first, walked by a cursor."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from web.encoding import json_response


class Positioned(Protocol):
    """A row that stands at a position of a tape."""

    @property
    def position(self) -> int: ...


Item = TypeVar("Item")
Row = TypeVar("Row", bound=Positioned)

LIMIT = Field(50, ge=1, le=500, description="how many items: 1 to 500")


class Asked(BaseModel):
    """Query parameters; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Asked):
    """No query parameter at all."""


class ListQuery(Asked):
    """The page of a list whose rows have positions."""

    limit: int = LIMIT
    after: int | None = Field(
        None, ge=0, le=2**63 - 1, description="the `next` of the page before: a whole number"
    )


class NamedListQuery(Asked):
    """The page of a list that is in the order of names."""

    limit: int = LIMIT
    after: str | None = Field(None, max_length=200, description="the `next` of the page before")


class Page(BaseModel, Generic[Item]):
    """A page of a list; `next` is null on the last one."""

    items: list[Item]
    next: str | None = Field(description="give it as the parameter of the next page")


def page(rows: Sequence[Row], limit: int) -> Response:
    """The page out of `limit` + 1 rows in the order of their positions."""
    return cut(rows, limit, lambda row: str(row.position))


def named_page(rows: Sequence[Any], asked: NamedListQuery, name: Callable[[Any], str]) -> Response:
    """The page out of all rows, in the order of their names."""
    rest = sorted((row for row in rows if asked.after is None or name(row) > asked.after), key=name)
    return cut(rest[: asked.limit + 1], asked.limit, name)


def cut(rows: Sequence[Item], limit: int, cursor: Callable[[Item], str]) -> Response:
    """At most `limit` rows; the cursor of the last if there are more."""
    more = len(rows) > limit
    items = list(rows[:limit])
    return json_response({"items": items, "next": cursor(items[-1]) if more else None})
