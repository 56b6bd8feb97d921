"""A backtest's result as JSON: money as canonical text, ratios as numbers; times are UTC."""

from collections.abc import Sequence
from typing import Any

from adapters.backtesting.results import AccountResult, Result
from domain.account.facts import TradeClosed
from domain.performance.summary import plain, summary
from domain.times import from_ms
from domain.values import decimal_text


def document(result: Result, run: int | None = None) -> dict[str, Any]:
    """What `papertape backtest --json` says; `run` is the number under which it is kept.

    `trades`, `metrics`, `warnings` and `declined` are those of the first account; where there are
    several, `runs` has them of each by its name.
    """
    first, *others = result.accounts
    runs = {"runs": {each.name: _with_trades(each) for each in result.accounts}} if others else {}
    accounts = {"accounts": [_standing(each) for each in result.accounts]}
    return {**described(result), **_with_trades(first), **accounts, **runs, "run": run}


def described(result: Result) -> dict[str, Any]:
    """What was run, and what came of each account, without its trades and facts."""
    prepared, inputs = result.prepared, result.inputs
    request = prepared.request
    return {
        "candles": result.candles,
        "strategy": request.strategy,
        "parameters": plain(prepared.parameters),
        "source": prepared.source.sha256,
        "exchange": request.exchange,
        "pairs": list(inputs.pairs),
        "timeframe": request.timeframe,
        "execution": prepared.execution.name,
        "since": from_ms(inputs.since),
        "until": from_ms(inputs.until),
        "data": None if request.data is None else str(request.data),
        "position": inputs.position,
        "candle_hash": result.candle_hash,
        "rules": {pair: plain(rules) for pair, rules in sorted(inputs.recorded.rules.items())},
        "accounts": [_described(each) for each in result.accounts],
        "seconds": {name: round(each, 6) for name, each in result.seconds.items()},
        "cut_short": result.cut_short,
    }


def _described(account: AccountResult) -> dict[str, Any]:
    plan, terms = account.plan, plain(account.plan.terms)
    assert isinstance(terms, dict)
    sizes = {"stake": plain(plan.stake), "max_open_trades": plan.max_open_trades}
    return {
        **_standing(account),
        "trades": len(account.trades),
        "terms": {**sizes, **terms},
        **_measured(account),
    }


def _standing(account: AccountResult) -> dict[str, Any]:
    """How an account stands at the end."""
    return {
        "name": account.name,
        "capital": decimal_text(account.plan.capital),
        "cash": decimal_text(account.cash),
        "equity": decimal_text(account.equity),
        "open_trades": len(account.outcome.account.trades),
    }


def _measured(account: AccountResult) -> dict[str, Any]:
    return {
        "metrics": summary(account.metrics),
        "warnings": plain(account.warnings),
        "declined": dict(account.declined),
        "failures": account.failures,
    }


def _with_trades(account: AccountResult) -> dict[str, Any]:
    return {"trades": trades_as_json(account.trades), **_measured(account)}


def trades_as_json(trades: Sequence[TradeClosed]) -> list[dict[str, Any]]:
    """Closed trades, in the order in which they were closed."""
    return [
        {
            "pair": trade.pair,
            "side": trade.side,
            "quantity": decimal_text(trade.quantity),
            "entered_at": trade.entered_at,
            "entry_price": decimal_text(trade.entry_price),
            "exited_at": trade.at,
            "exit_price": decimal_text(trade.exit_price),
            "exit_reason": trade.exit_reason,
            "fees": decimal_text(trade.fees),
            "profit": decimal_text(trade.profit),
            "ambiguous": trade.ambiguous,
        }
        for trade in trades
    ]
