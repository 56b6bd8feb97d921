"""What holds for an account whatever markets, strategies, rules and the operator do.

Each claim is a test of its own on a few lives; the last test holds many lives against all of them
(`LIVES=10000` says how many).
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, inf
from typing import NamedTuple, TypeGuard

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from domain.account.evolve import fold
from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    AccountPaused,
    AccountReset,
    AccountResumed,
    CashAdjusted,
    ExitRequested,
    MarketLocked,
    MarketUnlocked,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderPartlyFilled,
    OrderPlaced,
    SignalDeclined,
    SignalRaised,
    StopHit,
    StopMoved,
    TargetHit,
    TradeClosed,
    TradeFact,
    TradeFrozen,
    TradeOpened,
    TradeReduced,
    TradeThawed,
    TradingHalted,
    TradingResumed,
)
from domain.account.period import Period
from domain.account.state import Account
from domain.account.terms import Side, Terms
from domain.candles import Candle
from domain.facts import decode, encode
from domain.markets import MarketRules
from domain.timeframes import timeframe
from domain.times import from_ms
from domain.values import ZERO
from tests.domain.lives import Closed, Life, Step, Told, lives, take
from tests.scenario import Tape

Claim = Callable[[Life], None]
Fill = OrderFilled | OrderPartlyFilled | StopHit | TargetHit
Settled = TradeOpened | TradeReduced | TradeClosed | CashAdjusted

usual = settings(
    max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
CLAIMS: list[Claim] = []
LIVES = int(os.environ.get("LIVES", "200"))
AT_ONCE = 500
"""So many lives are drawn in one go: memory of them is kept that long."""


def always(claim: Claim) -> Callable[[], None]:
    """A claim about every life."""
    CLAIMS.append(claim)
    return usual(given(lives())(claim))


class Part(NamedTuple):
    """What of a trade was left, at which price and for which fee."""

    quantity: Fraction
    price: Fraction
    fee: Fraction


@dataclass
class OpenTrade:
    """A trade by its facts."""

    fact: TradeOpened
    left: Fraction
    stop: Decimal | None
    parts: list[Part] = field(default_factory=list)
    slippage: Fraction = Fraction(0)
    frozen: bool = False

    @property
    def entry(self) -> Fraction:
        return Fraction(self.fact.entry_price)

    @property
    def cost(self) -> Fraction:
        return self.left * self.entry

    def gain(self, price: Fraction) -> Fraction:
        return (price - self.entry) * (1 if self.fact.side == "long" else -1)

    @property
    def gross(self) -> Fraction:
        return sum((part.quantity * self.gain(part.price) for part in self.parts), Fraction(0))

    @property
    def fees(self) -> Fraction:
        return Fraction(self.fact.fee) + sum((part.fee for part in self.parts), Fraction(0))


@dataclass
class Ledger:
    """An account's books, kept by another hand: exact, from nothing but facts and candles."""

    rules: dict[str, MarketRules]
    terms: Terms = field(default_factory=Terms)
    most: int = 0
    deposits: Fraction = Fraction(0)
    cash: Fraction = Fraction(0)
    gross: Fraction = Fraction(0)
    fees: Fraction = Fraction(0)
    shortfalls: Fraction = Fraction(0)
    trades: dict[int, OpenTrade] = field(default_factory=dict)
    waiting: dict[int, OrderPlaced] = field(default_factory=dict)
    leaving: dict[int, Part] = field(default_factory=dict)
    asked: dict[int, Decimal] = field(default_factory=dict)
    closed: OpenTrade | None = None

    @property
    def at_cost(self) -> Fraction:
        return sum((trade.cost for trade in self.trades.values()), Fraction(0))

    @property
    def entries(self) -> list[OrderPlaced]:
        return [order for order in self.waiting.values() if order.purpose == "enter"]

    @property
    def reserved(self) -> Fraction:
        return sum((Fraction(order.reserved) for order in self.waiting.values()), Fraction(0))

    def equity(self, period: Period) -> Fraction:
        """Cash and open trades at their last close."""
        worth = self.cash
        for trade in self.trades.values():
            last = _last(period, trade.fact.pair)
            gained = Fraction(0) if last is None else trade.gain(Fraction(last))
            worth += trade.cost + trade.left * gained
        return worth

    def take(self, fact: AccountFact, step: Step) -> None:
        match fact:
            case AccountOpened():
                self.cash = self.deposits = Fraction(fact.capital)
            case AccountConfigured():
                self.terms, self.most = fact.terms, fact.max_open_trades
            case CashAdjusted():
                self.deposits += Fraction(fact.amount)
                self.cash += Fraction(fact.amount)
            case AccountReset():
                self.cash = self.deposits = Fraction(fact.capital)
                self.gross = self.fees = self.shortfalls = Fraction(0)
            case OrderPlaced():
                self.waiting[fact.order] = fact
            case OrderCancelled() | OrderExpired():
                self.waiting.pop(fact.order)
            case TradeOpened():
                self._open(fact)
            case ExitRequested():
                if fact.price is not None:
                    self.asked[fact.trade] = fact.price
            case StopMoved():
                self.trades[fact.trade].stop = fact.stop
            case TradeFrozen():
                self.trades[fact.trade].frozen = True
            case TradeThawed():
                self.trades[fact.trade].frozen = False
            case TradeReduced() | TradeClosed():
                self._leave(fact, step)
            case OrderFilled() | OrderPartlyFilled() | StopHit() | TargetHit():
                self._fill(fact)

    def _open(self, fact: TradeOpened) -> None:
        self.trades[fact.trade] = OpenTrade(fact, Fraction(fact.quantity), fact.stop)
        self.trades[fact.trade].slippage = Fraction(fact.slippage)
        self.cash -= Fraction(fact.quantity) * Fraction(fact.entry_price) + Fraction(fact.fee)
        self.fees += Fraction(fact.fee)

    def _fill(self, fact: Fill) -> None:
        if isinstance(fact, OrderFilled):
            self.waiting.pop(fact.order)
            if fact.purpose == "enter":
                return
        part = Part(Fraction(fact.quantity), Fraction(fact.price), Fraction(fact.fee))
        if not isinstance(fact, TargetHit):
            self.trades[fact.trade].slippage += Fraction(fact.slippage)
        if part.quantity:
            assert fact.trade not in self.leaving
            self.leaving[fact.trade] = part

    def _leave(self, fact: TradeReduced | TradeClosed, step: Step) -> None:
        trade = self.trades[fact.trade]
        part = self.leaving.pop(fact.trade, None) or self._ended_outside(fact, trade, step)
        trade.parts.append(part)
        trade.left -= part.quantity
        back = part.quantity * (trade.entry + trade.gain(part.price)) - part.fee
        assert Fraction(fact.shortfall) == max(Fraction(0), -back)
        self.cash += back
        self.fees += part.fee
        self.gross += part.quantity * trade.gain(part.price)
        self.shortfalls += Fraction(fact.shortfall)
        if isinstance(fact, TradeClosed):
            self.closed = self.trades.pop(fact.trade)

    def _ended_outside(
        self, fact: TradeReduced | TradeClosed, trade: OpenTrade, step: Step
    ) -> Part:
        """What ended a trade without a market: the operator's price, or a new beginning."""
        assert isinstance(fact, TradeClosed)
        assert isinstance(step, Told)
        if fact.exit_reason == "delisted":
            return Part(trade.left, Fraction(self.asked.pop(fact.trade)), Fraction(0))
        assert fact.exit_reason == "reset"
        price = Fraction(_last(step.moment, fact.pair) or fact.entry_price)
        return Part(trade.left, price, _fee(trade.left, price, self.rules[fact.pair].taker))


