"""Sweeps over processes: candles that they share, workers, and where results are kept."""
