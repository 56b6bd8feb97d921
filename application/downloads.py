"""Reading closed candles of one series from an exchange, with a few tries."""

import asyncio
from dataclasses import dataclass, field

from application.ports import Exchange, ExchangeError, ExchangeRefused, ExchangeUnavailable
from domain.candles import Candle
from domain.timeframes import Timeframe
from domain.values import exact

PAGE = 1_000
TRIES = 3
PATIENCE = 30.0
"""Seconds to wait for one page."""


@dataclass(slots=True)
class Download:
    """What came of one series: new candles, the newest recorded one if it changed, or an error.

    `open_times` are those that the tape has once this is recorded.
    """

    pair: str
    frame: Timeframe
    candles: list[Candle] = field(default_factory=list)
    revised: Candle | None = None
    open_times: set[int] = field(default_factory=set)
    error: ExchangeError | None = None


class Downloads:
    """Downloads of one exchange; its adapter keeps the rate."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def between(self, pair: str, frame: Timeframe, since: int, until: int) -> Download:
        """Candles with `since` <= open time < `until` (ms)."""
        download = Download(pair, frame)
        try:
            download.candles = await self._pages(pair, frame, since, until)
        except ExchangeError as error:
            download.error = error
        return download

    async def since(
        self, pair: str, frame: Timeframe, since: int, now: int, known: Candle | None
    ) -> Download:
        """Candles from `since` on that are closed at `now`; `known` is compared, not new."""
        download = Download(pair, frame)
        if known is not None:
            download.open_times.add(known.open_time)
        try:
            candles = await self._pages(pair, frame, since, now - frame.ms + 1)
        except ExchangeError as error:
            download.error = error
        else:
            _take(download, candles, known)
        return download

    async def _pages(self, pair: str, frame: Timeframe, since: int, until: int) -> list[Candle]:
        """Pages up to an open time, oldest first; a page without a candle is a quiet stretch."""
        found: list[Candle] = []
        while since < until:
            limit = min(PAGE, (until - since) // frame.ms + 2)
            page = await self._page(pair, frame, since, limit)
            found.extend(candle for candle in page if since <= candle.open_time < until)
            newest = page[-1].open_time if page else since + (limit - 1) * frame.ms
            since = max(since, newest) + frame.ms
        for candle in found:
            _refuse_inexact(pair, candle)
        return found

    async def _page(self, pair: str, frame: Timeframe, since: int, limit: int) -> list[Candle]:
        for attempt in range(1, TRIES + 1):
            try:
                async with asyncio.timeout(PATIENCE):
                    return list(await self._exchange.candles(pair, frame, since, limit))
            except (ExchangeUnavailable, TimeoutError) as error:
                if attempt == TRIES:
                    raise ExchangeUnavailable(str(error) or "no answer in time") from error
                await asyncio.sleep(0.2 * 2**attempt)
        raise AssertionError("the last try returns or raises")


def _take(download: Download, candles: list[Candle], known: Candle | None) -> None:
    """Sort what came into new and changed."""
    newest = -1 if known is None else known.open_time
    download.candles = [candle for candle in candles if candle.open_time > newest]
    download.open_times.update(candle.open_time for candle in download.candles)
    for candle in candles:
        if known is not None and candle.open_time == newest and _differs(candle, known):
            download.revised = candle


def _differs(candle: Candle, known: Candle) -> bool:
    """Whether any number is another double, which is how the tape's index keeps them."""
    return any(
        float(number) != float(other) for number, other in zip(candle[1:], known[1:], strict=True)
    )


def _refuse_inexact(pair: str, candle: Candle) -> None:
    """A price that a double cannot hold would trade at another price than the tape says."""
    for price in candle[1:5]:
        if exact(float(price)) != price:
            raise ExchangeRefused(f"{pair}: the price {price} has more than 15 digits")