def _last(period: Period, pair: str) -> Decimal | None:
    """The newest close that is known."""
    assert isinstance(period.history, Tape)
    known = period.history.candles[pair]
    return max(known, key=lambda candle: candle.open_time).close if known else None


def _fee(quantity: Fraction, price: Fraction, rate: Decimal) -> Fraction:
    """Rounded up to eight decimals."""
    return Fraction(ceil(quantity * price * Fraction(rate) * 10**8), 10**8)


def told(life: Life) -> Iterator[tuple[Ledger, AccountFact, Step]]:
    """Fact after fact, with the books after it."""
    ledger = Ledger(life.rules)
    for step, fact in life.told():
        ledger.take(fact, step)
        yield ledger, fact, step


@always
def test_cash_and_open_trades_are_deposits_and_gross_profit_less_fees_exactly(life: Life) -> None:
    for ledger, fact, _ in told(life):
        if isinstance(fact, AccountReset):
            assert not ledger.trades
            assert not ledger.waiting
        elif isinstance(fact, Settled):
            assert Fraction(fact.cash) == ledger.cash
            assert ledger.cash + ledger.at_cost == ledger.deposits + ledger.gross - ledger.fees


@always
def test_cash_is_negative_by_no_more_than_the_recorded_shortfalls(life: Life) -> None:
    for ledger, fact, _ in told(life):
        assert ledger.cash + ledger.shortfalls >= 0
        if isinstance(fact, CashAdjusted) and fact.amount < 0:
            assert ledger.cash >= ledger.reserved


