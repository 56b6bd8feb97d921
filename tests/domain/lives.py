"""Random lives of an account: all that candles, strategies, rules and an operator may do to it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import prod
from typing import Any, NamedTuple, TypeVar, cast

from hypothesis import strategies as some
from hypothesis.strategies import SearchStrategy

from domain.account.commands import (
    AdjustCash,
    AnyCommand,
    CancelOrder,
    CommandRefused,
    ExitTrade,
    LockMarket,
    Pause,
    ResetAccount,
    Resume,
    SettleTrade,
    UnlockMarket,
    perform,
)
from domain.account.decide import decide
from domain.account.evolve import fold
from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    StrategyDeployed,
    StrategyWithdrawn,
)
from domain.account.period import Opinion, Period
from domain.account.state import Account
from domain.account.terms import ExitPlan, FillModel, Guard, Side, Sizing, Terms
from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import timeframe
from domain.times import to_ms
from tests.scenario import BTC, DAY, ETH, XRP, D, Tape, rules

Made = TypeVar("Made")
PAIRS = (BTC, ETH, XRP)
STRATEGIES = ("cross", "drift")
WHO = ("operator", "test")
TIDE = 6
GRAIN = D("0.01")
"""What all prices of candles are multiples of; some ticks are coarser."""


class Market(NamedTuple):
    """A market: its rules, its first price, and how many thousandths it drifts with the tide."""

    rules: MarketRules
    start: Decimal
    drift: int


class Shape(NamedTuple):
    """A candle to be: thousandths from the last close, volume, and how it reaches the account."""

    gap: int
    up: int
    down: int
    part: int
    volume: Decimal
    comes: str


class Wish(NamedTuple):
    """What a strategy would do; `away` and `between` are thousandths of the close."""

    strategy: str
    pair: str
    enter: Side | None
    exit: Side | None
    kind: str
    away: int
    between: int
    stop: int | None
    target: int | None
    exits: ExitPlan
    trail: int | None
    strength: Decimal | None
    volatility: Decimal | None
    valid_for: int | None


class Order(NamedTuple):
    """What the operator says, and of which of the trades, orders or markets that there are."""

    command: str
    which: int


class Moment(NamedTuple):
    """One execution period: `toggles` lists a market anew or not any more, `delay` in minutes."""

    shapes: tuple[Shape, Shape, Shape]
    wishes: list[Wish]
    orders: tuple[Order, ...]
    change: str
    toggles: str | None
    delay: int


class Rulebook(NamedTuple):
    """How an account trades."""

    terms: Terms
    stake: Decimal
    most: int


class Beginning(NamedTuple):
    """What is fixed for a life; the account changes to the second of the rulebooks when told."""

    capital: Decimal
    frame: str
    frames: tuple[str, str]
    hour: int
    markets: tuple[Market, Market, Market]
    rulebooks: tuple[Rulebook, Rulebook]


class Planned(NamedTuple):
    """The configuration led to facts."""

    facts: list[AccountFact]


class Closed(NamedTuple):
    """A period closed."""

    period: Period


class Told(NamedTuple):
    """The operator gave a command when `moment` was handled."""

    command: AnyCommand
    moment: Period


Step = Planned | Closed | Told


def take(account: Account, step: Step) -> list[AccountFact]:
    """The facts that a step leads to; the account is moved along."""
    match step:
        case Planned(facts):
            fold(account, facts)
            return facts
        case Closed(period):
            return decide(account, period)
        case Told(command, moment):
            try:
                return perform(account, command, moment, 1)
            except CommandRefused:
                return []


class Life:
    """An account's life: step by step what happened outside, and the facts that it led to."""

    def __init__(self, beginning: Beginning) -> None:
        self.beginning = beginning
        self.account = Account("main")
        self.steps: list[Step] = []
        self.chapters: list[list[AccountFact]] = []

    @property
    def rules(self) -> dict[str, MarketRules]:
        return {market.rules.pair: market.rules for market in self.beginning.markets}

    @property
    def facts(self) -> list[AccountFact]:
        return [fact for chapter in self.chapters for fact in chapter]

    def told(self) -> Iterator[tuple[Step, AccountFact]]:
        """Every fact with the step that led to it."""
        for step, chapter in zip(self.steps, self.chapters, strict=True):
            for fact in chapter:
                yield step, fact

    def go(self, step: Step) -> None:
        self.steps.append(step)
        self.chapters.append(take(self.account, step))

    def __repr__(self) -> str:
        """What a failing test prints."""
        lines = [f"{self.beginning}"]
        for step, chapter in zip(self.steps, self.chapters, strict=True):
            lines += [f"{step}", *(f"    {fact}" for fact in chapter)]
        return "\n".join(lines)


