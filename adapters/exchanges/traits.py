"""What is known of exchanges beside what ccxt says, by ccxt's id: data, no code."""

from dataclasses import dataclass
from typing import Any

from application.ports import ExchangeTraits

_USUAL_PAGE = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What an exchange does with quiet periods, keeps, and bears.

    `burst_seconds` is how much of a minute's allowance (in seconds' worth) may be asked at once;
    the rest of the minute keeps to what is left. 0: one request after the other. `currencies`:
    ccxt needs the list of currencies to read the markets right.
    """

    quiet_candles: bool = False
    keeps: int | None = None
    at_once: int = 4
    burst_seconds: float = 0
    currencies: bool = True


KNOWN = {
    "binance": Known(quiet_candles=True, at_once=50, burst_seconds=30, currencies=False),
    "binanceus": Known(quiet_candles=True, at_once=50, burst_seconds=30, currencies=False),
    "bitfinex": Known(),
    "bitstamp": Known(quiet_candles=True, at_once=20, burst_seconds=30),
    "bybit": Known(quiet_candles=True, at_once=50, burst_seconds=30),
    "coinbase": Known(),
    "kraken": Known(quiet_candles=True, keeps=720),
    "okx": Known(quiet_candles=True),
}


def known(ccxt_id: str) -> Known:
    """What is known; an exchange that is not is asked with care, and its holes are no outages."""
    return KNOWN.get(ccxt_id, Known())


def traits(client: Any) -> ExchangeTraits:
    """The traits of a ccxt client's exchange."""
    of = known(client.id)
    return ExchangeTraits(of.quiet_candles, _page(client.features), of.keeps, of.at_once)


def _page(features: Any) -> int:
    """How many candles ccxt says that an answer holds."""
    for key in ("spot", "fetchOHLCV", "limit"):
        features = features.get(key) if isinstance(features, dict) else None
    return features if isinstance(features, int) and features > 0 else _USUAL_PAGE