@always
def test_a_reset_leaves_nothing_of_what_was(life: Life) -> None:
    account = Account("main")
    for fact in life.facts:
        fold(account, [fact])
        if isinstance(fact, AccountReset):
            left = (account.trades, account.orders, account.locks, account.halts, account.closed)
            assert not any(left)
            assert account.cash == account.capital == fact.capital


@always
def test_a_closed_trade_s_numbers_add_up(life: Life) -> None:
    for ledger, fact, _ in told(life):
        if isinstance(fact, TradeClosed):
            trade = ledger.closed
            assert trade is not None
            assert trade.left == 0
            assert trade.fact.trade == fact.trade
            _assert_sums(trade, fact)
            _assert_risk(trade, fact)


def _assert_sums(trade: OpenTrade, fact: TradeClosed) -> None:
    opened = trade.fact
    assert (fact.strategy, fact.side) == (opened.strategy, opened.side)
    assert (fact.quantity, fact.entry_price) == (opened.quantity, opened.entry_price)
    assert Fraction(fact.part or 0) == trade.parts[-1].quantity
    assert Fraction(fact.part_price or 0) == trade.parts[-1].price
    assert sum(part.quantity for part in trade.parts) == Fraction(fact.quantity)
    assert Fraction(fact.fees) == trade.fees
    assert Fraction(fact.profit) == trade.gross - trade.fees
    assert Fraction(fact.slippage) == trade.slippage
    value = sum((part.quantity * part.price for part in trade.parts), Fraction(0))
    assert _is_near(fact.exit_price, value / Fraction(fact.quantity))
    if len(trade.parts) == 1:
        assert Fraction(fact.exit_price) == trade.parts[0].price


def _assert_risk(trade: OpenTrade, fact: TradeClosed) -> None:
    """Risk by the first stop, its multiple, and the time that the trade took."""
    first = trade.fact.stop
    if first is None or first == fact.entry_price:
        assert (fact.risk, fact.r_multiple) == (None, None)
    else:
        assert fact.risk is not None
        assert fact.r_multiple is not None
        assert Fraction(fact.risk) == abs(trade.entry - Fraction(first)) * Fraction(fact.quantity)
        assert _is_near(fact.r_multiple, Fraction(fact.profit) / Fraction(fact.risk))
    assert fact.entered_at == trade.fact.at
    assert fact.duration == (fact.at - fact.entered_at).total_seconds() >= 0


