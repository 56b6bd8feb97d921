"""What strategies say of candles on a part of a tape, as those were known at its places."""

from collections.abc import Callable, Mapping

from application.opinions import Resolve
from application.replay.hearing import Heard, hear
from application.replay.shelf import Shelf
from domain.account.state import Deployment
from domain.strategies.evaluate import Compute


class ShelfHearing:
    """Each is listened to once for as long as a market's candles stay what they are."""

    def __init__(
        self, shelves: Mapping[str, Shelf], compute: Compute, resolve: Resolve,
        tick: Callable[[], None],
    ) -> None:  # fmt: skip
        self._shelves = shelves
        self._compute = compute
        self._resolve = resolve
        self._tick = tick
        self._heard: dict[tuple[str, str], tuple[int, Heard]] = {}

    def heard(self, after: int, deployed: Deployment, pair: str) -> Heard:
        """What a deployed strategy says of a pair at the first closes behind a place, and on."""
        as_of = self._shelves[deployed.timeframe].as_of(pair, after)
        key = repr(deployed), pair
        known = self._heard.get(key)
        if known is None or known[0] != as_of:
            known = self._heard[key] = as_of, self._hear(after, deployed, pair)
        return known[1]

    def _hear(self, after: int, deployed: Deployment, pair: str) -> Heard:
        shelf, warm_up = self._shelves[deployed.timeframe], deployed.warm_up
        since = shelf.first_open(after)
        assert warm_up is not None
        if since is None:
            return Heard(pair, shelf.frame, [], {})
        strategy = self._resolve(deployed.strategy, deployed.source, deployed.parameters)
        candles = shelf.candles(pair, after)
        return hear(
            strategy, warm_up, pair, candles, shelf.frame, since, self._compute,
            self._tick,
        )  # fmt: skip
