"""Trades whose market is gone: they freeze at their last price, and thaw when it is back."""

from collections.abc import Iterable, Iterator

from domain.account.equity import last_price
from domain.account.facts import AccountFact, TradeFrozen, TradeThawed
from domain.account.period import Period
from domain.account.state import Account, Trade


def any_is_frozen(trades: Iterable[Trade]) -> bool:
    """Whether a trade waits for its market to be back; asked in every period."""
    for trade in trades:  # noqa: SIM110 (a third of what a generator costs)
        if trade.frozen:
            return True
    return False


def freeze_and_thaw(account: Account, period: Period) -> Iterator[AccountFact]:
    """Freeze trades of delisted markets, and thaw those whose market is back."""
    for trade in list(account.trades.values()):
        is_gone = trade.pair in period.delisted
        if is_gone and not trade.frozen:
            price = last_price(period, trade.pair) or trade.entry_price
            yield TradeFrozen(period.closed_at, account.name, trade.number, trade.pair, price)
        elif trade.frozen and not is_gone:
            yield TradeThawed(period.closed_at, account.name, trade.number, trade.pair)
