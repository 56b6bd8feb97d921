"""Before a tape is accused, trading itself is asked: every period, as it was lived."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from application.opinions import Resolve
from application.replay.listed import Listed
from application.tapes import TapeEvent
from application.trading import ENGINE, Traded, Trading
from application.verifying.recorded import WitnessedMarket
from domain.account.facts import EngineChanged
from domain.account.state import Account
from domain.strategies.evaluate import Compute
from domain.times import EPOCH

LED_UP = 50
"""So many events that are no candles are lived through before one that matters."""


class Lived(NamedTuple):
    """The account behind a position, and the events that led there, each with its period's."""

    account: Account
    position: int
    events: list[tuple[int, TapeEvent]]


class Confirming:
    """Lives through what is near the places that matter; between them nothing was found."""

    def __init__(
        self, market: WitnessedMarket, compute: Compute, resolve: Resolve,
        libraries: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._market = market
        self._compute = compute
        self._resolve = resolve
        self._libraries = libraries

    def live(self, account: Account, after: int, places: Iterable[int], version: int) -> Lived:
        """What trading makes of the account behind a position, up to the last of the places.

        It ends with the period that leads to that version of the account, or a later one.
        """
        events: list[tuple[int, TapeEvent]] = []
        for begin, end in self._windows(after, places):
            for position, made in self._lived(account, begin, end):
                events += [(position, event) for event in made]
                if account.version >= version:
                    return Lived(account, position, events)
            after = end
        return Lived(account, after, events)

    def _windows(self, after: int, places: Iterable[int]) -> Iterator[tuple[int, int]]:
        for place in sorted({*places}):
            if place > after:
                yield max(after, self._market.acts_back(place, LED_UP)), place
                after = place

    def _lived(
        self, account: Account, after: int, until: int
    ) -> Iterator[tuple[int, list[TapeEvent]]]:
        trading = self._trading(account, after)
        for row in self._market.acts(after, until):
            made = trading.handle(row)
            if made:
                yield row.position, made

    def _trading(self, account: Account, position: int) -> Trading:
        """Trading that has handled the market tape up to a position, without a configuration."""
        exchange = self._market.exchange
        listed = Listed(self._market.listings()).as_of(position)
        engine = EngineChanged(EPOCH, ENGINE, dict(self._libraries), 0)
        remembered = Traded({}, {exchange: listed}, engine, 1, position)
        trading = Trading(
            remembered, (), lambda _, frame: self._market.history(frame), self._compute,
            self._resolve, self._libraries,
        )  # fmt: skip
        remembered.accounts[account.name] = account  # it is configured already
        return trading
