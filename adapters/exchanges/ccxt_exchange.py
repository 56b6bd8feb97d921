"""Any exchange that ccxt knows, as the application's port: public spot data, exact numbers."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from application.ports import ExchangeError, ExchangeRefused, ExchangeUnavailable
from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import Timeframe
from domain.values import ZERO, decimal_text

_USUAL_FEE = Decimal("0.001")
_FINEST = Decimal("0.00000001")


class CcxtExchange:
    """The exchange that ccxt calls `ccxt_id`, under our `name`.

    `url` sends every request to another host (the sandbox exchange) and never to the real one.
    Requests keep to ccxt's rate for the exchange, or to `requests_per_second` of weight one.
    Raises ExchangeRefused at the first call if ccxt does not know the exchange.
    """

    def __init__(
        self,
        name: str,
        ccxt_id: str,
        *,
        url: str | None = None,
        requests_per_second: float | None = None,
    ) -> None:
        self._name = name
        self._ccxt_id = ccxt_id
        self._url = url
        self._requests_per_second = requests_per_second
        self._client: Any = None

    @property
    def name(self) -> str:
        return self._name

    async def time(self) -> int:
        client = self._opened()
        with _translated(self._name, "time"):
            if not client.has["fetchTime"]:
                return int(client.milliseconds())
            return int(await client.fetch_time())

    async def markets(self) -> Sequence[MarketRules]:
        client = self._opened()
        with _translated(self._name, "markets"):
            markets = await client.load_markets(reload=client.markets is not None)
            rules = [
                _rules(self._name, market, client.precisionMode)
                for market in markets.values()
                if market["spot"] and market["active"] is not False
            ]
        return sorted(rules, key=lambda market: market.pair)

    async def candles(
        self, pair: str, timeframe: Timeframe, since: int, limit: int
    ) -> Sequence[Candle]:
        client = self._opened()
        if timeframe.name not in (client.timeframes or ()):
            raise ExchangeRefused(f"{self._name} has no candles of {timeframe}")
        with _translated(self._name, "candles", pair):
            rows = await client.fetch_ohlcv(pair, timeframe.name, since, limit)
            candles = {row[0]: _candle(row) for row in rows if None not in row[:6]}
        return [candles[time] for time in sorted(candles) if time >= since][:limit]

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _opened(self) -> Any:
        if self._client is None:
            self._client = _client(self._name, self._ccxt_id, self._url, self._requests_per_second)
        return self._client


def _client(name: str, ccxt_id: str, url: str | None, requests_per_second: float | None) -> Any:
    import ccxt.async_support as ccxt  # noqa: PLC0415  # a second, which most commands never need

    if ccxt_id not in ccxt.exchanges:
        raise ExchangeRefused(f"{name}: ccxt knows no exchange {ccxt_id!r}")
    config: dict[str, Any] = {"enableRateLimit": True, "options": {"defaultType": "spot"}}
    if requests_per_second is not None:
        config["rateLimit"] = 1_000 / requests_per_second
    if url is not None and url.startswith("http:"):
        config["verify"] = False  # no certificates to load where nothing is encrypted
    client = getattr(ccxt, ccxt_id)(config)
    client.number = str
    client.fetch = _fetching_json(client.fetch)
    _keep_to_spot(client)
    if url is not None:
        client.urls["api"] = _readdressed(client.urls["api"], url)
        client.timeout_on_exit = 0  # ccxt waits there for the end of TLS
    return client


def _keep_to_spot(client: Any) -> None:
    """Load spot markets only, and no currencies, where the exchange tells them apart."""
    fetched = client.options.get("fetchMarkets")
    if isinstance(fetched, dict) and isinstance(fetched.get("types"), list):
        fetched["types"] = ["spot"]
    client.options["fetchMargins"] = False
    if client.id.startswith("binance"):
        client.has["fetchCurrencies"] = False


def _readdressed(address: Any, url: str) -> Any:
    """The same addresses, nested as they are, on the host of `url`."""
    if isinstance(address, dict):
        return {key: _readdressed(inner, url) for key, inner in address.items()}
    if not isinstance(address, str):
        return address
    host, old = urlsplit(url), urlsplit(address)
    return urlunsplit((host.scheme, host.netloc, old.path, old.query, ""))


def _fetching_json(fetch: Any) -> Any:
    """ccxt takes a page of HTML for an answer without candles; this takes it for an outage."""

    async def fetch_json(
        url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> Any:
        answer = await fetch(url, method, headers, body)
        if not isinstance(answer, (dict, list)):
            raise ExchangeUnavailable(f"not JSON: {str(answer)[:80]!r}")
        return answer

    return fetch_json


@contextmanager
def _translated(name: str, asked: str, pair: str | None = None) -> Iterator[None]:
    """ccxt's errors, and what its clients let through, as the port's two."""
    import aiohttp  # noqa: PLC0415  # loaded by ccxt already
    import ccxt  # noqa: PLC0415

    what = f"{name} {asked} {pair}" if pair else f"{name} {asked}"
    away = (aiohttp.ClientError, OSError, asyncio.TimeoutError)
    try:
        yield
    except ExchangeError as error:
        raise type(error)(f"{what}: {error}") from error
    except ccxt.OperationFailed as error:
        raise ExchangeUnavailable(_said(what, error)) from error
    except ccxt.BaseError as error:
        cause = ExchangeUnavailable if isinstance(error.__cause__, away) else ExchangeRefused
        raise cause(_said(what, error)) from error
    except (*away, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise ExchangeUnavailable(_said(what, error)) from error


def _said(what: str, error: Exception) -> str:
    return f"{what}: {type(error).__name__} {str(error)[:300]}"


def _candle(row: Sequence[Any]) -> Candle:
    return Candle(int(row[0]), *(Decimal(str(number)) for number in row[1:6]))


def _rules(name: str, market: Mapping[str, Any], precision_mode: int) -> MarketRules:
    precision, limits = market["precision"], market["limits"]
    return MarketRules(
        exchange=name,
        pair=market["symbol"],
        base=market["base"],
        quote=market["quote"],
        tick=_step(precision["price"], precision_mode),
        lot=_step(precision["amount"], precision_mode),
        min_quantity=_number(limits["amount"]["min"], ZERO),
        min_notional=_number(limits["cost"]["min"], ZERO),
        maker=_number(market["maker"], _USUAL_FEE),
        taker=_number(market["taker"], _USUAL_FEE),
    )


def _step(precision: Any, precision_mode: int) -> Decimal:
    """A step of price or quantity; the finest one where the exchange counts significant digits."""
    from ccxt import DECIMAL_PLACES, TICK_SIZE  # noqa: PLC0415

    number = _number(precision, _FINEST)
    if precision_mode == DECIMAL_PLACES:
        return Decimal(1).scaleb(-int(number)) if precision is not None else _FINEST
    return number if precision_mode == TICK_SIZE and number > 0 else _FINEST


def _number(number: Any, missing: Decimal) -> Decimal:
    try:
        return missing if number is None else Decimal(decimal_text(Decimal(str(number))))
    except InvalidOperation:
        return missing
