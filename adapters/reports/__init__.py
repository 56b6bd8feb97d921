"""Reports of backtests, as pages that stand alone, and charts of results."""
