"""The bot was away for 500 hours, and sees them all at once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest

from domain.account.facts import (
    AccountFact,
    OrderPlaced,
    SignalDeclined,
    TradeClosed,
    TradeOpened,
)
from domain.account.period import Opinion, Period
from domain.account.terms import ExitPlan, Guard, Terms
from domain.candles import Candle
from tests.scenario import (
    BTC,
    DAY,
    ETH,
    XRP,
    D,
    Story,
    at,
    candle,
    enter,
    entry_order,
    exit_order,
    given,
    leave,
    open_trade,
    opened,
    period,
    rules,
)

ADA, DOT, LTC, NEO, SOL = (f"{base}/USDT" for base in ("ADA", "DOT", "LTC", "NEO", "SOL"))
PAIRS = (BTC, ETH, XRP, ADA, DOT, LTC, NEO, SOL)
MARKETS = {pair: rules(pair) for pair in PAIRS}
HOUR = timedelta(hours=1)
LEFT, BACK = 10, 510
"""It handled the period up to 10:00 of the first day, and was back 500 periods later."""
SEEN = at(BACK, 20)
QUIET = "100 101 99 100"
TOLD: dict[tuple[str, int], str] = {
    (ADA, 11): "102 103 101 102",  # the exit order fills at its open
    (DOT, 40): "95 96 89 91",  # the limit of 90 fills, ...
    (DOT, 300): "88 89 84 85",  # ... and its stop of 85 is hit
    (BTC, 110): "99 100 94 96",  # the stop of 95
    (LTC, 260): "103 104 102 103",  # the exit that was signalled at 259:00 fills
    (ETH, 333): "112 113 111 112",  # gaps over the target of 110
    (XRP, 200): "100 107 100 107",  # the stop trails to 104 ...
    (XRP, 201): "107 109 105 108",  # ... and to 106 ...
    (XRP, 202): "105 106 104 105",  # ... which the next open is below
}
"""Candles out of the ordinary, by the hour at which they closed."""
PAST: list[AccountFact] = [
    *open_trade(1, BTC),
    *open_trade(2, ETH, cash=D(7_996)),
    *open_trade(3, XRP, target=None, cash=D(6_994), exits=ExitPlan(trail_distance=D(3))),
    *open_trade(4, ADA, cash=D(5_992)),
    *exit_order(4, ADA, placed=at(LEFT)),
    *open_trade(5, LTC, cash=D(4_990)),
    *entry_order(6, DOT, placed=at(LEFT), limit=D(90), stop=D(85), valid_for=100),
    *entry_order(7, SOL, placed=at(LEFT), limit=D(50), stop=D(40), valid_for=48),
]
ACCOUNT = opened(most=9, terms=Terms(guards=(Guard("cool_down", stop_duration=600),)))


def told(pair: str, hour: int) -> Candle:
    """The candle of a pair that closed at an hour."""
    return candle(TOLD.get((pair, hour), QUIET), at(hour - 1))


KNOWN = {pair: [told(pair, hour) for hour in range(LEFT, BACK + 3)] for pair in PAIRS}


def periods(
    opinions: Mapping[int, Sequence[Opinion]], seen: datetime | None = None
) -> Iterator[Period]:
    """The 500 periods, each seen at its close unless told."""
    for hour in range(LEFT + 1, BACK + 1):
        number = hour - LEFT + 1
        yield period(
            at(hour),
            {pair: KNOWN[pair][number - 1] for pair in PAIRS},
            seen_at=seen,
            opinions=opinions.get(hour, ()),
            history={pair: KNOWN[pair][:number] for pair in PAIRS},
            markets=MARKETS,
        )


EXIT_SIGNALS = {259: [leave(LTC)]}


def there() -> Story:
    """The account as it would have been."""
    return given(ACCOUNT, PAST).when(*periods(EXIT_SIGNALS))


def away() -> Story:
    """The account as it was: nobody looked before 20 minutes after the last close."""
    return given(ACCOUNT, PAST).when(*periods(EXIT_SIGNALS, SEEN))


def but_for_when_seen(fact: AccountFact) -> AccountFact:
    match fact:
        case TradeClosed() | TradeOpened():
            return msgspec.structs.replace(fact, caught_up=False)
        case OrderPlaced():
            return msgspec.structs.replace(fact, seen_at=None)
    return fact


def test_what_happened_while_away_is_fact_by_fact_what_would_have_happened() -> None:
    ours, theirs = away().new, there().new
    assert [but_for_when_seen(fact) for fact in ours] == [
        but_for_when_seen(fact) for fact in theirs
    ]
    assert ours != theirs


def test_every_exit_is_settled_in_its_own_candle_at_the_price_that_it_had() -> None:
    closed = [fact for fact in away().new if isinstance(fact, TradeClosed)]
    assert [(fact.pair, fact.at, fact.exit_price, fact.exit_reason) for fact in closed] == [
        (ADA, at(10), D(102), "signal"),
        (BTC, at(110), D(95), "stop"),
        (XRP, at(201), D(105), "trailing_stop"),
        (LTC, at(259), D(103), "signal"),
        (DOT, at(300), D(85), "stop"),
        (ETH, at(332), D(112), "target"),
    ]


def test_what_was_settled_while_away_is_marked_as_caught_up() -> None:
    assert {fact.caught_up for fact in away().new if isinstance(fact, TradeClosed)} == {True}
    assert {fact.caught_up for fact in away().new if isinstance(fact, TradeOpened)} == {True}
    assert {fact.caught_up for fact in there().new if isinstance(fact, TradeClosed)} == {False}
    assert {fact.caught_up for fact in there().new if isinstance(fact, TradeOpened)} == {False}


def test_an_entry_that_was_placed_before_fills_while_away() -> None:
    (opened_then,) = (fact for fact in away().new if isinstance(fact, TradeOpened))
    entry = (opened_then.pair, opened_then.at, opened_then.entry_price, opened_then.stop)
    assert entry == (DOT, at(40), D(90), D(85))


def test_an_entry_that_was_placed_before_expires_while_away() -> None:
    away().then_fact("OrderExpired", pair=SOL, order=7, at=at(LEFT + 48))


def test_an_exit_signal_of_the_outage_leads_to_its_exit() -> None:
    """Ordered at 259:00, though seen 251 hours later."""
    away().then_fact("SignalRaised", pair=LTC, at=at(259), purpose="exit")
    away().then_fact("OrderPlaced", pair=LTC, at=at(259), seen_at=SEEN, reason="signal")


def test_locks_of_the_outage_are_dated_as_if_the_bot_had_been_there() -> None:
    """A market cools down for ten hours after the close at which its trade's end was judged."""
    locks = [fact for fact in away().new if fact.topic in {"MarketLocked", "MarketUnlocked"}]
    btc = [(fact.topic, fact.at) for fact in locks if getattr(fact, "pair", "") == BTC]
    assert btc == [("MarketLocked", at(110)), ("MarketUnlocked", at(120))]
    assert len(locks) == 2 * 6


