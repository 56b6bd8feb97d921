"""The commands by name. Each is imported when it is asked for: none waits for what others need."""

import sys
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from jobs.garbage import without_collections

COMMANDS = {
    "demo": "jobs.run:demo",
    "run": "jobs.run:run",
    "serve": "jobs.run:serve",
    "project": "jobs.run:project",
    "scan": "jobs.run:scan",
    "discover": "jobs.markets:discover",
    "revalidate": "jobs.markets:revalidate",
    "sandbox": "jobs.sandbox:sandbox",
    "backtest": "jobs.backtest:backtest",
    "sweep": "jobs.sweep:sweep",
    "walk-forward": "jobs.walk_forward:walk_forward",
    "verify": "jobs.verify:verify",
    "what-if": "jobs.what_if:what_if",
    "compare": "jobs.compare:compare",
    "chart": "jobs.chart:chart",
    "doctor": "jobs.doctor:doctor",
}
"""Where the function of each is."""

GROUPS = {
    "accounts": ("jobs.accounts:app", "Accounts, and what an operator tells them."),
    "backtests": ("jobs.backtests:app", "Backtests that are kept."),
    "candles": ("jobs.candles:app", "Candles on the tape."),
    "strategies": (
        "jobs.strategies:app",
        "Strategies: which there are, and which may trade.",
    ),
    "db": ("jobs.database:app", "The database."),
}
"""Where the commands of each are, and what they are about."""


class Commands(TyperGroup):
    """All commands."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()


class _Commands(MutableMapping[str, Any]):
    def __init__(self) -> None:
        self._known: dict[str, Any] = dict.fromkeys((*COMMANDS, *GROUPS))

    def __getitem__(self, name: str) -> Any:
        if self._known[name] is None:
            self._known[name] = _command(name) if name in COMMANDS else _group(name)
        return self._known[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._known[name] = command

    def __delitem__(self, name: str) -> None:
        del self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _command(name: str) -> Any:
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(_found(COMMANDS[name]))
    return get_command(alone)


def _group(name: str) -> Any:
    place, about = GROUPS[name]
    group = get_group(_found(place))
    group.name, group.help = name, about
    return group


def _found(place: str) -> Any:
    module, _, name = place.partition(":")
    with without_collections():
        found = getattr(import_module(module), name)
    _log_to_standard_error()
    return found


def _log_to_standard_error() -> None:
    """Logs go to standard error as it is then, not as it was at the start.

    A command that writes logs has imported what writes them; others do without.
    """
    structlog = sys.modules.get("structlog")
    if structlog is not None:
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