def _is_near(number: Decimal, exact: Fraction) -> bool:
    """Whether a number is this one to twelve digits."""
    return abs(Fraction(number) - exact) <= abs(exact) / 10**11


@always
def test_fees_are_the_market_s_taker_s_for_exits_and_stops_and_maker_s_for_targets(
    life: Life,
) -> None:
    for _, fact, _ in told(life):
        if isinstance(fact, Fill):
            rules = life.rules[fact.pair]
            worth = Fraction(fact.quantity), Fraction(fact.price)
            allowed = {_fee(*worth, rules.taker)}
            if isinstance(fact, TargetHit):
                allowed = {_fee(*worth, rules.maker)}
            elif isinstance(fact, OrderFilled) and fact.purpose == "enter":
                allowed.add(_fee(*worth, rules.maker))
            assert Fraction(fact.fee) in allowed


@always
def test_every_order_ends_once_or_still_waits(life: Life) -> None:
    placed: set[int] = set()
    ended: set[int] = set()
    for fact in life.facts:
        match fact:
            case OrderPlaced():
                assert fact.order not in placed
                placed.add(fact.order)
            case OrderFilled() | OrderCancelled() | OrderExpired():
                assert fact.order in placed - ended
                ended.add(fact.order)
            case OrderPartlyFilled():
                assert fact.order in placed - ended
                assert fact.left > 0
    assert set(life.account.orders) == placed - ended
    leaving = {order.trade for order in life.account.orders.values() if order.purpose == "exit"}
    assert leaving <= set(life.account.trades)


@always
def test_no_trade_opens_or_closes_twice_and_none_goes_on_after_its_end(life: Life) -> None:
    opened: set[int] = set()
    closed: set[int] = set()
    for fact in life.facts:
        if isinstance(fact, TradeFact):
            assert fact.trade not in closed
        match fact:
            case TradeOpened():
                assert fact.trade not in opened
                opened.add(fact.trade)
            case TradeClosed():
                assert fact.trade in opened
                closed.add(fact.trade)
    assert set(life.account.trades) == opened - closed


@always
def test_every_signal_is_answered_once(life: Life) -> None:
    for chapter in life.chapters:
        asked = [_question(fact) for fact in chapter if isinstance(fact, SignalRaised)]
        answers = [
            _question(fact)
            for fact in chapter
            if isinstance(fact, SignalDeclined)
            or (isinstance(fact, OrderPlaced) and fact.reason == "signal")
        ]
        assert asked == answers
        assert len(set(asked)) == len(asked)


def _question(fact: SignalRaised | OrderPlaced | SignalDeclined) -> tuple[datetime, int, str]:
    return fact.at, fact.trade, fact.purpose


@always
def test_no_more_trades_are_open_or_waited_for_than_allowed(life: Life) -> None:
    before = 0
    for ledger, fact, _ in told(life):
        if isinstance(fact, OrderFilled) and fact.purpose == "enter":
            continue  # its trade opens with the next fact
        now = len({*ledger.trades, *(order.trade for order in ledger.entries)})
        assert now <= max(ledger.most, before)
        if isinstance(fact, OrderPlaced) and fact.purpose == "enter":
            assert now <= ledger.most
        before = now


@always
def test_one_trade_at_a_time_lives_in_a_market(life: Life) -> None:
    for ledger, _, _ in told(life):
        busy = {trade.fact.trade: trade.fact.pair for trade in ledger.trades.values()}
        busy |= {order.trade: order.pair for order in ledger.waiting.values()}
        assert max(Counter(busy.values()).values(), default=1) == 1
        exits = Counter(order.trade for order in ledger.waiting.values())
        assert max(exits.values(), default=1) == 1


