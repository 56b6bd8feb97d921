"""Backtrader's side of the tape: its candles as a data feed for Cerebro."""

from adapters.backtrader.feed import TapeData
from adapters.backtrader.sources import NoSuchCandles, NoTape

__all__ = ["NoSuchCandles", "NoTape", "TapeData"]
