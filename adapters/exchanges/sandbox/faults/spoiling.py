"""How each fault spoils an answer."""

import asyncio
from asyncio import FIRST_COMPLETED
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from adapters.exchanges.sandbox.faults.kinds import (
    BadCandle,
    ContradictingDuplicates,
    Descending,
    Disconnect,
    Duplicates,
    Empty,
    Hang,
    NotJson,
    RequestFault,
    RowFault,
    Seconds,
    Status,
    Truncated,
    WrongJson,
)

Row = list[Any]
_TIMES, _OPEN, _HIGH, _LOW, _CLOSE, _VOLUME = (0, 6), 1, 2, 3, 4, 5
_PAGE = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_WORDS = {
    403: (-1002, "You are not authorized to execute this request."),
    418: (-1003, "Way too much request weight used; IP banned for a while."),
    429: (-1003, "Too much request weight used; wait for the time in Retry-After."),
    451: (0, "Service unavailable from a restricted location."),
}


def error(status: int, retry_after: int | None = None, *, html: bool = False) -> Response:
    """An answer with an error's status."""
    headers = None if retry_after is None else {"Retry-After": str(retry_after)}
    if html:
        return HTMLResponse(_PAGE.format(f"Error {status}"), status, headers)
    code, message = _WORDS.get(status, (-1000, "The exchange is away for the moment."))
    body = msgspec.json.encode({"code": code, "msg": message})
    return Response(body, status, headers, media_type="application/json")


def spoiled(fault: RequestFault, true: Callable[[], Response]) -> Response:
    """The answer that the fault makes of the true one."""
    match fault:
        case Status():
            return error(fault.status, fault.retry_after, html=fault.html)
        case NotJson():
            return HTMLResponse(_PAGE.format("Back soon"))
        case Empty():
            return Response(b"[]", media_type="application/json")
        case Disconnect():
            return Unanswered()
        case Hang():
            return Hanging(fault, true)
    answer = true()
    return answer if answer.status_code != 200 else _spoiled_body(fault, answer)


def _spoiled_body(fault: RequestFault, answer: Response) -> Response:
    body = bytes(answer.body)
    match fault:
        case Truncated(cut=True):
            return CutShort(body)
        case Truncated():
            answer = Response(body[: len(body) // 2], media_type="application/json")
        case WrongJson():
            wrong = b'{"rows":[]}' if body.startswith(b"[") else b"[]"
            answer = Response(wrong, media_type="application/json")
        case RowFault():
            rows = spoiled_rows(fault, msgspec.json.decode(body))
            answer = Response(msgspec.json.encode(rows), media_type="application/json")
    return answer


def spoiled_rows(fault: RowFault, rows: list[Row]) -> list[Row]:
    """The rows that the fault makes of the true ones."""
    match fault:
        case Descending():
            return rows[::-1]
        case Duplicates():
            return _with_doubles(rows, list)
        case ContradictingDuplicates():
            return _with_doubles(rows, _contradiction)
        case Seconds():
            return [_in_seconds(row) for row in rows]
        case BadCandle():
            return [*rows[:-2], *[_impossible(row, fault) for row in rows[-2:-1]], *rows[-1:]]
    return rows


def _with_doubles(rows: list[Row], double: Callable[[Row], Row]) -> list[Row]:
    """Every third row and its double, by turns before and after it."""
    found: list[Row] = []
    for number, row in enumerate(rows):
        both = [row] if number % 3 else [row, double(row)]
        found += both if number % 2 else both[::-1]
    return found


def _contradiction(row: Row) -> Row:
    """The row as if its price had come back to its open, with half the volume."""
    double = list(row)
    double[_CLOSE] = row[_OPEN]
    double[_VOLUME] = f"{float(row[_VOLUME]) / 2 or 1:.8f}"
    return double


def _in_seconds(row: Row) -> Row:
    return [value // 1000 if place in _TIMES else value for place, value in enumerate(row)]


def _impossible(row: Row, fault: BadCandle) -> Row:
    bad = list(row)
    if fault.how == "negative":
        bad[_LOW] = f"-{row[_LOW]}"
    else:
        bad[_HIGH] = f"{float(row[_LOW]) / 2:.8f}"
    return bad


class Connection(Protocol):
    """What the server tells the application about a request's connection."""

    def close(self) -> None: ...

    async def stopping(self) -> None:
        """Wait until the server is told to stop."""
        ...


class Unanswered(Response):
    """Closes the connection without an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await _close(scope, receive)


class CutShort(Response):
    """Half of a body that was announced in full; then the connection is closed."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body, media_type="application/json")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await _close(scope, receive)


class Hanging(Response):
    """Waits, in real time, as long as the other side does; then answers, or closes."""

    def __init__(self, fault: Hang, true: Callable[[], Response]) -> None:
        super().__init__()
        self._fault = fault
        self._true = true

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection: Connection = scope["state"]["connection"]
        ends = [asyncio.ensure_future(each) for each in (_hung_up(receive), connection.stopping())]
        await asyncio.wait(ends, timeout=self._fault.seconds, return_when=FIRST_COMPLETED)
        ended = any(end.done() for end in ends)
        for end in ends:
            end.cancel()
        if ended or self._fault.then == "close":
            await _close(scope, receive)
        else:
            await self._true()(scope, receive, send)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _close(scope: Scope, receive: Receive) -> None:
    scope["state"]["connection"].close()
    await _hung_up(receive)
