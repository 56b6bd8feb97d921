"""The kinds of faults, as a file of faults names them. Times are on the exchange's true clock."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from domain.timeframes import UnknownTimeframe, timeframe
from domain.times import to_ms

Moment = Annotated[datetime, Meta(tz=True)]
Chance = Annotated[float, Meta(ge=0, le=1)]
TEN_YEARS = 315_360_000.0
"""In seconds: the longest that anything lasts."""
Span = Annotated[float, Meta(ge=0, le=TEN_YEARS)]
PathName = Literal["klines", "time", "exchangeInfo", "ticker", "ping"]
FOREVER = 1 << 62
"""A moment (ms) after all others."""


def _kind(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()


class Fault(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag=_kind,
):
    """Something that is wrong."""

    @property
    def kind(self) -> str:
        """Its name in the file."""
        return str(self.__struct_config__.tag)


class PassingFault(Fault, frozen=True, kw_only=True):
    """A fault from `from` (here `since`) up to `until`, or always."""

    since: Moment | None = field(name="from", default=None)
    until: Moment | None = None

    def __post_init__(self) -> None:
        if self.begin >= self.end:
            raise ValueError("`until` is not after `from`")

    @property
    def begin(self) -> int:
        """First moment (ms)."""
        return -FOREVER if self.since is None else to_ms(self.since)

    @property
    def end(self) -> int:
        """First moment (ms) after it."""
        return FOREVER if self.until is None else to_ms(self.until)

    def holds(self, now: int) -> bool:
        """Whether that moment (ms) is within its time."""
        return self.begin <= now < self.end


class SeriesFault(PassingFault, frozen=True, kw_only=True):
    """A fault of some pairs and timeframes, or of all."""

    pairs: tuple[str, ...] | None = None
    timeframes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.timeframes or ():
            try:
                timeframe(name)
            except UnknownTimeframe as error:
                raise ValueError(str(error)) from error

    def concerns(self, pair: str | None, name: str | None) -> bool:
        """Whether it is about that pair and timeframe; None where a request names none."""
        return (self.pairs is None or pair in self.pairs) and (
            self.timeframes is None or name in self.timeframes
        )


class RequestFault(SeriesFault, frozen=True, kw_only=True):
    """A request that is answered wrongly, at most `times` for each path, pair and timeframe."""

    path: PathName | None = None
    chance: Chance = 1.0
    times: Annotated[int, Meta(ge=1)] | None = None


class Status(RequestFault, frozen=True, kw_only=True):
    """An HTTP error, in JSON as Binance words it or as a page of HTML."""

    status: Annotated[int, Meta(ge=400, le=599)]
    retry_after: Annotated[int, Meta(ge=0, le=int(TEN_YEARS))] | None = None
    html: bool = False


class Disconnect(RequestFault, frozen=True, kw_only=True):
    """The connection is closed without an answer."""


class Hang(RequestFault, frozen=True, kw_only=True):
    """The answer comes after so many seconds of real time, or the connection is closed then."""

    seconds: Span
    then: Literal["answer", "close"] = "answer"


class Truncated(RequestFault, frozen=True, kw_only=True):
    """JSON cut in its midst: as if whole, or (`cut`) the connection is closed there."""

    cut: bool = False


class NotJson(RequestFault, frozen=True, kw_only=True):
    """Status 200 with a page of HTML."""


class WrongJson(RequestFault, frozen=True, kw_only=True):
    """Status 200 with an object where a list belongs, or a list where an object does."""


class Empty(RequestFault, frozen=True, kw_only=True):
    """Status 200 with an empty list."""


class RowFault(RequestFault, frozen=True, kw_only=True):
    """Rows of candles that are not as they should be."""

    path: Literal["klines"] = "klines"


class Descending(RowFault, frozen=True, kw_only=True):
    """The newest row comes first."""


class Duplicates(RowFault, frozen=True, kw_only=True):
    """Every third row comes twice."""


class ContradictingDuplicates(RowFault, frozen=True, kw_only=True):
    """Every third row comes twice, with different numbers."""


class Seconds(RowFault, frozen=True, kw_only=True):
    """Times are seconds where they should be milliseconds."""


class BadCandle(RowFault, frozen=True, kw_only=True):
    """The newest row but one cannot be: its high is below its open, or its low is negative."""

    how: Literal["high_below_open", "negative"] = "high_below_open"


class CandleFault(SeriesFault, frozen=True, kw_only=True):
    """Candles, by their open time, that are not shown as they are, each by `chance`."""

    chance: Chance = 1.0


class Late(CandleFault, frozen=True, kw_only=True):
    """A closed candle cannot be seen until so many seconds after its close."""

    seconds: Span


class Restated(CandleFault, frozen=True, kw_only=True):
    """A closed candle shows other numbers until so many seconds after its close."""

    seconds: Span


class Absent(CandleFault, frozen=True, kw_only=True):
    """A candle that never is, as where quiet periods are left out."""


class Outage(SeriesFault, frozen=True, kw_only=True):
    """The exchange, or some markets of it, are away or stand still.

    `published` says how many seconds after `until` the candles of that time appear.
    """

    since: Moment = field(name="from")
    until: Moment
    mode: Literal["errors", "silent", "flat"]
    published: Literal["never"] | Span | None = None

    @property
    def appears(self) -> int:
        """When (ms) the candles of that time appear."""
        published = self.published
        if published is None:
            published = 0 if self.mode == "errors" else "never"
        return FOREVER if published == "never" else self.end + round(published * 1000)


class Clock(PassingFault, frozen=True, kw_only=True):
    """The exchange says another time: `offset` seconds are added."""

    offset: Annotated[float, Meta(ge=-TEN_YEARS, le=TEN_YEARS)]


class Listed(Fault, frozen=True, kw_only=True):
    """A market that is not there before `at`."""

    pair: str
    at: Moment


class Delisted(Fault, frozen=True, kw_only=True):
    """A market that is gone from `at` on."""

    pair: str
    at: Moment


class Halted(PassingFault, frozen=True, kw_only=True):
    """A market that does not trade for a time."""

    pair: str
    since: Moment = field(name="from")
    until: Moment


class Rules(Fault, frozen=True, kw_only=True):
    """A market whose trading rules are others from `at` on."""

    pair: str
    at: Moment
    tick: Decimal | None = None
    lot: Decimal | None = None
    min_notional: Decimal | None = None

    def __post_init__(self) -> None:
        steps = (self.tick, self.lot)
        if any(step is not None and step <= 0 for step in steps):
            raise ValueError("`tick` and `lot` are above 0")


MarketEvent = Listed | Delisted | Halted | Rules
KINDS: dict[str, type[Fault]] = {
    _kind(each.__name__): each
    for each in (
        Status, Disconnect, Hang, Truncated, NotJson, WrongJson, Empty,
        Descending, Duplicates, ContradictingDuplicates, Seconds, BadCandle,
        Late, Restated, Absent, Outage, Clock, Listed, Delisted, Halted, Rules,
    )
}  # fmt: skip


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much request weight each minute of real time has, and how long who goes on is banned."""

    weight: Annotated[int, Meta(ge=1)] | None = None
    ban_seconds: Annotated[float, Meta(gt=0, le=TEN_YEARS)] = 120.0


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that goes wrong. Without a `seed` chance has the sandbox exchange's own."""

    faults: tuple[Any, ...] = ()
    limit: Limit = Limit()
    seed: int | None = None
