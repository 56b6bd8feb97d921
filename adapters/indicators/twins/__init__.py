"""Compiled twins of Backtrader's indicators: those that a test proves equal, by every name."""

from adapters.indicators.twins.averages import AVERAGES
from adapters.indicators.twins.bands import BANDS
from adapters.indicators.twins.changes import CHANGES
from adapters.indicators.twins.directional import DIRECTIONAL
from adapters.indicators.twins.oscillators import OSCILLATORS
from adapters.indicators.twins.ranges import RANGES
from adapters.indicators.twins.stochastic import STOCHASTIC
from adapters.indicators.twins.twin import Twin

ALL = (*AVERAGES, *BANDS, *CHANGES, *DIRECTIONAL, *OSCILLATORS, *RANGES, *STOCHASTIC)
TWINS: dict[str, Twin] = {name: twin for twin in ALL for name in twin.names}
