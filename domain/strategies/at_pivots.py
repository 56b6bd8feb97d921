"""Parameters that strategies at pivots, the lows and highs of their surroundings, share."""

from typing import Annotated

from msgspec import Meta

MOST_AFTER = 50

Before = Annotated[int, Meta(ge=1, le=50, description="candles before a pivot that it is beyond")]
After = Annotated[
    int, Meta(ge=1, le=MOST_AFTER, description="candles after a pivot, which confirm it")
]
Behind = Annotated[
    float, Meta(gt=0, le=20, description="how far the stop is behind the pattern, in true ranges")
]
Reward = Annotated[
    float, Meta(gt=0, le=20, description="how far the target is, in distances of the stop")
]
