"""What may be wrong on a trading tape beside the facts of its accounts."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from application.trading import ENGINE_STREAM
from application.verifying.difference import LOST, NOT_OPENED, UNKNOWN, Difference
from application.verifying.recorded import CarriedOut, RecordedTrading
from application.verifying.stories import Story
from domain.account.facts import StrategyDeployed


def unopened(stories: Sequence[Story]) -> Iterator[Difference]:
    """Accounts that were configured, or told something, and never opened."""
    for story in stories:
        if not story.exchange:
            yield Difference(story.account, 1, 0, NOT_OPENED)


def lost_commands(
    stories: Sequence[Story], carried_out: Mapping[UUID, CarriedOut], handled: int
) -> Iterator[Difference]:
    """Commands that were carried out and left nothing, nobody knows where: before `handled`."""
    for story in stories:
        left = {given.cause for given in story.givens}
        for id_, each in carried_out.items():
            if each.account == story.account and id_ not in left:
                yield Difference(story.account, 0, handled, f"{LOST} ({each.command}, {id_})")


def sources_gone(trading: RecordedTrading, stories: Sequence[Story]) -> dict[str, list[str]]:
    """Strategies of which a source (SHA-256) is not kept: what is installed speaks for it."""
    kept, found = trading.sources(), dict[str, list[str]]()
    for fact in (fact for story in stories for fact in story.facts):
        if isinstance(fact, StrategyDeployed) and fact.source not in kept:
            of_it = found.setdefault(fact.strategy, [])
            of_it += [fact.source] if fact.source not in of_it else []
    return found


def unknown_streams(trading: RecordedTrading, stories: Sequence[Story]) -> Iterator[Difference]:
    """Facts in streams of no account."""
    known = {ENGINE_STREAM, *(story.stream for story in stories)}
    for stream in sorted(trading.streams() - known):
        row = next(trading.facts(stream))
        account = str(row.said.get("account", ""))
        yield Difference(account, row.version, 0, UNKNOWN, row)
