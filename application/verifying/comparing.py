"""A recorded fact and one that was derived: byte for byte, ids included."""

from enum import Enum
from typing import Any

import msgspec

from application.tapes import TapeEvent
from application.verifying.recorded import RecordedFact, as_recorded
from domain.facts import TOPICS, Fact, UnknownTopic, decode

_LAST_DIGITS = 1e-9


class Agreement(Enum):
    """How a recorded fact agrees with the derived one."""

    SAME = "same bytes"
    OLDER = "the same, in an older form"
    OTHER_WORDS = "the same, but for the words of an error"
    NONE = "another fact"


def agreement(recorded: RecordedFact, event: TapeEvent) -> Agreement:
    """What a fact of an earlier form lacks must be what is so by default."""
    derived = as_recorded(event)
    if (recorded.topic, recorded.state) == (derived.topic, derived.state):
        return Agreement.SAME
    if recorded.topic != derived.topic:
        return Agreement.NONE
    names = differing(recorded, derived)
    if names == ["error"] and recorded.topic == "StrategyFailed":
        return Agreement.OTHER_WORDS
    return Agreement.OLDER if _is_older(recorded, derived, event.fact) else Agreement.NONE


def differing(recorded: RecordedFact | None, derived: RecordedFact | None) -> list[str]:
    """The fields in which two facts differ, `topic` among them; none where one is missing."""
    if recorded is None or derived is None:
        return []
    ours, theirs = derived.said, recorded.said
    names = ["topic"] if recorded.topic != derived.topic else []
    return names + [
        name for name in sorted({*ours, *theirs})
        if name not in ours or name not in theirs or ours[name] != theirs[name]
    ]  # fmt: skip


def differs_in_last_digits(recorded: RecordedFact | None, derived: RecordedFact | None) -> bool:
    """Whether all that differs are numbers, and those by less than a billionth."""
    names = differing(recorded, derived)
    if not names or recorded is None or derived is None:
        return False
    return all(_are_close(recorded.said.get(name), derived.said.get(name)) for name in names)


def _are_close(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_are_close(one[key], other[key]) for key in one)
    if one == other:
        return True
    try:
        first, second = float(one), float(other)
    except (TypeError, ValueError):
        return False
    return abs(first - second) <= _LAST_DIGITS * max(abs(first), abs(second))


def _is_older(recorded: RecordedFact, derived: RecordedFact, fact: Fact) -> bool:
    ours, theirs = derived.said, recorded.said
    version = theirs.get("v")
    if not isinstance(version, int) or version >= TOPICS[derived.topic].version:
        return False
    known = {name for name in theirs if name != "v"}
    is_part = all(name in ours for name in known)
    return is_part and _ids(ours) == _ids(theirs) and read(recorded) == fact


def _ids(said: dict[str, object]) -> list[object]:
    return [said.get(name) for name in ("id", "correlation_id", "causation_id")]


def read(recorded: RecordedFact) -> Fact | None:
    """The fact, or None where it cannot be read."""
    try:
        return decode(recorded.topic, recorded.state)
    except (UnknownTopic, msgspec.DecodeError):
        return None
