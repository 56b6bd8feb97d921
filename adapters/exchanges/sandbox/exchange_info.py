"""The sandbox exchange's markets and their rules, in Binance's form."""

from collections.abc import Iterable
from decimal import Decimal

from adapters.exchanges.sandbox.sources import SandboxMarket

MOST_WEIGHT = 6_000
_ORDER_TYPES = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"]
_SELF_TRADE_PREVENTION = ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"]


def exchange_info(
    markets: Iterable[SandboxMarket], now: int, most_weight: int = MOST_WEIGHT
) -> dict[str, object]:
    """The answer to `/api/v3/exchangeInfo`; `most_weight` is that of a minute."""
    return with_symbols(symbols(markets), now, most_weight)


def symbols(markets: Iterable[SandboxMarket]) -> list[dict[str, object]]:
    """What the answer says of each market."""
    return [_symbol(market) for market in markets]


def with_symbols(written: object, now: int, most_weight: int = MOST_WEIGHT) -> dict[str, object]:
    """The answer around its symbols, which may be JSON already."""
    limits = (("REQUEST_WEIGHT", 1, most_weight), ("RAW_REQUESTS", 5, 61_000))
    return {
        "timezone": "UTC",
        "serverTime": now,
        "rateLimits": [
            {"rateLimitType": kind, "interval": "MINUTE", "intervalNum": count, "limit": limit}
            for kind, count, limit in limits
        ],
        "exchangeFilters": [],
        "symbols": written,
    }


def _symbol(market: SandboxMarket) -> dict[str, object]:
    return {
        "symbol": market.id,
        "status": "TRADING" if market.trading else "BREAK",
        "baseAsset": market.base,
        "baseAssetPrecision": 8,
        "quoteAsset": market.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": _ORDER_TYPES,
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(market),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": _SELF_TRADE_PREVENTION,
    }


def _filters(market: SandboxMarket) -> list[dict[str, object]]:
    tick, lot = _eight_decimals(market.tick), _eight_decimals(market.lot)
    price = {"minPrice": tick, "maxPrice": "1000000.00000000", "tickSize": tick}
    size = {"minQty": lot, "maxQty": "9000000000.00000000", "stepSize": lot}
    least = _eight_decimals(market.min_notional)
    notional = {"minNotional": least, "maxNotional": "9000000.00000000"}
    sides = {"applyMinToMarket": True, "applyMaxToMarket": False, "avgPriceMins": 5}
    return [
        {"filterType": "PRICE_FILTER", **price},
        {"filterType": "LOT_SIZE", **size},
        {"filterType": "NOTIONAL", **notional, **sides},
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
    ]


def _eight_decimals(number: Decimal) -> str:
    exponent = number.as_tuple().exponent
    return format(number, "f") if isinstance(exponent, int) and exponent < -8 else f"{number:.8f}"
