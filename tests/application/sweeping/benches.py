"""A bench over random candles of three markets, for sweeps and walks."""

from collections.abc import Mapping

from adapters.indicators.engine import compute
from application.plans import AccountPlan
from application.sweeping.bench import Bench, Configured, Refused
from application.sweeping.space import Combination
from domain.account.terms import Terms
from domain.candles import Candles
from domain.strategies import strategy
from domain.strategies.strategy import BadParameter
from tests.adapters.indicators.series import HOUR
from tests.application.replay.test_backtest import PAIRS, markets, rules
from tests.scenario import D
from tests.strategies import planned

RULES = {pair: rules(pair) for pair in PAIRS}
CANDLES = markets(11)
SINCE = min(int(each.open_time[0]) for each in CANDLES.values()) + 40 * HOUR
UNTIL = max(int(each.open_time[-1]) for each in CANDLES.values()) + HOUR


def configured(parameters: Combination) -> Configured:
    """An account that runs the crossing of averages with these parameters."""
    try:
        chosen = strategy("sma_cross", {"fast": 3, "slow": 8, "stop": "0.02", **parameters})
    except BadParameter as error:
        raise Refused(str(error)) from error
    plan = AccountPlan(
        "main", "bench", "USDT", D(10_000), D(2_000), 2, "1h", ("*/USDT",),
        (planned(chosen, "1h", "0" * 64),), Terms(),
    )  # fmt: skip
    return Configured(plan, RULES)


def bench(candles: Mapping[str, Candles] = CANDLES) -> Bench:
    return Bench("bench", {"1h": candles}, configured, compute)
