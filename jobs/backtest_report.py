"""The HTML report of a backtest: what it tells."""

import shlex
import sys

from adapters.backtesting.results import AccountResult, Result
from adapters.indicators.engine import versions
from adapters.reports.page import page
from adapters.reports.report import Report, ReportedRun
from application.trading import ENGINE
from domain.performance.summary import plain
from domain.times import from_ms


def report_of(result: Result, kept: int | None) -> str:
    """A page that stands alone."""
    prepared, inputs = result.prepared, result.inputs
    request = prepared.request
    return page(
        Report(
            name="Backtest" if kept is None else f"Backtest {kept}",
            strategy=request.strategy,
            parameters=prepared.parameters,
            exchange=request.exchange,
            pairs=inputs.pairs,
            timeframe=request.timeframe,
            quote=request.quote,
            since=from_ms(inputs.since),
            until=from_ms(inputs.until),
            runs=[_reported(each) for each in result.accounts],
            account=_account(result),
            reproduce=_reproduce(result),
            cut_short=result.cut_short,
        )
    )


def _reported(account: AccountResult) -> ReportedRun:
    warnings = [*account.failures, *(each.says for each in account.warnings)]
    return ReportedRun(
        account.name, account.metrics, account.curve, account.trades, account.declined, warnings
    )


def _account(result: Result) -> dict[str, object]:
    """The terms of the account, but for those that are not used."""
    plan = result.accounts[0].plan
    terms = {
        name: value
        for name in plan.terms.__struct_fields__
        if (value := plain(getattr(plan.terms, name))) not in (None, [], False)
        and name not in ("fills", "exits", "guards")
    }
    return {
        "capital": plan.capital,
        "stake": plan.stake,
        "open trades at most": plan.max_open_trades,
        "execution": plan.timeframe,
        **{name.replace("_", " "): value for name, value in terms.items()},
    }


def _reproduce(result: Result) -> dict[str, str]:
    libraries = ", ".join(f"{name} {number}" for name, number in versions().items())
    position = result.inputs.position
    return {
        "command": shlex.join(["papertape", *sys.argv[1:]]),
        "engine": f"{ENGINE}, with {libraries}",
        "source": result.prepared.source.sha256,
        "candles": f"{result.candles:,}",
        "candle hash": result.candle_hash,
        **({} if position is None else {"tape position": str(position)}),
    }
