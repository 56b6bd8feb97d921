"""A deployment: what it changes, done, and told."""

from collections.abc import Iterator

import msgspec
from rich.console import RenderableType
from rich.markup import escape

from adapters.planning import Connection, library
from adapters.postgres.sources import Approval, approve, approved, disapprove, source_text
from adapters.settings import BadSettings, Settings
from adapters.strategies.changes import Changes, changes
from adapters.strategies.errors import BadStrategy
from adapters.strategies.offers import Offer
from adapters.strategies.sources import read_source
from jobs.strategy_checks import Verdict, shown


class Deployed(msgspec.Struct, frozen=True):
    """What came of a deployment; `before` is the SHA-256 of what traded by that name."""

    name: str
    where: str
    source: str
    before: str | None
    changes: Changes | None
    checked: list[Verdict]

    @property
    def is_new(self) -> bool:
        """Whether something else trades than before."""
        return self.source != self.before


def deployed(
    connection: Connection, settings: Settings, offer: Offer, checked: list[Verdict], by: str
) -> Deployed:
    """Let a checked strategy trade from the next start on."""
    before = approved(connection).get(offer.name)
    found = _changes(connection, settings, offer) if before else None
    done = Deployed(offer.name, offer.where, offer.source.sha256, before, found, checked)
    if offer.origin == "file":
        approve(connection, Approval(offer.name, done.source, offer.source.text), by)
    else:
        disapprove(connection, offer.name)
    return done


def refuse_needless(connection: Connection, offer: Offer) -> None:
    """Raises BadSettings for an installed strategy, unless a file's trades by its name."""
    if offer.origin != "file" and offer.name not in approved(connection):
        where = "built in" if offer.origin == "built in" else f"of {offer.where}"
        raise BadSettings(
            f"strategy {offer.name!r} needs no deploying: it is {where}, and changes with what is "
            "installed. Name it in the settings, and it trades"
        )


def told(done: Deployed) -> Iterator[RenderableType]:
    """A deployment for the terminal."""
    yield from map(shown, done.checked)
    name = f"[bold]{escape(done.name)}[/bold]"
    if not done.is_new:
        yield f"{name} is deployed as it is in {escape(done.where)} already."
        return
    yield f"{name} of {escape(done.where)} is deployed ({done.source[:12]})."
    if done.changes is not None:
        yield from (f"  {line}" for line in _told_changes(done.changes))
    yield "It trades from the next start of `papertape run` on."


def _told_changes(found: Changes) -> Iterator[str]:
    for each in found.files:
        yield f"{escape(each.path)}  [green]+{each.added}[/green] [red]-{each.removed}[/red]"
    yield from (f"parameter {escape(each)}" for each in found.parameters)


def _changes(connection: Connection, settings: Settings, offer: Offer) -> Changes | None:
    """What is new against what was deployed, as far as that can still be read."""
    before = read_source(source_text(connection, approved(connection)[offer.name]) or "")
    try:
        trading = library(settings, connection).offer(offer.name)
    except BadStrategy:
        trading = None
    return None if before is None else changes(before, trading, offer)
