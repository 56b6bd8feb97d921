"""Facts: what happened, as it is written on a tape.

A fact's class name is its topic. On the tape it is canonical JSON: sorted keys, one text for each
number, UTC times in RFC 3339, `v` for the version of its schema. A later version only adds fields,
with defaults that mean what was so before: payloads of all versions are read for ever.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

import msgspec

from domain.values import decimal_text


class UnknownTopic(LookupError):
    """The tape holds a topic that this release does not know; a later release wrote it."""


class Fact(msgspec.Struct, frozen=True):
    """Something that happened. Primitives only; `at` is market time."""

    version: ClassVar[int] = 1

    at: datetime

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.__name__.endswith("Fact"):  # such a name is a family of facts, not a topic
            TOPICS[cls.__name__] = cls

    @property
    def topic(self) -> str:
        return type(self).__name__


TOPICS: dict[str, type[Fact]] = {}
F = TypeVar("F", bound=Fact)
_encoder = msgspec.json.Encoder(order="sorted")


_AS_THEY_ARE = (str, datetime, int, type(None))


def _plain(value: object) -> object:
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, msgspec.Struct):
        return _said(value)
    return value


def _said(part: msgspec.Struct) -> dict[str, object]:
    """A part of a fact by its fields; what it leaves open is left out."""
    fields = {field: getattr(part, field) for field in part.__struct_fields__}
    return {field: _plain(value) for field, value in fields.items() if value is not None}


def encode(fact: Fact, **also: str) -> bytes:
    """The canonical JSON of a fact; `also` adds plain text fields such as ids."""
    fields = {field: _plain(getattr(fact, field)) for field in fact.__struct_fields__}
    return _encoder.encode({**fields, **also, "v": fact.version})


def decode(topic: str, state: bytes) -> Fact:
    """The fact that was written under a topic; raises UnknownTopic."""
    try:
        kind = TOPICS[topic]
    except KeyError:
        raise UnknownTopic(f"{topic}: {UnknownTopic.__doc__}") from None
    return msgspec.json.decode(state, type=kind)
