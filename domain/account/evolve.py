"""What each fact does to a paper account. History must load for ever: nothing is refused."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import localcontext
from typing import Any

import msgspec

from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    AccountPaused,
    AccountReset,
    AccountResumed,
    CancellationRequested,
    CashAdjusted,
    EquityMarked,
    MarketLocked,
    MarketUnlocked,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderPartlyFilled,
    OrderPlaced,
    OrderTriggered,
    SignalRaised,
    StopHit,
    StopMoved,
    StrategyDeployed,
    StrategyFailed,
    StrategyWithdrawn,
    TargetHit,
    TradeClosed,
    TradeFrozen,
    TradeOpened,
    TradeReduced,
    TradeThawed,
    TradingHalted,
    TradingResumed,
)
from domain.account.state import Account, Closed, Deployment, Order, Stop, Trade, lock_key
from domain.times import EPOCH
from domain.values import MONEY, ratio

STOPS_KEPT = 20
"""So many former stops of a trade are kept, for candles that come late."""


def evolve(account: Account, fact: AccountFact) -> None:
    """Add a fact to the state, within MONEY. It refuses nothing: history must load for ever."""
    account.version += 1
    change = _CHANGES.get(type(fact))
    if change is not None:
        change(account, fact)


def fold(account: Account, facts: Iterable[AccountFact]) -> Account:
    """Add facts to the state, in the exact arithmetic of accounts."""
    with localcontext(MONEY):
        for fact in facts:
            evolve(account, fact)
    return account


def _account_opened(account: Account, fact: AccountOpened) -> None:
    account.exchange, account.quote = fact.exchange, fact.quote
    account.capital = account.cash = fact.capital


def _account_configured(account: Account, fact: AccountConfigured) -> None:
    account.timeframe, account.stake = fact.timeframe, fact.stake
    account.max_open_trades, account.pairs = fact.max_open_trades, fact.pairs
    account.terms = fact.terms


def _cash_adjusted(account: Account, fact: CashAdjusted) -> None:
    """Paying in is no profit and taking out no loss: earlier balances move along."""
    account.cash = fact.cash
    account.day_equity += fact.amount
    account.closed = [
        msgspec.structs.replace(each, balance=each.balance + fact.amount) for each in account.closed
    ]


def _account_reset(account: Account, fact: AccountReset) -> None:
    account.epoch, account.capital, account.cash = fact.epoch, fact.capital, fact.capital
    account.day_equity = fact.capital
    account.closed, account.locks, account.halts = [], {}, {}


def _equity_marked(account: Account, fact: EquityMarked) -> None:
    account.day, account.day_equity = fact.day, fact.equity


def _paused(account: Account, _: AccountPaused) -> None:
    account.paused = True


def _resumed(account: Account, _: AccountResumed) -> None:
    account.paused = False


def _deployed(account: Account, fact: StrategyDeployed) -> None:
    account.strategies[fact.strategy] = Deployment(
        fact.strategy, fact.timeframe, fact.parameters, fact.source, fact.warm_up
    )
    account.failing.pop(fact.strategy, None)


def _failed(account: Account, fact: StrategyFailed) -> None:
    account.failing.setdefault(fact.strategy, []).append(fact.pair)


def _withdrawn(account: Account, fact: StrategyWithdrawn) -> None:
    account.strategies.pop(fact.strategy, None)


def _locked(account: Account, fact: MarketLocked) -> None:
    account.locks[lock_key(fact.pair, fact.side)] = fact.until


def _unlocked(account: Account, fact: MarketUnlocked) -> None:
    account.locks.pop(lock_key(fact.pair, fact.side), None)


def _halted(account: Account, fact: TradingHalted) -> None:
    account.halts[fact.side or "any"] = fact.until


def _trading_resumed(account: Account, fact: TradingResumed) -> None:
    """Where the operator ended it, guards forget what they had held against the account."""
    account.halts.pop(fact.side or "any", None)
    if fact.market_position is not None:
        account.closed, account.day = [], EPOCH


def _signal_raised(account: Account, fact: SignalRaised) -> None:
    if fact.trade >= account.next_trade:
        account.next_trade = fact.trade + 1


def _order_placed(account: Account, fact: OrderPlaced) -> None:
    account.next_order = fact.order + 1
    account.orders[fact.order] = Order(
        fact.order,
        fact.trade,
        fact.pair,
        fact.strategy,
        fact.timeframe,
        fact.side,
        fact.purpose,
        fact.type,
        fact.time_in_force,
        fact.quantity,
        fact.reserved,
        fact.reserved if fact.notional is None else fact.notional,
        fact.at,
        fact.seen_at or fact.at,
        fact.valid_until,
        fact.limit,
        fact.trigger,
        fact.stop,
        fact.target,
        fact.exits,
        fact.reason,
    )


def _cancellation_requested(account: Account, fact: CancellationRequested) -> None:
    account.orders[fact.order].is_unwanted = True


def _triggered(account: Account, fact: OrderTriggered) -> None:
    account.orders[fact.order].triggered = True


def _partly_filled(account: Account, fact: OrderPartlyFilled) -> None:
    order = account.orders[fact.order]
    order.quantity, order.filled_at = fact.left, fact.at
    account.trades[fact.trade].slippage += fact.slippage


def _filled(account: Account, fact: OrderFilled) -> None:
    account.orders.pop(fact.order)
    if fact.purpose == "exit":
        account.trades[fact.trade].slippage += fact.slippage


def _order_ended(account: Account, fact: OrderCancelled | OrderExpired) -> None:
    account.orders.pop(fact.order)


def _trade_opened(account: Account, fact: TradeOpened) -> None:
    account.cash = fact.cash
    account.trades[fact.trade] = Trade(
        fact.trade,
        fact.pair,
        fact.strategy,
        fact.timeframe,
        fact.side,
        fact.quantity,
        fact.quantity,
        fact.at,
        fact.entry_price,
        fact.fee,
        [Stop(fact.at, fact.stop, fact.stop_kind)],
        fact.stop,
        fact.target,
        fact.exits,
        fact.ambiguous,
        fact.slippage,
    )


def _stop_moved(account: Account, fact: StopMoved) -> None:
    trade = account.trades[fact.trade]
    trade.stops.append(Stop(fact.at, fact.stop, fact.kind))
    del trade.stops[1:-STOPS_KEPT]
    trade.ambiguous = trade.ambiguous or fact.ambiguous


def _stop_hit(account: Account, fact: StopHit) -> None:
    trade = account.trades[fact.trade]
    trade.ambiguous = trade.ambiguous or fact.ambiguous
    trade.slippage += fact.slippage
    trade.is_hit = True


def _target_hit(account: Account, fact: TargetHit) -> None:
    account.trades[fact.trade].is_hit = True


def _frozen(account: Account, fact: TradeFrozen) -> None:
    account.trades[fact.trade].frozen = True


def _thawed(account: Account, fact: TradeThawed) -> None:
    account.trades[fact.trade].frozen = False


def _reduced(account: Account, fact: TradeReduced) -> None:
    account.cash = fact.cash
    trade = account.trades[fact.trade]
    gain = fact.price - trade.entry_price
    trade.left = fact.left
    trade.fees += fact.fee
    trade.gross += fact.quantity * (gain if trade.side == "long" else -gain)
    trade.value += fact.quantity * fact.price
    prices = (*trade.part_prices, fact.price)
    trade.part_prices = (min(prices), max(prices))


def _trade_closed(account: Account, fact: TradeClosed) -> None:
    account.cash = fact.cash
    account.trades.pop(fact.trade)
    if account.terms.guards:
        _remember_closed(account, fact)


def _remember_closed(account: Account, fact: TradeClosed) -> None:
    """Keep what guards look back to, and no more."""
    longest = max(1, *(guard.lookback_period for guard in account.terms.guards))
    oldest = fact.at - timedelta(minutes=longest)
    account.closed = [each for each in account.closed if each.at >= oldest]
    account.closed.append(
        Closed(
            version=account.version,
            at=fact.at,
            pair=fact.pair,
            side=fact.side,
            reason=fact.exit_reason,
            profit=fact.profit,
            rate=ratio(fact.profit, fact.quantity * fact.entry_price),
            balance=account.balance,
        )
    )


_CHANGES: dict[type, Callable[[Account, Any], None]] = {
    AccountOpened: _account_opened,
    AccountConfigured: _account_configured,
    CashAdjusted: _cash_adjusted,
    AccountReset: _account_reset,
    EquityMarked: _equity_marked,
    AccountPaused: _paused,
    AccountResumed: _resumed,
    StrategyDeployed: _deployed,
    StrategyFailed: _failed,
    StrategyWithdrawn: _withdrawn,
    MarketLocked: _locked,
    MarketUnlocked: _unlocked,
    TradingHalted: _halted,
    TradingResumed: _trading_resumed,
    SignalRaised: _signal_raised,
    OrderPlaced: _order_placed,
    CancellationRequested: _cancellation_requested,
    OrderTriggered: _triggered,
    OrderPartlyFilled: _partly_filled,
    OrderFilled: _filled,
    OrderCancelled: _order_ended,
    OrderExpired: _order_ended,
    TradeOpened: _trade_opened,
    StopMoved: _stop_moved,
    StopHit: _stop_hit,
    TargetHit: _target_hit,
    TradeFrozen: _frozen,
    TradeThawed: _thawed,
    TradeReduced: _reduced,
    TradeClosed: _trade_closed,
}
