"""Request weight: how much was asked, and who must wait."""

from adapters.exchanges.sandbox.faults import Faults, Limit
from adapters.exchanges.sandbox.weight import Weight
from tests.adapters.exchanges.running import faulty

USED = "X-MBX-USED-WEIGHT-1M"


class Seconds:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 600.0

    def __call__(self) -> float:
        return self.now


def test_each_request_has_binance_s_weight() -> None:
    with faulty() as exchange:
        asked = [
            exchange.ask("ping"),
            exchange.ask("time"),
            exchange.ask("klines", symbol="BTCUSDT", interval="1m"),
            exchange.ask("exchangeInfo"),
            exchange.ask("ticker/24hr", symbol="BTCUSDT"),
            exchange.ask("ticker/24hr"),
            exchange.ask("ticker/price", symbol="BTCUSDT"),
            exchange.ask("ticker/price"),
        ]
        exchange.status()
        exchange.published()
        weight = exchange.status()["weight"]
    sums = [1, 2, 4, 24, 26, 106, 108, 112]
    used = [int(response.headers[USED]) for response in asked]
    assert used == sums or used[-1] < 112  # a minute may end meanwhile
    assert weight == {"limit": None, "most_in_a_minute": 112, "refused": 0}


def test_a_limit_is_told_and_kept() -> None:
    with faulty(limit=35) as exchange:
        answers = [exchange.ask("exchangeInfo") for _ in range(4)]  # a minute may end meanwhile
        refused = [answer for answer in answers if answer.status_code == 429]
        assert answers[0].json()["rateLimits"][0]["limit"] == 35
        assert refused[0].json()["code"] == -1003
        assert 0 < int(refused[0].headers["Retry-After"]) <= 60
        assert exchange.status()["weight"] == {
            "limit": 35,
            "most_in_a_minute": 80,
            "refused": len(refused),
        }


def test_the_limit_of_the_settings_goes_before_that_of_the_faults() -> None:
    faults = Faults(limit=Limit(weight=100))
    with faulty(faults=faults) as exchange:
        assert exchange.status()["weight"]["limit"] == 100
    with faulty(faults=faults, limit=200) as exchange:
        assert exchange.status()["weight"]["limit"] == 200


def test_who_is_over_the_limit_waits_for_the_next_minute() -> None:
    clock = Seconds()
    weight = Weight(Limit(weight=10), clock)
    clock.now += 20.5
    assert weight.spend(10) is None
    assert weight.spend(1) == (429, 40)
    clock.now = 660.0
    assert weight.spend(10) is None


def test_who_goes_on_in_spite_of_it_is_banned() -> None:
    clock = Seconds()
    weight = Weight(Limit(weight=10, ban_seconds=90), clock)
    refusals = [weight.spend(10) for _ in range(8)]
    assert [refusal and refusal.status for refusal in refusals] == [None, *[429] * 6, 418]
    clock.now += 89.5
    assert weight.spend(1) == (418, 1)
    clock.now += 0.5
    assert weight.spend(1) is None
    assert weight.refused == 8


def test_the_fullest_minute_may_begin_at_any_second() -> None:
    clock = Seconds()
    weight = Weight(Limit(), clock)
    for at, spent in ((645, 30), (661, 30), (704.9, 7), (705, 1)):
        clock.now = at
        weight.spend(spent)
    assert weight.most_in_a_minute == 67
    assert weight.used == 38
