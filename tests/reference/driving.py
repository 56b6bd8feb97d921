"""The real account, driven over candles period by period with signals that are known before."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from domain.account.decide import decide
from domain.account.evolve import fold
from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    OrderPlaced,
    StrategyDeployed,
    TradeClosed,
)
from domain.account.period import Opinion, Period
from domain.account.state import Account
from domain.account.terms import ExitPlan, FillModel, Side, Terms
from domain.candles import Candle as ExactCandle
from domain.markets import MarketRules
from domain.times import EPOCH, from_ms, to_ms
from domain.values import exact
from tests.reference.inputs import Candle, Entry, Exit, Market, OrderType, Rules, Trade

CAPITAL = Decimal(10) ** 12
STRATEGY = "given"


class Desk(NamedTuple):
    """One account: its markets, and what the strategies say of them."""

    exchange: str
    frame: str
    strategy_frame: str
    rules: Rules
    markets: Sequence[Market]
    candles: Mapping[str, Sequence[Candle]]
    entries: Sequence[Entry]
    exits: Sequence[Exit]


class Outcome(NamedTuple):
    """A closed trade of the real account, and the type of its entry order."""

    trade: Trade
    order_type: OrderType


class NoHistory:
    """Nothing was before; best and worst prices of trades are not compared."""

    def extremes(self, *_: object) -> None:
        return None

    def last(self, *_: object) -> None:
        return None


NO_HISTORY = NoHistory()


def drive(desk: Desk) -> list[Outcome]:
    """The closed trades of the account that lives through all periods, empty ones too."""
    account = _account(desk)
    placed: dict[int, OrderType] = {}
    outcomes = []
    for period in _periods(desk):
        for fact in decide(account, period):
            if isinstance(fact, OrderPlaced) and fact.purpose == "enter":
                placed[fact.trade] = fact.type
            elif isinstance(fact, TradeClosed):
                outcomes.append(Outcome(_trade(fact), placed[fact.trade]))
    return outcomes


def _account(desk: Desk) -> Account:
    by, why = "test", "test"
    rules = desk.rules
    pairs = [market.pair for market in desk.markets]
    fills = FillModel(
        "given", exact(rules.slippage_points), exact(rules.slippage_range), rules.limit_touch
    )
    facts: list[AccountFact] = [
        AccountOpened(
            EPOCH, "main", desk.exchange, pairs[0].partition("/")[2], CAPITAL, 1, by, why
        ),
        AccountConfigured(
            EPOCH, "main", desk.frame, exact(rules.stake), len(pairs), pairs, 1, by, why,
            Terms(shorts=True, fills=fills),
        ),
        StrategyDeployed(
            EPOCH, "main", STRATEGY, desk.strategy_frame, {}, "00" * 32, 1, by, why
        ),
    ]  # fmt: skip
    return fold(Account("main"), facts)


def _periods(desk: Desk) -> Iterator[Period]:
    """Each period of the execution timeframe, then that of the strategy that closes with it."""
    span, strategy_span = desk.rules.timeframe_ms, desk.rules.strategy_ms
    rules = {market.pair: _market_rules(desk.exchange, market) for market in desk.markets}
    candles: dict[int, list[tuple[str, Candle]]] = defaultdict(list)
    for pair, each in desk.candles.items():
        for candle in each:
            candles[candle[0]].append((pair, candle))
    opinions = _opinions(desk)
    for opened in range(min(candles), max(candles) + 1, span):
        closed = opened + span
        closed_at = from_ms(closed)
        said = opinions.get(closed, ())
        is_one = span == strategy_span
        exactly = {pair: _exact(candle) for pair, candle in candles.get(opened, ())}
        yield Period(
            desk.exchange, desk.frame, closed_at, closed_at, exactly, rules, NO_HISTORY,
            said if is_one else (),
        )  # fmt: skip
        if not is_one and closed % strategy_span == 0:
            yield Period(
                desk.exchange, desk.strategy_frame, closed_at, closed_at, {}, rules, NO_HISTORY,
                said,
            )  # fmt: skip


def _opinions(desk: Desk) -> dict[int, list[Opinion]]:
    """What the strategies say, by the close (ms) at which they say it."""
    leaves = {(leave.pair, leave.index): leave.side for leave in desk.exits}
    enters = {(entry.pair, entry.index): entry for entry in desk.entries}
    opinions: dict[int, list[Opinion]] = defaultdict(list)
    for key in sorted(leaves.keys() | enters.keys()):
        pair, index = key
        candle = desk.candles[pair][index]
        said = _opinion(pair, candle, enters.get(key), leaves.get(key))
        opinions[candle[0] + desk.rules.timeframe_ms].append(said)
    return opinions


def _opinion(pair: str, candle: Candle, entry: Entry | None, leave: Side | None) -> Opinion:
    close = exact(candle[4])
    if entry is None:
        return Opinion(STRATEGY, pair, None, leave, close, None, None, {})
    plan = ExitPlan(
        stop_distance=_maybe(entry.stop_distance),
        stop_rate=_maybe(entry.stop_rate),
        target_distance=_maybe(entry.target_distance),
        target_rate=_maybe(entry.target_rate),
        trail_distance=_maybe(entry.trail_distance),
        trail_rate=_maybe(entry.trail_rate),
        break_even_distance=_maybe(entry.break_even_distance),
        break_even_rate=_maybe(entry.break_even_rate),
        time_stop=entry.time_stop,
    )
    return Opinion(
        STRATEGY, pair, entry.side, leave, close, _maybe(entry.stop), _maybe(entry.target), {},
        limit=_maybe(entry.limit), trigger=_maybe(entry.trigger), exits=plan,
        valid_for=entry.valid_for,
    )  # fmt: skip


def _maybe(number: float | None) -> Decimal | None:
    return None if number is None else exact(number)


def _exact(candle: Candle) -> ExactCandle:
    at, open_, high, low, close, volume = candle
    return ExactCandle(at, exact(open_), exact(high), exact(low), exact(close), exact(volume))


def _market_rules(exchange: str, market: Market) -> MarketRules:
    """The least quantity is a lot; any notional is taken."""
    base, quote = market.pair.split("/")
    lot = exact(market.lot)
    return MarketRules(
        exchange, market.pair, base, quote, exact(market.tick), lot, lot, Decimal(0),
        exact(market.maker), exact(market.taker),
    )  # fmt: skip


def _trade(fact: TradeClosed) -> Trade:
    return Trade(
        pair=fact.pair,
        side=fact.side,
        quantity=float(fact.quantity),
        entered_at=to_ms(fact.entered_at),
        entry_price=float(fact.entry_price),
        exited_at=to_ms(fact.at),
        exit_price=float(fact.exit_price),
        exit_reason=fact.exit_reason,
        profit=float(fact.profit),
        fees=float(fact.fees),
        ambiguous=fact.ambiguous,
    )
