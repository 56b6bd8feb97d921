"""Rows as JSON: canonical decimals as text, UTC times in RFC 3339 with Z."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from fastapi.responses import Response

from domain.values import decimal_text


def plain(value: Any) -> Any:
    """Rows, lists and dicts of them, as what JSON knows."""
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, such as 2025-01-01T00:00:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def json_response(content: Any) -> Response:
    """Rows as an answer; they change, so nobody may keep them without asking again."""
    return Response(
        msgspec.json.encode(plain(content)),
        headers={"Cache-Control": "no-cache"},
        media_type="application/json",
    )
