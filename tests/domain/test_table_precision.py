"""Ticks, lots and least sizes: rounding is never in the trader's favour."""

from decimal import Decimal

from domain.account.period import Opinion
from domain.account.terms import ExitPlan, Terms
from domain.markets import MarketRules
from tests.domain.tables import TRADE, Row, check, order, table
from tests.scenario import BTC, D, at, enter, open_trade, rules

SHORTS = Terms(shorts=True)
STEPS = {"tick": D("0.5"), "lot": D("0.1"), "min_quantity": D("0.1"), "min_notional": D(10)}
COARSE = rules(BTC, **STEPS)


def coarse(**others: Decimal) -> MarketRules:
    """A market with tick 0.5 and lot 0.1, but for what is told."""
    return rules(BTC, **{**STEPS, **others})


def asked(opinion: Opinion, then: str, because: str, market: MarketRules = COARSE) -> Row:
    """A strategy asks to enter for 1,000 in a coarse market; no candle follows in time."""
    expires = "; OrderExpired" if "OrderPlaced" in then else ""
    return Row([], "-", f"SignalRaised; {then}{expires}", because, SHORTS, opinion, market=market)


def short(**prices: Decimal) -> Opinion:
    """A strategy would sell short."""
    return enter(side="short", **{"stop": D(105), "target": D(90), **prices})  # type: ignore[arg-type]


PLACED = [
    asked(enter(), "OrderPlaced stop=95 target=110 quantity=10 type=market reserved=1002",
          "what is at tick and lot stays"),
    asked(enter(stop=D("95.3"), target=D("110.2")), "OrderPlaced stop=95 target=110.5",
          "a long's stop is rounded down, its target up"),
    asked(enter(limit=D("98.7")),
          "OrderPlaced type=limit limit=98.5 quantity=10.1 reserved=996.8397",
          "a buy limit is rounded down, and the quantity is of it: 1000 / 98.5 = 10.15..."),
    asked(enter(trigger=D("102.1")), "OrderPlaced type=stop trigger=102.5 quantity=9.7",
          "a buy trigger is rounded up, and the quantity is of it: 1000 / 102.5 = 9.75..."),
    asked(enter(trigger=D("102.1"), limit=D("103.3")),
          "OrderPlaced type=stop_limit trigger=102.5 limit=103 quantity=9.7",
          "a stop-limit's quantity is of its limit: 1000 / 103 = 9.708..."),
    asked(enter(close=D(101)), "OrderPlaced quantity=9.9", "9.90099 is rounded down to the lot"),
    asked(short(stop=D("104.7"), target=D("89.8")), "OrderPlaced stop=105 target=89.5 quantity=10",
          "a short's stop is rounded up, its target down"),
    asked(short(limit=D("101.2")), "OrderPlaced limit=101.5 quantity=9.8",
          "a sell limit is rounded up: 1000 / 101.5 = 9.85..."),
    asked(short(trigger=D("97.9")), "OrderPlaced trigger=97.5 quantity=10.2",
          "a sell trigger is rounded down: 1000 / 97.5 = 10.25..."),
    asked(short(trigger=D("97.9"), limit=D("96.6")),
          "OrderPlaced trigger=97.5 limit=97 quantity=10.3",
          "a short's stop-limit: its trigger down, its limit up; 1000 / 97 = 10.309..."),
    asked(enter(limit=D("0.3"), stop=None, target=None), "SignalDeclined reason=bad_price",
          "a limit that is rounded to zero is no price"),
    asked(enter(), "OrderPlaced quantity=10", "just the least notional",
          coarse(min_notional=D(1_000))),
    asked(enter(), "SignalDeclined reason=below_minimum", "just below the least notional",
          coarse(min_notional=D("1000.01"))),
    asked(enter(close=D(101)), "SignalDeclined reason=below_minimum",
          "below the least notional once rounded: 9.9 x 101 = 999.9",
          coarse(min_notional=D(1_000))),
    asked(enter(), "OrderPlaced quantity=10", "just the least quantity",
          coarse(min_quantity=D(10))),
    asked(enter(), "SignalDeclined reason=below_minimum", "below the least quantity",
          coarse(min_quantity=D("10.1"))),
    asked(enter(), "SignalDeclined reason=below_minimum", "less than a lot", coarse(lot=D(20))),
]  # fmt: skip

RATES = ExitPlan(stop_rate=D("0.033"), target_rate=D("0.033"))
TRAIL = ExitPlan(trail_distance=D(5))

THAT_DAY = [
    Row(order(stop=None, target=None, exits=RATES), "100.5 101 99 100",
        "OrderFilled; TradeOpened stop=97 target=104",
        "relative levels of a long: 97.1835 is rounded down, 103.8165 up", market=COARSE),
    Row(order(side="short", stop=None, target=None, exits=RATES), "100.5 101 99 100",
        "OrderFilled; TradeOpened stop=104 target=97",
        "relative levels of a short: 103.8165 is rounded up, 97.1835 down", market=COARSE),
    Row(order(stop=None, target=None, exits=ExitPlan(D("4.3"))), "100 101 99 100",
        "OrderFilled; TradeOpened stop=95.5",
        "the tick of the day of the fill: 95.7 is rounded down", market=COARSE),
    Row(order(stop=D("95.3"), target=D("109.7")), "100 101 99 100",
        "OrderFilled; TradeOpened stop=95 target=110",
        "fixed levels of finer days become what the day of the fill allows", market=COARSE),
    Row(open_trade(entered=at(8), target=None, exits=TRAIL), "101 103.3 100 102",
        "StopMoved stop=98", "a stop moves at the tick of its day: 98.3", market=COARSE),
    Row(open_trade(entered=at(8), stop=D("95.3")), "100 101 95 96",
        "StopHit stop=95.3 price=95.3; TradeClosed",
        "a stop that stands is not rounded anew", market=COARSE),
    Row(TRADE, "100 101 94 96", "StopHit fee=3.8; TradeClosed fees=5.8",
        "fees are the market's of that day", market=rules(BTC, taker=D("0.004"))),
]  # fmt: skip


@table(PLACED)
def test_an_order_is_placed_at_tick_and_lot(row: Row) -> None:
    check(row)


@table(THAT_DAY)
def test_rules_are_those_of_the_day(row: Row) -> None:
    check(row)