def usually(usual: Any, *others: Any, odds: int = 1) -> list[Any]:
    """Choices: the usual value half of the time, or `odds` to one, and else one of the others."""
    return [usual] * (len(others) * odds) + list(others)


def each(make: Callable[..., Made], **choices: Sequence[Any]) -> SearchStrategy[Made]:
    """Make something of one choice each, the first ones where a test fails with them too.

    All are drawn as one number: a life has hundreds of them.
    """

    def made(number: int) -> Made:
        chosen = {}
        for name, options in choices.items():
            number, which = divmod(number, len(options))
            chosen[name] = options[which]
        return make(**chosen)

    return some.integers(0, prod(map(len, choices.values())) - 1).map(made)


def amounts(*texts: str) -> list[Decimal]:
    return [D(text) for text in texts]


YES_OR_NO = [False, True]


def _plan(**parts: dict[str, Any]) -> ExitPlan:
    return ExitPlan(**{name: value for part in parts.values() for name, value in part.items()})


def _levels(name: str) -> list[dict[str, Any]]:
    """A level that is absent, a distance, or a rate."""
    distances = [{f"{name}_distance": distance} for distance in amounts("0.07", "1", "4")]
    return usually({}, *distances, *({f"{name}_rate": rate} for rate in amounts("0.004", "0.03")))


PLANS = some.one_of(
    some.just(ExitPlan()),
    each(
        _plan,
        stop=_levels("stop"),
        target=_levels("target"),
        trail=_levels("trail"),
        break_even=_levels("break_even"),
        time=usually({}, {"time_stop": 1}, {"time_stop": 3}, odds=2),
    ),
)

FILLS = each(
    FillModel,
    slippage_points=usually(D(0), D(5), D(70)),
    slippage_range=usually(D(0), D("0.1"), D("0.9")),
    limit_touch=YES_OR_NO,
    volume_share=[None, D("0.1"), D("0.02"), D(1)],
)

GUARDS = some.one_of(
    each(
        Guard,
        kind=["stop_streak"],
        lookback_period=[120, 600],
        stop_duration=[60, 90, 300],
        trade_limit=[1, 2, 3],
        required_profit=usually(D(0), D("0.01"), D("-0.01")),
        only_per_pair=YES_OR_NO,
        only_per_side=YES_OR_NO,
    ),
    each(
        Guard,
        kind=["low_profit"],
        lookback_period=[120, 600],
        stop_duration=[60, 300],
        trade_limit=[1, 2],
        required_profit=usually(D(0), D("0.02"), D("-0.02")),
        only_per_side=YES_OR_NO,
    ),
    each(Guard, kind=["cool_down"], stop_duration=[30, 60, 180]),
    each(
        Guard,
        kind=["max_drawdown"],
        lookback_period=[120, 600],
        stop_duration=[60, 300],
        max_allowed_drawdown=amounts("0.001", "0.02", "0.1"),
    ),
    each(Guard, kind=["daily_loss"], max_daily_loss=amounts("0.001", "0.02", "0.1")),
)

STAKES = {
    "quote": amounts("333.33", "90", "998", "20"),
    "quantity": amounts("3", "0.5", "9.99", "3"),
    "equity": amounts("0.3", "0.05", "1", "0.3"),
    "risk": amounts("0.01", "0.002", "0.2", "0.01"),
    "volatility": amounts("0.01", "0.001", "0.01", "0.001"),
}
SHARES = usually(None, *amounts("1.5", "0.9", "0.3", "0.05"), odds=2)