@always
def test_an_order_is_placed_within_reserve_and_exposure(life: Life) -> None:
    for ledger, fact, step in told(life):
        if isinstance(fact, OrderPlaced) and fact.purpose == "enter":
            assert isinstance(step, Closed)
            terms, equity = ledger.terms, ledger.equity(step.period)
            rate = Fraction(life.rules[fact.pair].taker)
            price = Fraction(fact.limit or fact.trigger or _close(fact, step))
            assert _cost(fact) == Fraction(fact.quantity) * price
            assert Fraction(fact.reserved) == _cost(fact) * (1 + rate)
            assert ledger.cash - ledger.reserved >= Fraction(terms.reserve) * equity
            of_market = _exposure(ledger, fact.pair)
            _assert_within(of_market, terms.max_market_exposure, equity)
            _assert_within(of_market, terms.max_base_exposure, equity)
            _assert_within(_exposure(ledger), terms.max_exposure, equity)


def _close(fact: OrderPlaced, step: Closed) -> Decimal:
    return next(each.close for each in step.period.opinions if each.pair == fact.pair)


def _exposure(ledger: Ledger, pair: str | None = None) -> Fraction:
    """Open trades and waiting entries at cost, in a market or in all."""
    trades = (trade.cost for trade in ledger.trades.values() if pair in {None, trade.fact.pair})
    orders = (_cost(order) for order in ledger.entries if pair in {None, order.pair})
    return sum(trades, Fraction(0)) + sum(orders, Fraction(0))


def _cost(order: OrderPlaced) -> Fraction:
    assert order.notional is not None
    return Fraction(order.notional)


def _assert_within(has: Fraction, share: Decimal | None, equity: Fraction) -> None:
    assert share is None or has <= Fraction(share) * equity


@always
def test_quantities_are_of_the_lot_and_placed_prices_of_the_tick(life: Life) -> None:
    for fact in life.facts:
        if isinstance(fact, TradeFact):
            rules = life.rules[fact.pair]
            if not isinstance(fact, SignalRaised | SignalDeclined):
                for name in ("quantity", "left", "part"):
                    assert _fits(getattr(fact, name, None), rules.lot)
            if isinstance(fact, OrderPlaced | TradeOpened | StopMoved):
                for name in ("limit", "trigger", "stop", "target"):
                    assert _fits(getattr(fact, name, None), rules.tick)


def _fits(number: Decimal | None, step: Decimal) -> bool:
    return number is None or (Fraction(number) / Fraction(step)).denominator == 1


@always
def test_prices_are_rounded_by_less_than_a_tick_and_never_in_the_trader_s_favour(
    life: Life,
) -> None:
    asked = {fact.trade: fact for fact in life.facts if _is_wish(fact)}
    for fact in life.facts:
        if isinstance(fact, OrderPlaced) and fact.purpose == "enter":
            signal, tick = asked[fact.trade], life.rules[fact.pair].tick
            up = 1 if fact.side == "long" else -1
            for name, direction in (("limit", -1), ("stop", -1), ("trigger", 1), ("target", 1)):
                said, placed = getattr(signal, name), getattr(fact, name)
                assert (said is None) == (placed is None)
                assert said is None or 0 <= (placed - said) * up * direction < tick


def _is_wish(fact: AccountFact) -> TypeGuard[SignalRaised]:
    return isinstance(fact, SignalRaised) and fact.purpose == "enter"


@always
def test_a_trade_begins_with_the_stop_and_the_target_of_its_plan(life: Life) -> None:
    entries = {order.trade: order for order in _orders(life).values() if order.purpose == "enter"}
    for fact in life.facts:
        if isinstance(fact, TradeOpened):
            order, tick = entries[fact.trade], Fraction(life.rules[fact.pair].tick)
            up = 1 if fact.side == "long" else -1
            assert fact.exits == order.exits
            stops = [
                _rounded(_level(fact, order.stop, "stop", -up), tick, -up),
                _rounded(_level(fact, None, "trail", -up), tick, -up),
            ]
            target = _rounded(_level(fact, order.target, "target", up), tick, up)
            assert Fraction(fact.stop or 0) == max(stops, key=lambda price: price * up or -inf)
            assert Fraction(fact.target or 0) == target