def wishes() -> dict[int, list[Opinion]]:
    """Every seven hours a strategy would enter NEO, for one hour, for twenty or for 400."""
    return {
        hour: [enter(NEO, valid_for=(1, 20, 400)[number % 3])]
        for number, hour in enumerate(range(LEFT + 4, BACK + 1, 7))
    }


def answers(opinions: Mapping[int, Sequence[Opinion]], seen: datetime) -> list[tuple[int, str]]:
    """What each entry signal leads to, when everything is seen late: told anew, in few lines.

    None fills before the end: all candles had closed when it was seen.
    """
    found, is_waiting = [], False
    for hour, (opinion,) in sorted(opinions.items()):
        if seen >= DAY + (hour + (opinion.valid_for or 1)) * HOUR:
            found.append((hour, "stale"))
        elif is_waiting:
            found.append((hour, "already_open"))
        else:
            found.append((hour, "ordered"))
            is_waiting = True
    return found


def answered(story: Story, pair: str) -> list[tuple[int, str]]:
    """What each entry signal of a pair led to."""
    found = []
    for fact in story.new:
        if isinstance(fact, SignalDeclined | OrderPlaced) and (fact.pair, fact.purpose) == (
            pair, "enter",
        ):  # fmt: skip
            hour = (fact.at - DAY) // HOUR
            found.append((hour, fact.reason if isinstance(fact, SignalDeclined) else "ordered"))
    return found


