"""The windows of a walk-forward: where parameters are chosen, and where they are traded."""

from typing import NamedTuple


class NoWindow(ValueError):
    """The candles must last for the training and some of a test at least."""


class Window(NamedTuple):
    """Closes behind `since` up to `turn` (ms) are trained on; those behind it up to `until` traded.

    So no close is in both.
    """

    since: int
    turn: int
    until: int


def windows(since: int, until: int, train: int, test: int, *, anchored: bool) -> list[Window]:
    """Windows over the closes behind `since` up to `until`; all in ms.

    Each is traded where the one before ends, so that together they trade all but the first
    training; the last may be shorter. Trainings last for `train`, or all begin at `since` where
    they are anchored. Raises NoWindow.
    """
    if since + train >= until:
        raise NoWindow(NoWindow.__doc__)
    return [
        Window(since if anchored else turn - train, turn, min(turn + test, until))
        for turn in range(since + train, until, test)
    ]
