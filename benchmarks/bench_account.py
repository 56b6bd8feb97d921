"""What the paper account costs: a candle with nothing open, one with an open trade, a fact, a trip.

The account is asked as trading asks it: once for each period of one market, in the context of a
long run. The yardstick is a bare loop over the same candles that compares a stop and a target in
Decimals. A round trip is all that a backtest asks of a trade: the three periods in which something
happens.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal, localcontext, setcontext
from time import perf_counter

from domain.account.decide import decide
from domain.account.evolve import fold
from domain.account.facts import (
    AccountConfigured,
    AccountOpened,
    StrategyDeployed,
    TradeOpened,
)
from domain.account.period import Opinion, Period
from domain.account.state import Account
from domain.candles import Candle
from domain.markets import MarketRules
from domain.times import EPOCH, from_ms, to_ms
from domain.values import MONEY

D = Decimal
PAIR = "BTC/USDT"
MINUTE = timedelta(minutes=1)
PERIODS = 2_000
TRIPS = 400
ROUNDS = 100
RULES = {
    PAIR: MarketRules(
        "bench", PAIR, "BTC", "USDT", D("0.01"), D("0.00001"), D("0.00001"), D(5), D("0.001"),
        D("0.001"),
    )
}  # fmt: skip


class NoHistory:
    """The account asks for extremes when a trade closes; here nothing was before."""

    def extremes(self, pair: str, since: int, until: int) -> None:  # noqa: ARG002
        return None

    def last(self, pair: str) -> None:  # noqa: ARG002
        return None


HISTORY = NoHistory()
SIGNALS = {"fast": D("100.123456789"), "slow": D("100.023456789")}
ENTER = Opinion("cross", PAIR, "long", None, D("100.27"), D("98.2646"), D("104.2808"), SIGNALS)
LEAVE = Opinion("cross", PAIR, None, "long", D("100.27"), None, None, SIGNALS)


def main() -> None:
    """Print the costs, the best of many short rounds: one of them is undisturbed."""
    with localcontext():
        setcontext(MONEY)
        _candles_and_facts()
        _round_trips()


def _candles_and_facts() -> None:
    quiet = [_period(number) for number in range(PERIODS)]
    lively = [_period(number, enters=number % 2 == 0) for number in range(PERIODS)]
    bare = _best(lambda: _bare(quiet)) / PERIODS
    idle = _best(lambda: _live(_account(), quiet)) / PERIODS
    open_ = _best(lambda: _live(_with_trade(), quiet)) / PERIODS
    facts = _live(_account(), lively)
    spent = _best(lambda: _live(_account(), lively))
    print(f"bare loop             {bare * 1e6:6.2f} µs a candle")
    print(f"nothing open          {idle * 1e6:6.2f} µs a candle  (goal: under 2)")
    print(f"one open trade        {open_ * 1e6:6.2f} µs a candle  (goal: under 10)")
    print(f"facts                 {facts / spent:9,.0f} a second     (goal: 300,000), of {facts:,}")
    print(f"facts without candles {_folded(lively):9,.0f} a second folded")


def _round_trips() -> None:
    by_signal = [period for number in range(TRIPS) for period in _left_by_signal(3 * number)]
    by_stop = [period for number in range(TRIPS) for period in _stopped(3 * number)]
    for name, periods in (("signal", by_signal), ("stop", by_stop)):
        facts = _live(_account(), periods) / TRIPS
        spent = _best(lambda: _live(_account(), periods)) / TRIPS  # noqa: B023
        print(
            f"trip, left by {name:<6}  {spent * 1e6:6.2f} µs, {facts:.0f} facts"
            f"  {facts / spent:9,.0f} a second"
        )


def _left_by_signal(number: int) -> list[Period]:
    """Signalled; filled and signalled the other way; left at the open."""
    return [_plain(number, ENTER), _plain(number + 1, LEAVE), _plain(number + 2)]


def _stopped(number: int) -> list[Period]:
    """Signalled; filled; stopped."""
    return [_plain(number, ENTER), _plain(number + 1), _plain(number + 2, low=D("97.12"))]


def _plain(number: int, *opinions: Opinion, low: Decimal = Decimal("99.12")) -> Period:
    opened = number * 60_000
    prices = D("100.13"), D("101.37"), low, D("100.27")
    return _at(Candle(opened, *prices, D("5.123")), opinions)


def _best(work: Callable[[], object]) -> float:
    return min(_timed(work) for _ in range(ROUNDS))


def _timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _bare(periods: list[Period]) -> int:
    """The least that judging a stop and a target needs."""
    stop, target, hits = D(90), D(120), 0
    for period in periods:
        candle = period.candles.get(PAIR)
        if candle is not None and (candle.low <= stop or candle.high >= target):
            hits += 1
    return hits


def _live(account: Account, periods: list[Period]) -> int:
    facts = 0
    for period in periods:
        facts += len(decide(account, period))
    return facts


def _folded(periods: list[Period]) -> float:
    account = _account()
    facts = [fact for period in periods for fact in decide(account, period)]
    return len(facts) / _best(lambda: fold(_account(), facts))


def _period(number: int, *, enters: bool = False) -> Period:
    """Flat prices, or every second close an entry that is stopped in its candle."""
    opened = EPOCH + number * MINUTE
    low = D(94) if number % 2 else D(99)
    candle = Candle(
        to_ms(opened), D(100), D(101), low if enters or number % 2 else D(99), D(100), D(5)
    )
    entry = Opinion("cross", PAIR, "long", None, D(100), D(95), D(110), {"atr": D("1.25")})
    return _at(candle, [entry] if enters else ())


def _at(candle: Candle, opinions: Sequence[Opinion]) -> Period:
    closed_at = from_ms(candle.open_time) + MINUTE
    return Period(
        exchange="bench",
        timeframe="1m",
        closed_at=closed_at,
        seen_at=closed_at,
        candles={PAIR: candle},
        rules=RULES,
        history=HISTORY,
        opinions=opinions,
    )


def _account() -> Account:
    by, why = "bench", "bench"
    return fold(
        Account("bench"),
        [
            AccountOpened(EPOCH, "bench", "bench", "USDT", D(10_000_000), 0, by, why),
            AccountConfigured(EPOCH, "bench", "1m", D(1_000), 1, [PAIR], 0, by, why),
            StrategyDeployed(EPOCH, "bench", "cross", "1m", {}, "0" * 64, 0, by, why),
        ],
    )


def _with_trade() -> Account:
    opened = TradeOpened(
        EPOCH, "bench", 1, PAIR, "cross", "1m", "long", D(10), D(100), D(1), D(90), D(120),
        D(9_000_000),
    )  # fmt: skip
    return fold(_account(), [opened])


if __name__ == "__main__":
    main()