@pytest.mark.parametrize(
    "seen", [at(BACK, 20), at(BACK), at(BACK, 59), at(BACK + 5, 1), at(BACK + 400)], ids=str
)
def test_an_entry_signal_is_stale_when_its_order_would_be_over(seen: datetime) -> None:
    story = given(ACCOUNT, PAST).when(*periods(wishes(), seen))
    assert answered(story, NEO) == answers(wishes(), seen)


def test_the_signals_of_the_outage_lead_to_all_the_answers_there_are() -> None:
    kinds = [answer for _, answer in answers(wishes(), SEEN)]
    assert set(kinds) == {"stale", "ordered", "already_open"}
    assert kinds.count("ordered") == 1


def test_a_stale_signal_says_how_late_it_was_seen() -> None:
    """510:20 is 496 hours and 20 minutes after 14:00."""
    story = given(ACCOUNT, PAST).when(*periods(wishes(), SEEN))
    first = next(fact for fact in story.new if isinstance(fact, SignalDeclined))
    assert (first.at, first.numbers) == (at(14), {"seconds_late": D(1_786_800)})


def test_an_entry_that_was_decided_late_fills_in_no_candle_of_the_outage_but_in_the_next() -> None:
    story = given(ACCOUNT, PAST).when(*periods(wishes(), SEEN))
    assert NEO not in {fact.pair for fact in story.new if isinstance(fact, TradeOpened)}
    (
        story.when(period(at(BACK + 1), {NEO: "97 98 96 97"}, markets=MARKETS))
        .then_topics("OrderFilled", "TradeOpened")
        .then_fact("TradeOpened", pair=NEO, at=at(BACK), entry_price=D(97), caught_up=False)
    )


def test_exits_are_the_same_whatever_was_signalled_to_enter_meanwhile() -> None:
    both = {
        hour: [*wishes().get(hour, ()), *EXIT_SIGNALS.get(hour, ())]
        for hour in {*wishes(), *EXIT_SIGNALS}
    }
    with_entries = given(ACCOUNT, PAST).when(*periods(both, SEEN))
    ours = [fact for fact in with_entries.new if isinstance(fact, TradeClosed)]
    theirs = [fact for fact in there().new if isinstance(fact, TradeClosed)]
    assert [but_for_when_seen(fact) for fact in ours] == theirs


def test_a_bot_that_saw_some_of_it_in_between_has_the_same_exits() -> None:
    """It was back twice, for a moment each, at 150:10 and at 330:10."""
    looks = [at(LEFT), at(150, 10), at(330, 10), SEEN]
    story = given(ACCOUNT, PAST)
    new: list[AccountFact] = []
    for earlier, seen in pairwise(looks):
        seen_now = [
            each for each in periods(EXIT_SIGNALS, seen) if earlier < each.closed_at <= seen
        ]
        story = story.when(*seen_now)
        new.extend(story.new)
    assert [but_for_when_seen(each) for each in new] == [
        but_for_when_seen(each) for each in there().new
    ]


def test_only_what_was_seen_when_the_next_period_was_over_is_caught_up() -> None:
    """The last period closed at 510:00; it is seen 20 minutes later, or 80."""
    entry = entry_order(8, NEO, placed=at(BACK - 1), valid_for=9)
    in_time = period(at(BACK), {NEO: QUIET}, seen_at=SEEN, markets=MARKETS)
    too_late = period(at(BACK), {NEO: QUIET}, seen_at=SEEN + HOUR, markets=MARKETS)
    given(ACCOUNT, entry).when(in_time).then_fact("TradeOpened", caught_up=False)
    given(ACCOUNT, entry).when(too_late).then_fact("TradeOpened", caught_up=True)


@pytest.mark.parametrize("amount", [Decimal(1), Decimal(10)])
def test_every_period_of_an_outage_is_walked_in_order(amount: Decimal) -> None:
    """A stop that trails all the way up is hit where the way goes down, not where it ends."""
    up = [f"{100 + n} {101 + n} {100 + n} {101 + n}" for n in range(100)]
    down = [f"{200 - n} {200 - n} {199 - n} {199 - n}" for n in range(100)]
    trail = ExitPlan(trail_distance=amount)
    story = given(opened(), open_trade(target=None, exits=trail)).when(
        *(
            period(at(hour), {BTC: prices}, seen_at=at(300))
            for hour, prices in enumerate(up + down, LEFT)
        )
    )
    story.then_fact("TradeClosed", exit_price=200 - amount, exit_reason="trailing_stop")
