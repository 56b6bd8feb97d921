"""The strategies that can be configured, shown."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from rich.console import Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from adapters.planning import library
from adapters.settings import Settings
from adapters.strategies.description import Description, ParameterDescription, described
from adapters.strategies.errors import BadStrategy


class Listed(NamedTuple):
    """The strategies that can be configured, and what is wrong with others."""

    items: list[Description]
    broken: list[BadStrategy]


def listed(settings: Settings) -> Listed:
    """All there are, without a database."""
    offers = library(settings).listed
    found = Listed([], list(offers.bad))
    for offer in offers.by_name.values():
        try:
            found.items.append(described(offer))
        except BadStrategy as bad:
            found.broken.append(bad)
    return found


def document(found: Listed) -> str:
    """As one JSON document."""
    broken = [{"where": bad.where, "what": bad.what, "advice": bad.advice} for bad in found.broken]
    content = {"items": found.items, "next": None, "broken": broken}
    return msgspec.json.encode(content).decode()


def picture(found: Listed) -> Group:
    """For the terminal."""
    broken = [Text.from_markup(f"[red]broken[/red] {escape(str(bad))}") for bad in found.broken]
    return Group(*(part for each in found.items for part in _one(each)), *broken)


def _one(each: Description) -> Iterable[Text | Padding]:
    sides = " and ".join(each.sides)
    title = f"[bold]{escape(each.name)}[/bold]  [cyan]{sides}[/cyan]"
    yield Text.from_markup(f"{title}  [dim]{_origin(each)}[/dim]")
    if each.idea:
        yield Padding(escape(each.idea), (0, 0, 0, 2))
    if each.parameters:
        yield Padding(_table(each.parameters), (0, 0, 0, 2))
    yield Text()


def _origin(each: Description) -> str:
    return each.origin if each.origin == "built in" else escape(each.where)


def _table(parameters: Iterable[ParameterDescription]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="left", style="green")
    table.add_column(justify="right")
    for each in parameters:
        kind = "whole" if each.type == "int" else "real"
        allowed = f"{kind}, {each.bounds}" if each.bounds else kind
        table.add_row(
            escape(each.name),
            f"{each.default:,}",
            f"[dim]{allowed}[/dim]",
            escape(each.description),
        )
    return table