def _rulebook(
    usual: dict[str, Any], limits: dict[str, Any], size: tuple[str, int, int], fills: FillModel,
    exits: ExitPlan, guards: list[Guard],
) -> Rulebook:  # fmt: skip
    sizing, stake, most = size
    terms = Terms(
        **usual, **limits, sizing=cast("Sizing", sizing), fills=fills, exits=exits,
        guards=tuple(guards),
    )  # fmt: skip
    return Rulebook(terms, STAKES[sizing][stake], most)


RULEBOOKS = some.builds(
    _rulebook,
    each(
        dict,
        shorts=usually(True, False, odds=5),
        valid_for=usually(1, 2, 4),
        time_in_force=usually("gtd", "ioc", "fok"),
        prefer=["name", "strength"],
        when_withdrawn=["keep", "exit"],
    ),
    each(
        dict,
        reserve=usually(D(0), D("0.1"), D("0.5"), odds=2),
        max_market_exposure=SHARES,
        max_base_exposure=SHARES,
        max_exposure=SHARES,
    ),
    each(lambda **size: tuple(size.values()), sizing=[*STAKES], stake=range(4), most=[1, 2, 3]),
    FILLS,
    PLANS,
    some.one_of(some.just([]), some.lists(GUARDS, max_size=3)),
)


def _market(pair: str, start: Decimal, drift: int, **numbers: Decimal) -> Market:
    return Market(rules(pair, **numbers), start, drift)


def _markets(pair: str) -> SearchStrategy[Market]:
    return each(
        _market,
        pair=[pair],
        start=usually(D(100), D(2), D("31.7"), odds=2),
        drift=[0, 0, 0, 40, 150, 400, 900],
        tick=usually(*amounts("0.01", "0.05", "0.5")),
        lot=usually(*amounts("0.00001", "0.1", "0.03", "1")),
        min_quantity=usually(*amounts("0", "0.5"), odds=3),
        min_notional=usually(*amounts("5", "0", "100"), odds=2),
        maker=usually(*amounts("0.001", "0", "0.0333333")),
        taker=usually(*amounts("0.002", "0", "0.00075", "0.0333333")),
    )


def _own(capital: Decimal, frames: tuple[str, tuple[str, str]], hour: int) -> dict[str, Any]:
    return {"capital": capital, "frame": frames[0], "frames": frames[1], "hour": hour}


BEGINNINGS = some.builds(
    lambda usual, markets, rulebooks: Beginning(**usual, markets=markets, rulebooks=rulebooks),
    each(
        _own,
        capital=usually(*amounts("1000", "2000.01", "333.3333", "100000")),
        frames=[
            ("1h", ("1h", "1h")),
            ("30m", ("1h", "30m")),
            ("30m", ("1h", "1h")),
            ("30m", ("2h", "30m")),
        ],
        hour=[0, 20, 22],
    ),
    some.tuples(*map(_markets, PAIRS)),
    some.tuples(RULEBOOKS, RULEBOOKS),
)

