"""The order feed over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from web.feed.cursor import SHAPE, Cursor
from web.feed.reading import FeedPage
from web.feed.waiting import Feed
from web.lists import Asked
from web.problems import documented

BATCH = "application/cloudevents-batch+json"

router = APIRouter(prefix="/v1/feed", tags=["order feed"], responses=documented(409))


class FeedQuery(Asked):
    """Where to read on, how much, and how long to wait for it."""

    after: str | None = Field(None, description=f"{SHAPE}; from the beginning without it")
    limit: int = Field(500, ge=1, le=1_000, description="how many events: 1 to 1000")
    wait: int = Field(0, ge=0, le=30, description="seconds to wait when there is none: 0 to 30")


class CloudEvent(BaseModel):
    """An event of the feed (CloudEvents 1.0). `data` is the fact as it is on the tape.

    `subject` is the pair; what concerns the whole account has none.
    `cursor` is the place behind this event. `late`: the exchange's clock has reached
    `validuntil`, so do not act on it.
    """

    specversion: str
    id: str = Field(description="drop what you have seen by this")
    source: str
    type: str
    subject: str | None = None
    time: str
    datacontenttype: str
    cursor: str
    validuntil: str | None = None
    late: bool
    data: dict[str, Any]


class FeedDocument(BaseModel):
    """Events in the order of the tape; `next` is always a cursor."""

    items: list[CloudEvent]
    next: str


_DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            BATCH: {
                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/CloudEvent"}}
            }
        },
        "headers": {"Papertape-Cursor": {"schema": {"type": "string"}}},
    }
}


@router.get("/orders", response_model=FeedDocument, responses=_DOCUMENTED)
async def order_feed(
    request: Request,
    asked: Annotated[FeedQuery, Query()],
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Every order event in order, at least once. Read docs/order-feed.md before you act on it."""
    feed: Feed = request.app.state.feed
    after = None if asked.after is None else Cursor.parse(asked.after)
    return _answer(await feed.read(after, asked.limit, asked.wait), batch=BATCH in accept)


def _answer(page: FeedPage, *, batch: bool) -> Response:
    return Response(
        page.batch if batch else page.document,
        headers={
            "Papertape-Cursor": str(page.next),
            "Cache-Control": "no-store",
            "Vary": "Accept",
        },
        media_type=BATCH if batch else "application/json",
    )
