"""What a market did in the last day, in Binance's form."""

from decimal import Decimal

from adapters.exchanges.sandbox.klines import Klines
from adapters.exchanges.sandbox.pages import float_text
from adapters.exchanges.sandbox.sources import SandboxMarket, Source
from domain.candles import Candle, Candles
from domain.timeframes import Timeframe, timeframe
from domain.values import decimal_text

_DAY = 86_400_000
_QUANTITY = "1.00000000"


class Tickers:
    """Prices and totals of a source's markets, from the candles of their shortest timeframe."""

    def __init__(self, source: Source, klines: Klines) -> None:
        self._source = source
        self._klines = klines

    def price(self, pair: str, now: int) -> dict[str, object]:
        market = self._source.market(pair)
        return {"symbol": market.id, "price": decimal_text(self._last(pair, now).close)}

    def book(self, pair: str, now: int) -> dict[str, object]:
        """Best bid and ask: the last price, and a tick above it."""
        market = self._source.market(pair)
        return {"symbol": market.id, **_book(market, self._last(pair, now).close)}

    def day(self, pair: str, now: int) -> dict[str, object]:
        """Totals of the last 24 hours, the forming candle left out."""
        market = self._source.market(pair)
        frame = self._frame(pair)
        window = self._source.candles(pair, frame, now - _DAY, now - frame.ms + 1)
        last = self._last(pair, now)
        return {
            "symbol": market.id,
            **_change(window, last),
            **_book(market, last.close),
            "lastQty": _QUANTITY,
            "openTime": now - _DAY,
            "closeTime": now,
            "firstId": 0,
            "lastId": len(window),
            "count": len(window),
        }

    def _frame(self, pair: str) -> Timeframe:
        return timeframe(self._source.timeframes(pair)[0])

    def _last(self, pair: str, now: int) -> Candle:
        """The newest candle, forming or closed; zeros where none is old enough to be seen."""
        frame = self._frame(pair)
        opened = self._klines.last_open_time(pair, frame, now)
        if opened is None:
            return Candle(now, *(Decimal(0),) * 5)
        return self._klines.candle(pair, frame, opened, now)


def _book(market: SandboxMarket, price: Decimal) -> dict[str, object]:
    return {
        "bidPrice": decimal_text(price),
        "bidQty": _QUANTITY,
        "askPrice": decimal_text(price + market.tick),
        "askQty": _QUANTITY,
    }


def _change(window: Candles, last: Candle) -> dict[str, object]:
    opened = float(window.open[0]) if len(window) else float(last.open)
    close = float(last.close)
    volume = float(window.volume.sum())
    turnover = float((window.volume * window.close).sum())
    return {
        "priceChange": f"{close - opened:.8f}",
        "priceChangePercent": f"{(close / opened - 1) * 100 if opened else 0:.3f}",
        "weightedAvgPrice": f"{turnover / volume if volume else close:.8f}",
        "prevClosePrice": float_text(opened),
        "lastPrice": decimal_text(last.close),
        "openPrice": float_text(opened),
        "highPrice": float_text(max(float(last.high), *window.high.tolist(), close)),
        "lowPrice": float_text(min(float(last.low), *window.low.tolist(), close)),
        "volume": f"{volume:.8f}",
        "quoteVolume": f"{turnover:.8f}",
    }