SHAPES = each(
    Shape,
    gap=usually(0, 2, 9, 60, -2, -9, -60, odds=2),
    up=usually(2, 0, 5, 11, 60, odds=2),
    down=usually(2, 0, 5, 11, 60, odds=2),
    part=[50, 0, 10, 85, 100],
    volume=amounts("1000", "60", "9", "0.4"),
    comes=usually("in time", "quiet", "missing", "late", "very late", "revised", odds=3),
)
WISHES = some.builds(
    lambda what, how, exits: Wish(**what, **how, exits=exits),
    each(
        dict,
        strategy=STRATEGIES,
        pair=PAIRS,
        enter=["long", "short", "long", "short", None],
        exit=[None, "long", "short"],
        kind=usually("market", "limit", "stop", "stop_limit"),
        away=[3, 0, 15, 3, 0, 15, 3, 0, 15, -3, -15, 2_000],
        between=usually(5, 0, -5, -20),
    ),
    each(
        dict,
        stop=[*[None, None, 50, 12, 3] * 5, -5, 1_500],
        target=[*[None, None, 50, 12, 3] * 5, -5],
        trail=usually(None, 4, 30, odds=3),
        strength=usually(None, D(1), D("2.5")),
        volatility=usually(D("0.01"), D("0.2"), D(0), None, odds=2),
        valid_for=usually(None, 1, 3),
    ),
    PLANS,
)
COMMANDS = ("exit", "cancel", "settle", "pause", "resume", "lock", "unlock", "adjust", "reset")
ORDERS = each(Order, command=COMMANDS, which=range(4))
MOMENTS = some.builds(
    lambda rare, shapes, wishes, orders: Moment(shapes, wishes, orders[: rare.pop("most")], **rare),
    each(
        dict,
        most=usually(0, 1, 2, odds=3),
        change=usually("none", "withdraw", "deploy", "deploy", "configure", odds=12),
        toggles=usually(None, *PAIRS, odds=9),
        delay=usually(0, 1, 29, 30, 59, 60, 200, odds=12),
    ),
    some.tuples(SHAPES, SHAPES, SHAPES),
    some.lists(WISHES, min_size=1, max_size=6),
    some.tuples(ORDERS, ORDERS),
)


@some.composite
def lives(draw: some.DrawFn) -> Life:
    """A life of some twenty periods."""
    world = _World(draw(BEGINNINGS))
    for _ in range(3):
        for moment in draw(some.lists(MOMENTS, min_size=1, max_size=12)):
            world.turn(moment)
    return world.life


Known = dict[str, dict[int, Candle]]
"""Candles that are known, by pair and open time."""


