"""Results of a sweep that nobody keeps."""

from collections.abc import Sequence

from application.sweeping.tried import Tried


class InMemory:
    """They are gone with the process."""

    def __init__(self) -> None:
        self._kept: list[Tried] = []

    def kept(self) -> Sequence[Tried]:
        return tuple(self._kept)

    def keep(self, tried: Sequence[Tried]) -> None:
        self._kept.extend(tried)