def _level(fact: TradeOpened, fixed: Decimal | None, name: str, direction: int) -> Fraction:
    """A fixed price, or one at a distance or rate from the fill; zero is none."""
    distance, rate = (getattr(fact.exits, f"{name}_{each}") for each in ("distance", "rate"))
    entry = Fraction(fact.entry_price)
    if fixed is not None:
        return Fraction(fixed)
    if distance is not None:
        return entry + direction * Fraction(distance)
    return Fraction(0) if rate is None else entry * (1 + direction * Fraction(rate))


def _rounded(price: Fraction, tick: Fraction, direction: int) -> Fraction:
    return max(direction * ceil(direction * price / tick) * tick, Fraction(0))


@always
def test_no_fill_lies_outside_its_candle_but_for_the_slippage_of_what_gapped(life: Life) -> None:
    orders = _orders(life)
    for ledger, fact, step in told(life):
        if isinstance(fact, Fill):
            order = _order_of(fact, orders)
            assert any(
                _is_within(fact, order, candle, ledger.terms, life.rules[fact.pair])
                for candle in _candles_of(fact, step)
            )


def _orders(life: Life) -> dict[int, OrderPlaced]:
    return {fact.order: fact for fact in life.facts if isinstance(fact, OrderPlaced)}


def _order_of(fact: Fill, orders: dict[int, OrderPlaced]) -> OrderPlaced | None:
    return orders[fact.order] if isinstance(fact, OrderFilled | OrderPartlyFilled) else None


def _candles_of(fact: Fill, step: Step) -> Iterator[Candle]:
    """The candles of a step in which the fill may be, by its time."""
    assert isinstance(step, Closed)
    came = step.period.candles.get(fact.pair)
    for candle in [came, *(late for pair, late in step.period.late if pair == fact.pair)]:
        if candle is not None and fact.at in _ends(candle, step.period):
            yield candle


def _ends(candle: Candle, period: Period) -> tuple[datetime, datetime]:
    opened = from_ms(candle.open_time)
    return opened, opened + timedelta(milliseconds=timeframe(period.timeframe).ms)


def _is_within(
    fact: Fill, order: OrderPlaced | None, candle: Candle, terms: Terms, rules: MarketRules
) -> bool:
    if candle.low <= fact.price <= candle.high:
        return True
    gap = candle.open - fact.price if _sells(fact) else fact.price - candle.open
    slips = candle.open * terms.fills.slippage_points / 10_000
    slips += (candle.high - candle.low) * terms.fills.slippage_range
    has_gapped = fact.at == from_ms(candle.open_time) and _was_passed(fact, order, candle)
    return has_gapped and 0 <= gap <= slips + rules.tick


def _sells(fact: Fill) -> bool:
    return _leaves(fact) == (fact.side == "long")


def _was_passed(fact: Fill, order: OrderPlaced | None, candle: Candle) -> bool:
    """Whether the candle opened beyond the stop, or the trigger of a stop order."""
    level = fact.stop if isinstance(fact, StopHit) else order.trigger if order else None
    if level is None or (order is not None and order.type != "stop"):
        return False
    return candle.open <= level if _sells(fact) else candle.open >= level


@always
def test_a_fill_takes_no_more_than_its_share_of_the_volume(life: Life) -> None:
    for ledger, fact, step in told(life):
        share = ledger.terms.fills.volume_share
        if isinstance(fact, Fill) and share is not None and not _is_backing(fact):
            most = max(candle.volume for candle in _candles_of(fact, step))
            assert fact.quantity <= most * share


@always
def test_a_trade_takes_a_candle_s_share_of_volume_but_once(life: Life) -> None:
    taken: dict[tuple[int, int], Decimal] = {}
    for ledger, fact, step in told(life):
        share = ledger.terms.fills.volume_share
        if isinstance(fact, Fill) and _leaves(fact) and share is not None:
            candles = list(_candles_of(fact, step))
            if _is_backing(fact) or len({candle.open_time for candle in candles}) > 1:
                continue
            which = fact.trade, candles[0].open_time
            taken[which] = taken.get(which, ZERO) + fact.quantity
            assert taken[which] <= candles[0].volume * share


