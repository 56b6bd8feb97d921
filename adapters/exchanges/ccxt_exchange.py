"""Any exchange that ccxt knows, as the application's port: public spot data, exact numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from adapters.exchanges.budget import BudgetStore, MemoryBudget
from adapters.exchanges.ccxt_client import HEARD, open_client
from adapters.exchanges.ccxt_errors import translated
from adapters.exchanges.ccxt_rows import holds_a_list, plausible_ms, sensible_candles
from adapters.exchanges.ccxt_rules import counts_digits, market_rules, number
from adapters.exchanges.traits import traits
from application.ports import ExchangeRefused, ExchangeTraits, ExchangeUnavailable
from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import Timeframe
from domain.values import ZERO


class CcxtExchange:
    """The exchange that ccxt calls `ccxt_id`, under our `name`.

    `url` sends every request to another host (the sandbox exchange) and never to the real one.
    Requests keep to the `budget` (this process's own, if none is given) at ccxt's rate and costs,
    or at `requests_per_second`, whatever they cost. An answer that takes longer than
    `seconds_for_answer` is none. What is known of the exchange's quiet periods is overruled by
    `quiet_candles`. Raises ExchangeRefused at the first use if ccxt does not know
    the exchange, and what the budget's store raises.
    """

    def __init__(
        self,
        name: str,
        ccxt_id: str,
        *,
        url: str | None = None,
        requests_per_second: float | None = None,
        seconds_for_answer: float = 10.0,
        budget: BudgetStore | None = None,
        quiet_candles: bool | None = None,
    ) -> None:
        self._name = name
        self._ccxt_id = ccxt_id
        self._url = url
        self._requests_per_second = requests_per_second
        self._seconds_for_answer = seconds_for_answer
        self._budget = budget or MemoryBudget()
        self._quiet_candles = quiet_candles
        self._client: Any = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def traits(self) -> ExchangeTraits:
        found = traits(self._opened())
        if self._quiet_candles is None:
            return found
        return replace(found, quiet_candles=self._quiet_candles)

    async def time(self) -> int:
        """The exchange's clock in ms.

        Where it tells none, the `Date` of its answer for a market's ticker, which is rounded down
        to the second. An exchange that does neither is ExchangeUnavailable: our own clock would
        say nothing about it.
        """
        client = self._opened()
        with translated(self._name, "time"):
            if client.has["fetchTime"]:
                return plausible_ms(await client.fetch_time())
            await client.load_markets()
            await client.fetch_ticker(min(_traded(client.markets)))
            return plausible_ms(HEARD.get().date)

    async def markets(self) -> Sequence[MarketRules]:
        client = self._opened()
        with translated(self._name, "markets"):
            markets = _traded(await self._loaded(client))
            if not markets:
                raise ExchangeUnavailable("names no market")
            prices = await self._prices(client) if counts_digits(client) else {}
            rules = [
                market_rules(self._name, market, client.precisionMode, prices.get(pair))
                for pair, market in markets.items()
            ]
        return sorted(rules, key=lambda market: market.pair)

    async def turnover(self) -> Mapping[str, Decimal]:
        client = self._opened()
        with translated(self._name, "turnover"):
            await client.load_markets()
            tickers = await client.fetch_tickers()
            markets = _traded(client.markets)
        return {pair: _turnover(tickers[pair]) for pair in markets if pair in tickers}

    async def candles(
        self, pair: str, timeframe: Timeframe, since: int, limit: int
    ) -> Sequence[Candle]:
        client = self._opened()
        if timeframe.name not in (client.timeframes or ()):
            raise ExchangeRefused(f"{self._name} has no candles of {timeframe}")
        with translated(self._name, "candles", pair):
            page = min(limit, traits(client).page)
            rows = await client.fetch_ohlcv(pair, timeframe.name, since, page)
            answer = HEARD.get().answer
            if not rows and not holds_a_list(answer):
                raise ExchangeUnavailable(f"no rows of candles in {str(answer)[:60]!r}")
            candles = sensible_candles(rows)
        return [candle for candle in candles if candle.open_time >= since][:limit]

    async def close(self) -> None:
        client, self._client = self._client, None
        self._budget.close()
        if client is not None:
            await client.close()

    def _opened(self) -> Any:
        if self._client is None:
            self._client = open_client(
                self._name,
                self._ccxt_id,
                self._budget,
                url=self._url,
                requests_per_second=self._requests_per_second,
                seconds_for_answer=self._seconds_for_answer,
            )
        return self._client

    async def _loaded(self, client: Any) -> Mapping[str, Any]:
        """All markets as they are now; ccxt goes on to know those that vanished.

        An answer that was cut short would otherwise leave their candles without a market.
        """
        before = client.markets or {}
        now: Mapping[str, Any] = await client.load_markets(reload=bool(before))
        if before.keys() - now.keys():
            client.set_markets([*({**before, **now}).values()])
        return now

    async def _prices(self, client: Any) -> dict[str, Decimal]:
        tickers = await client.fetch_tickers()
        return {pair: number(ticker["last"], ZERO) for pair, ticker in tickers.items()}


def _traded(markets: Mapping[str, Any]) -> dict[str, Any]:
    return {
        pair: market
        for pair, market in markets.items()
        if market["spot"] and market["active"] is not False
    }


def _turnover(ticker: Mapping[str, Any]) -> Decimal:
    """What was traded in 24 hours in the quote asset; at the last price where only base is told."""
    if ticker["quoteVolume"] is not None:
        return number(ticker["quoteVolume"], ZERO)
    return number(ticker["baseVolume"], ZERO) * number(ticker["vwap"] or ticker["last"], ZERO)
