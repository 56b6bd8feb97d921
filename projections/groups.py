"""The read models by the tape that they follow."""

from projections import (
    accounts,
    exchanges,
    gaps,
    locks,
    markets,
    order_feed,
    orders,
    scans,
    signals,
    trades,
)
from projections.indicator_values import IndicatorValues
from projections.projector import Group, ReadModel

MARKET = Group(
    "market",
    "market",
    (
        ReadModel("markets", markets.project),
        ReadModel("scans", scans.project),
        ReadModel("gaps", gaps.project),
        ReadModel("exchanges", exchanges.project),
    ),
)
TRADING = Group(
    "trading",
    "trading",
    (
        ReadModel("signals", signals.project),
        ReadModel("orders", orders.project),
        ReadModel("order_feed", order_feed.project),
        ReadModel("trades", trades.project),
        ReadModel("locks", locks.project),
        ReadModel("accounts", accounts.project),
    ),
    wakes="order_feed",
)


def indicators_group(values: IndicatorValues) -> Group:
    """Indicators follow the market tape behind trading."""
    read_models = (ReadModel("indicators", values.project),)
    return Group("indicators", "market", read_models, prepare=values.prepare)
