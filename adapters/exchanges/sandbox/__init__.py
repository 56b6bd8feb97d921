"""The sandbox exchange: Binance spot's public API over recorded or simulated candles."""

from adapters.candle_folders import NoCandles
from adapters.exchanges.sandbox.app import build_app
from adapters.exchanges.sandbox.files import default_start
from adapters.exchanges.sandbox.serving import serve
from adapters.exchanges.sandbox.settings import SandboxSettings

__all__ = ["NoCandles", "SandboxSettings", "build_app", "default_start", "serve"]
