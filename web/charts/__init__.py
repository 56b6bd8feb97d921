"""Charts of one market, drawn from candles, indicators and trades."""
