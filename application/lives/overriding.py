"""Strategies that keep silent about stops and targets, so that the account's own hold."""

from collections.abc import Set
from dataclasses import replace
from typing import Any

from msgspec.structs import replace as changed

from application.replay.hearing import Heard
from application.replay.tape import Piece
from domain.account.facts import SignalRaised
from domain.account.period import Failure, Opinion
from domain.account.state import Deployment
from domain.account.terms import ExitPlan

LEVELS = ("stop", "target", "trail", "break_even")


def levels_of(exits: Set[str]) -> set[str]:
    """The levels that fields of an exit plan are about."""
    return {level for level in LEVELS for name in exits if name.startswith(level)}


def says_something(signal: SignalRaised, levels: Set[str]) -> bool:
    """Whether the strategy itself said where one of these levels is."""
    fixed = {"stop": signal.stop, "target": signal.target}
    plan = (getattr(signal.exits, name) for name in _fields(levels))
    return any(fixed.get(level) for level in levels) or any(each is not None for each in plan)


def silenced(piece: Piece, levels: Set[str]) -> Piece:
    """A piece of the tape on which strategies say nothing of these levels."""
    stretch, hear = piece.stretch, piece.stretch.hear

    def heard(deployed: Deployment, pair: str) -> Heard:
        return _Silenced(hear(deployed, pair), levels)

    return piece._replace(stretch=replace(stretch, hear=heard))


class _Silenced(Heard):
    """All but these levels."""

    def __init__(self, heard: Heard, levels: Set[str]) -> None:
        self.pair = heard.pair
        self.closes = heard.closes
        self.entries = heard.entries
        self._heard = heard
        self._levels = levels

    def at(self, place: int) -> Opinion | Failure:
        """What is said at the close of that place."""
        said = self._heard.at(place)
        return said if isinstance(said, Failure) else _without(said, self._levels)


def _without(opinion: Opinion, levels: Set[str]) -> Opinion:
    gone: dict[str, Any] = {"exits": changed(opinion.exits, **dict.fromkeys(_fields(levels)))}
    gone |= dict.fromkeys({"stop", "target"} & levels)
    if {"stop", "trail"} & levels:
        gone |= {"trail_long": None, "trail_short": None}
    return changed(opinion, **gone)


def _fields(levels: Set[str]) -> list[str]:
    """The fields of an exit plan that are about levels."""
    return [name for name in ExitPlan.__struct_fields__ if name.rpartition("_")[0] in levels]