def _is_late(fact: TradeFact, step: Step) -> bool:
    """Whether a late candle may have led to the fact."""
    return isinstance(step, Closed) and fact.pair in {pair for pair, _ in step.period.late}


def _leaves(fact: Fill) -> bool:
    return not (isinstance(fact, OrderFilled) and fact.purpose == "enter")


@always
def test_stop_and_target_are_not_judged_while_the_rest_of_a_trade_waits(life: Life) -> None:
    in_parts: set[int] = set()
    for ledger, fact, _ in told(life):
        if isinstance(fact, TradeReduced):
            in_parts.add(fact.trade)
        if isinstance(fact, StopHit | TargetHit):
            rests = {order.trade for order in ledger.waiting.values()} & in_parts
            assert fact.trade not in rests


@always
def test_a_trade_is_left_part_by_part_as_time_goes(life: Life) -> None:
    last: dict[int, datetime] = {}
    for _, fact, _ in told(life):
        if isinstance(fact, TradeOpened | TradeReduced | TradeClosed):
            assert fact.at >= last.get(fact.trade, fact.at)
            last[fact.trade] = fact.at


@always
def test_a_frozen_trade_is_ended_by_the_operator_only_or_a_candle_from_before(life: Life) -> None:
    for ledger, fact, step in told(life):
        if isinstance(fact, Fill) and _leaves(fact) and ledger.trades[fact.trade].frozen:
            assert _is_late(fact, step)


def _is_backing(fact: AccountFact) -> bool:
    return isinstance(fact, StopHit) and fact.kind == "backing"


@always
def test_an_order_fills_in_its_time_and_no_worse_than_it_allows(life: Life) -> None:
    orders = _orders(life)
    for _, fact, step in told(life):
        if isinstance(fact, OrderFilled | OrderPartlyFilled):
            order = orders[fact.order]
            assert any(_is_in_time(order, candle, step) for candle in _candles_of(fact, step))
            sign = -1 if _sells(fact) else 1
            assert order.limit is None or sign * fact.price <= sign * order.limit
            if order.type == "stop":
                assert order.trigger is not None
                assert sign * fact.price >= sign * order.trigger
            assert fact.quantity <= order.quantity
            if order.time_in_force == "fok":
                assert fact.quantity == order.quantity


def _is_in_time(order: OrderPlaced, candle: Candle, step: Step) -> bool:
    assert isinstance(step, Closed)
    assert order.seen_at is not None
    opened, closed = _ends(candle, step.period)
    if order.purpose == "exit":
        return opened >= order.at
    assert order.valid_until is not None
    return order.at <= opened < order.valid_until and closed > order.seen_at


@always
def test_stops_are_prices_and_move_in_the_trade_s_favour_only(life: Life) -> None:
    stops: dict[int, Decimal | None] = {}
    sides: dict[int, Side] = {}
    for ledger, fact, _ in told(life):
        if isinstance(fact, TradeOpened):
            assert fact.stop is None or fact.stop > 0
            stops[fact.trade], sides[fact.trade] = fact.stop, fact.side
        elif isinstance(fact, StopMoved):
            before = stops[fact.trade]
            is_long = sides[fact.trade] == "long"
            assert before is None or (fact.stop > before if is_long else fact.stop < before)
            assert fact.trade not in {order.trade for order in ledger.waiting.values()}
            stops[fact.trade] = fact.stop


@always
def test_best_and_worst_hold_entry_and_exit_between_them(life: Life) -> None:
    for ledger, fact, _ in told(life):
        if isinstance(fact, TradeClosed):
            low, high = sorted((fact.best, fact.worst))
            assert low <= fact.entry_price <= high
            assert ledger.closed is not None
            assert all(low <= part.price <= high for part in ledger.closed.parts)
            assert low <= fact.exit_price <= high
            assert (fact.best >= fact.worst) == (fact.side == "long" or low == high)


