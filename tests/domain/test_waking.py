"""An account that sleeps until its alarm makes the same facts as one that looks at every period.

`LIVES=10000` says over how many random lives.
"""

import os
from collections.abc import Set
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings

from domain.account.facts import AccountFact
from domain.account.period import Opinion, Period
from domain.account.state import Account
from domain.account.waking import Alarm, Bounds, alarm, hears_everything
from domain.times import to_ms
from tests.domain.lives import Closed, Life, lives, take

LIVES = int(os.environ.get("LIVES", "300"))
many = settings(
    max_examples=LIVES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


class Slept(NamedTuple):
    facts: list[AccountFact]
    periods: int
    woken: int


@many
@given(lives())
def test_an_account_that_sleeps_until_its_alarm_makes_the_same_facts(life: Life) -> None:
    assert sleeping(life).facts == life.facts


def test_an_account_sleeps_through_most_of_its_periods() -> None:
    asleep, periods = 0, 0

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(lives())
    def count(life: Life) -> None:
        nonlocal asleep, periods
        slept = sleeping(life)
        asleep, periods = asleep + slept.periods - slept.woken, periods + slept.periods

    count()
    assert asleep > periods / 4


def sleeping(life: Life) -> Slept:
    """The life once more, lived by an account that is only asked when it is woken."""
    account, facts, periods, woken = Account("main"), list[AccountFact](), 0, 0
    delisted: Set[str] = frozenset()
    for step in life.steps:
        if isinstance(step, Closed):
            periods += 1
            changed, delisted = step.period.delisted != delisted, set(step.period.delisted)
            if not (changed or is_woken(account, alarm(account), step.period)):
                continue
            woken += 1
        facts += take(account, step)
    return Slept(facts, periods, woken)


def is_woken(account: Account, when: Alarm, period: Period) -> bool:
    if period.failures or any(concerns(account, each) for each in period.opinions):
        return True
    if period.timeframe != account.timeframe:
        return False
    is_due = when.always or to_ms(period.closed_at) >= when.at or bool(period.late)
    return is_due or any(is_reached(period, each) for each in when.bounds)


def concerns(account: Account, opinion: Opinion) -> bool:
    trades, orders = account.trades.values(), account.orders.values()
    traded = {(each.pair, each.strategy) for each in trades}
    traded |= {(each.pair, each.strategy) for each in orders}
    is_awaited = (opinion.pair, opinion.strategy) in traded
    return bool(opinion.enter) or is_awaited or hears_everything(account)


def is_reached(period: Period, bounds: Bounds) -> bool:
    candle = period.traded(bounds.pair)
    return candle is not None and (
        float(candle.low) <= bounds.low or float(candle.high) >= bounds.high
    )
