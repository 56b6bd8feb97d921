"""An account lives through a recorded tape once more, with what was given to it in its place."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from application.replay.given import Given
from application.replay.lane import Chapter, Lane
from application.replay.tape import Piece
from domain.account.facts import AccountFact
from domain.account.state import Account

Take = Callable[[Account, Given], list[AccountFact]]
"""What becomes of an account by what is given to it; the account is moved along."""


class Relived(NamedTuple):
    """What a period led to, or what was given: then `chapter` has its place, and no close."""

    chapter: Chapter
    given: Given | None = None


def relive(lane: Lane, piece: Piece, givens: deque[Given], take: Take) -> Iterator[Relived]:
    """Live through a piece of the tape; what is given up to its end is taken from the front.

    It may be left in the midst, and begun anew with a lane that has lived as far or further.
    """
    while givens and givens[0].position <= piece.until:
        yield from _live(lane, piece, givens[0].position)
        given = givens.popleft()
        facts = take(lane.account, given)
        yield Relived(Chapter(given.position, "", 0, facts), given)
    yield from _live(lane, piece, piece.until)


def _live(lane: Lane, piece: Piece, until: int) -> Iterator[Relived]:
    """Only an account that is open and configured lives."""
    if lane.account.timeframe in piece.stretch.closes:
        yield from map(Relived, lane.live(piece.stretch, until))
    else:
        lane.place = max(lane.place, until)
