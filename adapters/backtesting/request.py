"""What a backtest is asked for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain.account.terms import BANDS
from domain.timeframes import Timeframe, timeframe

_PAIR = re.compile(r"[^\s/]+/[^\s/]+")


class BadRequest(ValueError):
    """A backtest cannot be made of this; the message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """A strategy over some markets of an exchange, which share an account.

    `parameters` are the strategy's, or else the account's (`ACCOUNT_PARAMETERS`). Fills are judged
    on candles of `execution`; without it, on those of `timeframe`. It trades from `since` on, up to
    `until` (ms); candles before are its warm-up. `data` is a candle file or a data folder; without
    it the tape is read. `account` is a TOML file. There is an account for each band of `fills`.
    Raises BadRequest, UnknownTimeframe.
    """

    strategy: str
    exchange: str
    pairs: tuple[str, ...]
    timeframe: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    execution: str | None = None
    since: int | None = None
    until: int | None = None
    data: Path | None = None
    account: Path | None = None
    fills: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        timeframe(self.timeframe)
        timeframe(self.execution or self.timeframe)
        _refuse_bad_pairs(self.pairs)
        _refuse_bad_bands(self.fills)
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise BadRequest("--from is not before --to: there is nothing between them")

    @property
    def frame(self) -> Timeframe:
        """The strategy's timeframe."""
        return timeframe(self.timeframe)

    @property
    def quote(self) -> str:
        """The currency that all pairs are quoted in."""
        return self.pairs[0].partition("/")[2]


def _refuse_bad_pairs(pairs: Sequence[str]) -> None:
    if not pairs:
        raise BadRequest("name a market with --pair, such as BTC/USDT")
    for pair in pairs:
        if not _PAIR.fullmatch(pair):
            words = f"{pair!r} is not a pair: write base and quote, such as BTC/USDT"
            raise BadRequest(words)
    _refuse_twice("--pair", pairs)
    quotes = sorted({pair.partition("/")[2] for pair in pairs})
    if len(quotes) > 1:
        raise BadRequest(f"an account has one quote currency; the pairs have {', '.join(quotes)}")


def _refuse_bad_bands(bands: Sequence[str]) -> None:
    unknown = [band for band in bands if band not in BANDS]
    if unknown:
        raise BadRequest(f"there is no fill band {unknown[0]!r}; there are {', '.join(BANDS)}")
    _refuse_twice("--fills", bands)


def _refuse_twice(option: str, values: Sequence[str]) -> None:
    twice = [value for value in values if values.count(value) > 1]
    if twice:
        raise BadRequest(f"{option} {twice[0]} stands there twice")
