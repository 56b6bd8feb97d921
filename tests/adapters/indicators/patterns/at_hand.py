"""Series that the patterns are compared on: seeded random ones, recorded ones where at hand."""

from tests.adapters.indicators.series import HOURLY, random_candles, recorded

SERIES = [random_candles(600, seed) for seed in range(3)]
SERIES += [recorded(path, 700) for path in HOURLY[:3]]