class _World:
    """Turns moments into steps: forms candles, and lets them reach the account or not."""

    def __init__(self, beginning: Beginning) -> None:
        self.life = Life(beginning)
        self._span = timedelta(milliseconds=timeframe(beginning.frame).ms)
        self._now = self._clock = DAY + timedelta(hours=beginning.hour)
        self._prices = {market.rules.pair: market.start for market in beginning.markets}
        self._formed: dict[str, list[Candle]] = {pair: [] for pair in PAIRS}
        self._known: dict[str, Known] = {
            frame: {pair: {} for pair in PAIRS} for frame in {beginning.frame, *beginning.frames}
        }
        self._to_come: list[tuple[int, str, Candle]] = []
        self._delisted: set[str] = set()
        self._number = 0
        self._is_second = False
        self.life.go(Planned(self._beginning()))

    def turn(self, moment: Moment) -> None:
        """Live through a moment."""
        self._number += 1
        self._now += self._span
        self._clock = max(self._clock, self._now + timedelta(minutes=moment.delay))
        self._toggle(moment.toggles)
        changed = self._changed(moment.change)
        if changed:
            self.life.go(Planned(changed))
        came = self._candles(moment)
        newest = self._period(self.life.beginning.frame, came, self._late(), moment.wishes)
        self.life.go(Closed(newest))
        for frame in sorted(set(self.life.beginning.frames) - {newest.timeframe}):
            if to_ms(self._now) % timeframe(frame).ms == 0:
                longer = self._merged(frame, came)
                self.life.go(Closed(self._period(frame, longer, [], moment.wishes)))
        if not newest.is_caught_up:
            self._obey(moment.orders, newest)

    def _beginning(self) -> list[AccountFact]:
        begin = self.life.beginning
        opened = AccountOpened(self._now, "main", "binance", "USDT", begin.capital, 1, *WHO)
        return [opened, self._configured(), *map(self._deployed, STRATEGIES)]

    def _configured(self) -> AccountConfigured:
        begin = self.life.beginning
        terms, stake, most = begin.rulebooks[self._is_second]
        pairs = list(PAIRS)
        return AccountConfigured(
            self._now, "main", begin.frame, stake, most, pairs, 1, *WHO, terms=terms
        )

    def _deployed(self, strategy: str) -> StrategyDeployed:
        frame, numbers = self._frame_of(strategy), {"fast": D(12)}
        return StrategyDeployed(self._now, "main", strategy, frame, numbers, "00" * 32, 1, *WHO)

    def _frame_of(self, strategy: str) -> str:
        return self.life.beginning.frames[STRATEGIES.index(strategy)]

    def _changed(self, change: str) -> list[AccountFact]:
        """A strategy goes or comes back, or the account gets its other rules."""
        has = self.life.account.strategies
        if change == "configure":
            self._is_second = not self._is_second
            return [self._configured()]
        if change == "withdraw" and "cross" in has:
            return [StrategyWithdrawn(self._now, "main", "cross", 1, *WHO)]
        if change == "deploy" and "cross" not in has:
            return [self._deployed("cross")]
        return []

    def _toggle(self, pair: str | None) -> None:
        if pair is not None:
            self._delisted ^= {pair}

    def _candles(self, moment: Moment) -> dict[str, Candle]:
        """Form the period's candles; those that come in time."""
        came = {}
        for market, shape in zip(self.life.beginning.markets, moment.shapes, strict=True):
            pair = market.rules.pair
            formed = self._form(market, shape)
            self._formed[pair].append(formed)
            if pair in self._delisted or shape.comes == "missing":
                continue
            if shape.comes in {"late", "very late"}:
                self._send_later(pair, formed, 1 if shape.comes == "late" else 3)
                continue
            came[pair] = formed
            self._learn(self.life.beginning.frame, pair, formed)
            if shape.comes == "revised":
                self._send_later(pair, _revised(formed), 1)
        return came

    def _form(self, market: Market, shape: Shape) -> Candle:
        pair, opened = market.rules.pair, to_ms(self._now - self._span)
        last = self._prices[pair]
        if shape.comes == "quiet":
            return Candle(opened, last, last, last, last, D(0))
        first = _moved(last, shape.gap + _tide(market.drift, self._number))
        high, low = _moved(first, shape.up), _moved(first, -shape.down)
        close = (low + (high - low) * shape.part / 100).quantize(GRAIN)
        self._prices[pair] = close
        return Candle(opened, first, high, low, close, shape.volume)

    def _send_later(self, pair: str, candle: Candle, periods: int) -> None:
        self._to_come.append((self._number + periods, pair, candle))

    def _late(self) -> list[tuple[str, Candle]]:
        """What comes now of earlier periods, oldest first."""
        due = [(pair, candle) for number, pair, candle in self._to_come if number <= self._number]
        self._to_come = [each for each in self._to_come if each[0] > self._number]
        for pair, candle in due:
            self._learn(self.life.beginning.frame, pair, candle)
        return sorted(due, key=lambda each: (each[1].open_time, each[0]))

    def _learn(self, frame: str, pair: str, candle: Candle) -> None:
        self._known[frame][pair][candle.open_time] = candle

    def _merged(self, frame: str, came: dict[str, Candle]) -> dict[str, Candle]:
        """Candles of a longer timeframe, for markets whose last candle came."""
        since = to_ms(self._now) - timeframe(frame).ms
        merged = {}
        for pair in came:
            parts = [each for each in self._formed[pair] if each.open_time >= since]
            high, low = max(each.high for each in parts), min(each.low for each in parts)
            volume = sum((each.volume for each in parts), D(0))
            merged[pair] = Candle(since, parts[0].open, high, low, parts[-1].close, volume)
            self._learn(frame, pair, merged[pair])
        return merged

    def _period(
        self, frame: str, candles: dict[str, Candle], late: list[tuple[str, Candle]],
        wishes: list[Wish],
    ) -> Period:  # fmt: skip
        return Period(
            exchange="binance",
            timeframe=frame,
            closed_at=self._now,
            seen_at=self._clock,
            candles=candles,
            rules=self.life.rules,
            history=self._history(frame),
            opinions=list(self._opinions(frame, candles, wishes)),
            late=late,
            delisted=frozenset(self._delisted),
        )

    def _history(self, frame: str) -> Tape:
        known = self._known[frame]
        return Tape({pair: [known[pair][at] for at in sorted(known[pair])] for pair in PAIRS})

    def _opinions(
        self, frame: str, candles: dict[str, Candle], wishes: list[Wish]
    ) -> Iterator[Opinion]:
        """What strategies say that are deployed, in their timeframe: once of each market."""
        said: dict[tuple[str, str], Wish] = {(each.strategy, each.pair): each for each in wishes}
        for (strategy, pair), wish in said.items():
            is_deployed = strategy in self.life.account.strategies
            if is_deployed and self._frame_of(strategy) == frame and pair in candles:
                yield _opinion(wish, candles[pair].close)

    def _obey(self, orders: tuple[Order, ...], handled: Period) -> None:
        """The operator's commands come when all that has closed is handled."""
        moment = Period(
            exchange=handled.exchange,
            timeframe=handled.timeframe,
            closed_at=handled.closed_at,
            seen_at=handled.seen_at,
            candles={},
            rules=handled.rules,
            history=handled.history,
        )
        for order in orders:
            self.life.go(Told(_command(self.life.account, order, self._clock), moment))


