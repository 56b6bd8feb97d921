"""The closes of one timeframe as an account lives through them."""

from collections.abc import Collection

from application.replay.candles import Loaded
from application.replay.closes import Closes
from application.replay.ears import Ears
from domain.account.period import Failure, Opinion
from domain.account.state import Account, Trade
from domain.account.waking import NEVER


class Course:
    """What comes next is the close of that `number`; `end` is behind the last one."""

    __slots__ = ("at", "closes", "ears", "end", "first", "frame", "loaded", "number", "places")

    def __init__(self, closes: Closes, loaded: Loaded, ears: Ears | None, place: int) -> None:
        self.frame = closes.frame.name
        self.closes = closes
        self.at = closes.at
        self.places = closes.places
        self.loaded = loaded
        self.ears = ears
        self.number = self.first = closes.first_behind(place)
        self.end = len(closes)

    def next_heard(self, trades: Collection[Trade]) -> int:
        """The next close at which something is said that the account must hear."""
        if self.ears is None or self.number >= self.end:
            return self.end
        close = self.ears.next(self.at[self.number], trades)
        return self.end if close == NEVER else self.closes.first_from(close)

    def said(self, number: int, account: Account) -> list[Opinion | Failure]:
        """What is said at a close."""
        return [] if self.ears is None else self.ears.at(self.at[number], account)

    def close(self, number: int) -> int:
        """When that is (ms)."""
        return self.at[number] if number < self.end else NEVER

    def place(self, number: int) -> int:
        """Where that lies among the closes of all timeframes."""
        return self.places[number] if number < self.end else NEVER
