"""Charts that were drawn, kept while they are asked for."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class Drawn:
    """The last `capacity` pictures; each is drawn once, whoever asks at the same time."""

    def __init__(self, capacity: int = 64) -> None:
        self._capacity = capacity
        self._pictures: OrderedDict[Hashable, bytes] = OrderedDict()
        self._keeping, self._drawing = Lock(), Lock()

    def get(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        """The picture of a key, drawn if it is not here."""
        found = self._kept(key)
        if found is not None:
            return found
        with self._drawing:
            found = self._kept(key)
            return self._keep(key, draw()) if found is None else found

    def _kept(self, key: Hashable) -> bytes | None:
        with self._keeping:
            if key in self._pictures:
                self._pictures.move_to_end(key)
            return self._pictures.get(key)

    def _keep(self, key: Hashable, picture: bytes) -> bytes:
        with self._keeping:
            self._pictures[key] = picture
            if len(self._pictures) > self._capacity:
                self._pictures.popitem(last=False)
        return picture