def _tide(drift: int, number: int) -> int:
    """Up for some periods, and down again for as many."""
    return drift if number // TIDE % 2 == 0 else -1_000 * drift // (1_000 + drift)


def _moved(price: Decimal, thousandths: int) -> Decimal:
    """A price so many thousandths away, not too near to zero and not beyond all measure."""
    moved = (price * (1_000 + thousandths) / 1_000).quantize(GRAIN)
    return min(max(moved, GRAIN), D(10_000_000))


def _revised(candle: Candle) -> Candle:
    """The candle as the exchange tells it later: it went further both ways."""
    high, low = _moved(candle.high, 8), _moved(candle.low, -8)
    return candle._replace(high=high, low=low, volume=candle.volume + 1)


def _opinion(wish: Wish, close: Decimal) -> Opinion:
    up = -1 if wish.enter == "short" else 1
    limit = trigger = None
    if wish.kind == "limit":
        limit = _away(close, -up * wish.away)
    elif wish.kind != "market":
        trigger = _away(close, up * wish.away)
        limit = None if wish.kind == "stop" else _away(trigger, up * wish.between)
    return Opinion(
        wish.strategy,
        wish.pair,
        wish.enter,
        wish.exit,
        close,
        stop=None if wish.stop is None else _away(close, -up * wish.stop),
        target=None if wish.target is None else _away(close, up * wish.target),
        indicators={"ema": (close / 3).quantize(D("0.00000001"))},
        limit=limit,
        trigger=trigger,
        exits=wish.exits,
        trail_long=None if wish.trail is None else _away(close, -wish.trail),
        trail_short=None if wish.trail is None else _away(close, wish.trail),
        strength=wish.strength,
        volatility=wish.volatility,
        valid_for=wish.valid_for,
    )


def _away(price: Decimal, thousandths: int) -> Decimal:
    return price * (1_000 + thousandths) / 1_000


def _command(account: Account, order: Order, now: datetime) -> AnyCommand:
    """A command that means something that is there, or else nothing."""
    which = order.which
    trades, orders = [*account.trades, 99], [*account.orders, 99]
    frozen = [trade.number for trade in account.trades.values() if trade.frozen] or trades
    match order.command:
        case "exit":
            return ExitTrade(*WHO, trades[which % len(trades)])
        case "settle":
            return SettleTrade(*WHO, frozen[which % len(frozen)], [None, D(7), D(0), D(300)][which])
        case "cancel":
            return CancelOrder(*WHO, orders[which % len(orders)])
        case "pause":
            return Pause(*WHO)
        case "resume":
            return Resume(*WHO)
        case "lock":
            until = [None, now + timedelta(hours=1), now + timedelta(hours=3), now][which]
            return LockMarket(*WHO, PAIRS[which % 3], _SIDES[which % 3], until)
        case "unlock":
            return UnlockMarket(*WHO, PAIRS[which % 3], _SIDES[which % 3])
        case "adjust":
            return AdjustCash(*WHO, amounts("250", "-100.5", "-0.01", "-100000")[which])
        case _:
            return ResetAccount(*WHO, [None, D(500), D("1234.5"), D(0)][which])


_SIDES: tuple[Side | None, ...] = (None, "long", "short")