@always
def test_a_short_is_closed_where_its_backing_ends_without_slippage_or_at_a_gap_s_open(
    life: Life,
) -> None:
    entries: dict[int, Decimal] = {}
    for _, fact, step in told(life):
        if isinstance(fact, TradeOpened):
            entries[fact.trade] = fact.entry_price
        if isinstance(fact, StopHit) and fact.side == "short":
            assert fact.stop <= 2 * entries[fact.trade]
        if _is_backing(fact):
            assert isinstance(fact, StopHit)
            backing = 2 * entries[fact.trade]
            opens = {candle.open for candle in _candles_of(fact, step)}
            assert fact.stop == backing
            assert fact.slippage == 0
            assert fact.price == backing or (fact.price > backing and fact.price in opens)


@always
def test_nothing_is_entered_that_operator_guard_or_exchange_forbid(life: Life) -> None:
    paused, stops = False, set[tuple[str | None, Side | None]]()
    for _, fact, step in told(life):
        match fact:
            case AccountPaused() | AccountResumed():
                paused = isinstance(fact, AccountPaused)
            case AccountReset():
                stops.clear()
            case MarketLocked():
                stops.add((fact.pair, fact.side))
            case TradingHalted():
                stops.add((None, fact.side))
            case MarketUnlocked():
                stops.discard((fact.pair, fact.side))
            case TradingResumed():
                stops.discard((None, fact.side))
            case OrderPlaced(purpose="enter"):
                assert isinstance(step, Closed)
                assert not paused
                assert fact.pair not in step.period.delisted
                both: tuple[Side | None, ...] = (None, fact.side)
                assert stops.isdisjoint((pair, side) for pair in (None, fact.pair) for side in both)


@always
def test_history_folds_to_the_state_that_decisions_left(life: Life) -> None:
    assert fold(Account("main"), life.facts) == life.account


@always
def test_a_snapshot_of_the_state_is_read_back_equal(life: Life) -> None:
    assert _reloaded(life.account) == life.account


def _reloaded(account: Account) -> Account:
    return msgspec.json.decode(msgspec.json.encode(account), type=Account)


@always
def test_every_fact_is_read_back_from_the_tape_and_written_the_same_again(life: Life) -> None:
    for fact in life.facts:
        state = encode(fact)
        again = decode(fact.topic, state)
        assert again == fact
        assert encode(again) == state
        plain = json.loads(state)
        assert state == json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


@always
def test_the_same_life_has_the_same_facts(life: Life) -> None:
    account = Account("main")
    for step, chapter in zip(life.steps, life.chapters, strict=True):
        assert _written(take(account, step)) == _written(chapter)
    assert account == life.account


@always
def test_an_account_goes_on_the_same_when_it_is_loaded_again_at_any_time(life: Life) -> None:
    """From a snapshot, or from its facts as they are on the tape."""
    of_facts = Account("main")
    for step, chapter in zip(life.steps, life.chapters, strict=True):
        of_snapshot = _reloaded(of_facts)
        assert of_snapshot == of_facts
        assert _written(take(of_snapshot, step)) == _written(chapter)
        written = [decode(fact.topic, encode(fact)) for fact in chapter]
        fold(of_facts, (fact for fact in written if isinstance(fact, AccountFact)))
        assert of_snapshot == of_facts
    assert of_facts == life.account


def _written(facts: list[AccountFact]) -> list[tuple[str, bytes]]:
    return [(fact.topic, encode(fact)) for fact in facts]


@pytest.mark.parametrize("part", range(-(-LIVES // AT_ONCE)))
@settings(usual, max_examples=min(LIVES, AT_ONCE))
@given(life=lives())
def test_all_of_this_holds_in_many_lives(life: Life, part: int) -> None:
    for claim in CLAIMS:
        claim(life)
