"""Errors as application/problem+json (RFC 9457), in one table."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field, TypeAdapter
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class ParameterProblem(BaseModel):
    """What was wrong with one parameter, and what is allowed."""

    parameter: str
    problem: str
    allowed: str


class ProblemDocument(BaseModel):
    """An error (RFC 9457). `errors` are there when parameters were wrong (422)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ParameterProblem] = Field(default_factory=list)


class Problem(Exception):
    """An answer that is not what was asked for; `more` are members beside the standard ones."""

    def __init__(
        self,
        status: int,
        detail: str,
        kind: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind, self.more = status, detail, kind, more
        self.headers = headers

    def response(self, request: Request) -> Response:
        """The problem as HTTP."""
        document = {
            "type": f"urn:papertape:{self.kind}" if self.kind else "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": request.url.path,
            **self.more,
        }
        return Response(msgspec.json.encode(document), self.status, self.headers, MEDIA_TYPE)


def not_found(what: str) -> Problem:
    """404: there is nothing of that name."""
    return Problem(404, what, "unknown-name")


def unavailable(detail: str) -> Problem:
    """503: ask again in a second."""
    return Problem(503, detail, "database-away", headers={"Retry-After": "1"})


def parameter_problem(parameter: str, problem: str, allowed: str) -> Problem:
    """422 about one parameter."""
    return _parameter_problems([_error(parameter, problem, allowed)])


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with, for OpenAPI."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in (*statuses, 422, 503)
    }


def answer_with_problems(app: FastAPI) -> None:
    """Let every error of the application become a problem document."""
    app.add_exception_handler(Problem, _as_it_is)
    app.add_exception_handler(RequestValidationError, _wrong_parameters)
    app.add_exception_handler(HTTPException, _of_the_framework)
    app.add_exception_handler(psycopg.OperationalError, _database_away)
    app.add_exception_handler(psycopg.DataError, _cannot_be_looked_for)
    app.add_exception_handler(Exception, _unforeseen)


def describe_problems(app: FastAPI) -> None:
    """Put the problem document into the application's OpenAPI."""
    shape, describe = TypeAdapter(ProblemDocument), app.openapi

    def openapi() -> dict[str, Any]:
        described = describe()
        schemas = described["components"]["schemas"]
        schema = shape.json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs"), ProblemDocument=schema)
        return described

    app.openapi = openapi  # type: ignore[method-assign]


async def _as_it_is(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response(request)


async def _database_away(request: Request, _: Exception) -> Response:
    return unavailable("The database does not answer now.").response(request)


async def _cannot_be_looked_for(request: Request, _: Exception) -> Response:
    given = [*request.path_params.items(), *request.query_params.multi_items()]
    allowed, wrong = _allowed(request), dict(each for each in given if "\0" in str(each[1]))
    errors = [
        _error(name, "it has a NUL character, which no text can have", allowed.get(name, ""))
        for name in wrong
    ]
    if errors:
        return _parameter_problems(errors).response(request)
    detail = "A parameter has a value that the database cannot look for."
    return Problem(422, detail, "wrong-parameter").response(request)


async def _unforeseen(request: Request, _: Exception) -> Response:
    return Problem(500, "This should not have happened; the log says more.").response(request)


async def _of_the_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = f"{request.method} {request.url.path}: {error.detail}"
    return Problem(error.status_code, detail, headers=error.headers).response(request)


async def _wrong_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    allowed = _allowed(request)
    errors = [_described(found, allowed) for found in error.errors()]
    return _parameter_problems(errors).response(request)


def _described(found: Mapping[str, Any], allowed: Mapping[str, str]) -> dict[str, str]:
    name = str(found["loc"][-1])
    if found["type"] == "extra_forbidden":
        return _error(name, "there is no such parameter", ", ".join(allowed) or "no parameters")
    problem = found["msg"]
    if found["type"] != "missing":
        problem = f"{problem} (it is {str(found['input'])[:100]!r})"
    return _error(name, problem, allowed.get(name, ""))


def _allowed(request: Request) -> dict[str, str]:
    """The parameters of the route and what each takes, as OpenAPI says it."""
    paths = request.app.openapi()["paths"]
    path = getattr(request.scope.get("route"), "path_format", "")
    operation = paths.get(path, {}).get("get", {})
    return {
        parameter["name"]: parameter.get("description", "")
        for parameter in operation.get("parameters", [])
        if parameter["in"] in {"query", "path"}
    }


def _error(parameter: str, problem: str, allowed: str) -> dict[str, str]:
    return {"parameter": parameter, "problem": problem, "allowed": allowed}


def _parameter_problems(errors: list[dict[str, str]]) -> Problem:
    detail = "; ".join(f"{error['parameter']}: {error['problem']}" for error in errors)
    return Problem(422, detail, "wrong-parameter", errors=errors)
