"""What an operator tells an account: put into the queue, answered when it is carried out."""

import time
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from adapters.postgres.commands import CommandRow, ask, command
from application.commands import Asked as Command
from application.commands import BadCommand, decode_command, encode_command
from web.database import Database, Db
from web.encoding import json_response
from web.lists import Asked, Nothing
from web.problems import Problem, documented, not_found

router = APIRouter(prefix="/v1", tags=["commands"], responses=documented())

_GLANCE = 0.05
_LONGEST = 10_000
_JSON = "application/json"
_OWN_HOSTS = {"127.0.0.1", "localhost", "::1"}


class WaitQuery(Asked):
    """How long to wait for the answer."""

    wait: float = Field(5.0, ge=0, le=20, description="seconds to wait for the answer: 0 to 20")


@router.post(
    "/accounts/{name}/commands",
    response_model=CommandRow,
    responses=documented(403, 409, 415) | {202: {"model": CommandRow}},
    openapi_extra={"requestBody": {"required": True, "content": {_JSON: {"schema": {}}}}},
)
async def tell(
    request: Request,
    db: Db,
    name: Annotated[str, Path(description="the name of an account")],
    asked: Annotated[WaitQuery, Query()],
    idempotency_key: Annotated[
        UUID | None, Header(description="a UUID: the same command is not carried out twice")
    ] = None,
) -> Response:
    """Tell an account something: `{"command": "pause", "by": "mara", "why": "the news"}`.

    Commands: `open`, `pause`, `resume`, `exit` and `settle` (`trade`), `cancel` (`order`), `lock`
    and `unlock` (`pair`), `adjust` (`amount`), `reset` (`capital`). 409 says why it was refused;
    202, that it still waits for the bot: look again at `/v1/commands/{id}`.
    """
    _refuse_strangers(request)
    told = _read(await request.body())
    id_ = idempotency_key or uuid4()
    row = await run_in_threadpool(_answered, db, id_, name, told, asked.wait)
    if (row.account, row.command) != (name, encode_command(told)):
        raise Problem(422, f"The key {id_} is that of another command.", "key-used")
    if row.outcome == "refused":
        raise Problem(409, row.answer or "refused", "command-refused", id=str(row.id))
    if row.outcome is None:
        answer = json_response(row)
        answer.status_code, answer.headers["Location"] = 202, f"/v1/commands/{row.id}"
        return answer
    return json_response(row)


@router.get("/commands/{id}", response_model=CommandRow, responses=documented(404))
def show_command(
    db: Db,
    id_: Annotated[UUID, Path(alias="id", description="the id of a command")],
    _: Annotated[Nothing, Query()],
) -> Response:
    """A command, and what came of it."""
    row = db.ask(lambda connection: command(connection, id_))
    if row is None:
        raise not_found(f"There is no command {id_}.")
    return json_response(row)


def _refuse_strangers(request: Request) -> None:
    """Only programs of this machine may command: no page of another site, no borrowed name."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise Problem(415, f"A command is {_JSON}.", "wrong-media-type")
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if request.url.hostname not in _OWN_HOSTS or origin not in {None, own}:
        raise Problem(403, "Commands are taken from this machine only.", "stranger")


def _read(body: bytes) -> Command:
    if len(body) > _LONGEST:
        raise Problem(413, f"A command has at most {_LONGEST} bytes.", "too-long")
    try:
        return decode_command(body)
    except BadCommand as error:
        raise Problem(422, f"This is no command: {error}.", "bad-command") from error


def _answered(db: Database, id_: UUID, account: str, told: Command, wait: float) -> CommandRow:
    """The command when it has its answer, or when the time is over."""
    db.ask(lambda connection: ask(connection, id_, account, told))
    ends = time.monotonic() + wait
    while True:
        row = db.ask(lambda connection: command(connection, id_))
        assert row is not None
        if row.outcome is not None or time.monotonic() >= ends:
            return row
        time.sleep(_GLANCE)
