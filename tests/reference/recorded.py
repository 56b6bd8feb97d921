"""Recorded candles for the reference account and the real one: which files, and how much of each.

They lie beside the repository and are not part of it.
"""

from collections.abc import Sequence
from itertools import chain, groupby
from math import floor, log10
from pathlib import Path
from typing import NamedTuple

import polars

from domain.times import from_ms
from domain.values import exact
from tests.reference.inputs import Candle, Market

RECORDED = Path(__file__).parents[3] / "shared" / "market-data"
EXCHANGES = ("binance", "binanceus", "bitfinex", "bitstamp", "bittrex", "coinbase", "kraken")
FRAMES = ("1m", "5m", "15m", "1h")
STAKE = 1_000.0
MAKER, TAKER = 0.001, 0.002


class Source(NamedTuple):
    """A file: one window of a market; those of a group go into one account."""

    path: Path
    exchange: str
    pair: str
    window: str
    rows: int
    since: int

    @property
    def group(self) -> tuple[str, str, str, int]:
        """Window, exchange, quote currency and the year in which it begins."""
        return self.window, self.exchange, self.pair.partition("/")[2], from_ms(self.since).year

    @property
    def frame(self) -> str:
        return self.window.partition(".")[0]


class Part(NamedTuple):
    """So many candles of a file, from its beginning."""

    source: Source
    size: int

    def candles(self) -> list[Candle]:
        columns = ("open_time_ms", "open", "high", "low", "close", "volume")
        return polars.read_parquet(self.source.path, columns=list(columns))[: self.size].rows()


def sources() -> list[Source]:
    """All files of whole candles that were recorded."""
    paths = chain.from_iterable(sorted(RECORDED.glob(f"{each}/*/*.parquet")) for each in EXCHANGES)
    found = (_source(path) for path in paths)
    return [source for source in found if source.frame in FRAMES]


def chosen(candles: int, markets: int) -> list[list[Part]]:
    """At least so many candles of so many markets, a list for each account.

    Every group gives two files before one gives its third; all give alike as long as they last.
    """
    by_group = [list(same) for _, same in groupby(sorted(sources(), key=_group), _group)]
    in_turn = sorted(
        ((turn // 2, source) for same in by_group for turn, source in enumerate(same)),
        key=lambda each: (each[0], each[1].group, each[1].path),
    )
    taken: list[Source] = []
    for _, source in in_turn:
        seen = {(each.exchange, each.pair) for each in taken}
        if len(seen) >= markets and sum(each.rows for each in taken) >= candles:
            break
        taken.append(source)
    share = _share([source.rows for source in taken], candles)
    parts = [Part(source, min(source.rows, share)) for source in sorted(taken, key=_group)]
    return [list(same) for _, same in groupby(parts, lambda part: part.source.group)]


def market(pair: str, candles: Sequence[Candle]) -> Market:
    """A market whose tick has the digits of nearly all prices, whose lot is a fine one."""
    digits = sorted(_decimals(price) for candle in candles[::10] for price in candle[1:5])
    tick = digits[len(digits) * 9 // 10]
    lot = min(0, floor(log10(STAKE / candles[0][4])) - 4)
    return Market(pair, float(f"1e-{tick}"), float(f"1e{lot}"), MAKER, TAKER)


def _source(path: Path) -> Source:
    time = polars.col("open_time_ms")
    rows, since = (
        polars.scan_parquet(path).select(rows=time.len(), since=time.min()).collect().row(0)
    )
    exchange, pair = path.parts[-3], path.parts[-2].replace("-", "/")
    return Source(path, exchange, pair, path.stem, rows, since)


def _group(source: Source) -> tuple[str, str, str, int]:
    return source.group


def _share(rows: Sequence[int], wanted: int) -> int:
    """The least that all have to give, where they have it, to make what is wanted."""
    share, left = 0, wanted
    for position, available in enumerate(sorted(rows)):
        share = -(-left // (len(rows) - position))
        if share <= available:
            return share
        left -= available
    return max(rows, default=share)


def _decimals(price: float) -> int:
    exponent = exact(price).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
