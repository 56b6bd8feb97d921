"""Results as plain JSON: money as canonical text, ratios as numbers, times in RFC 3339."""

from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite

import msgspec

from domain.performance.metrics import Metrics
from domain.values import decimal_text


def summary(metrics: Metrics) -> dict[str, object]:
    """All metrics side by side under their names; what could not be measured is None."""
    flat: dict[str, object] = {}
    for name in metrics.__struct_fields__:
        value = plain(getattr(metrics, name))
        flat.update(value if isinstance(value, dict) else {name: value})
    return flat


def plain(value: object) -> object:
    """Structs, lists and dicts of them, as what JSON knows; a float that is no number is None."""
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
