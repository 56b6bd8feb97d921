"""A backtest for a person, from what is kept of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_NARROWEST, _WIDEST = 100, 160
_SIGNED = ("total_return", "annual_return")
_SHARES = (*_SIGNED, "max_drawdown", "win_rate", "exposed_time", "exposure", "ambiguous_share")
_FIGURES = (
    "final_equity", "total_return", "annual_return", "max_drawdown", "sharpe", "sortino", "calmar",
    "trades", "open_trades", "win_rate", "profit_factor", "expectancy", "average_win",
    "average_loss", "longest_losing_streak", "net_profit", "fees", "slippage", "exposed_time",
    "exposure", "ambiguous_trades", "ambiguous_share",
)  # fmt: skip
_CUTS = {
    "by_market": "market",
    "by_exit_reason": "exit reason",
    "by_month": "month",
    "by_side": "side",
}


def show(described: Mapping[str, Any], kept: int | None) -> None:
    """Print a backtest as `described`, kept under that number."""
    console = Console(highlight=False)
    console.width = min(max(console.width, _NARROWEST), _WIDEST)
    accounts = described["accounts"]
    console.print(*_head(described), _figures(accounts), sep="\n")
    for account in accounts:
        parts = list(_parts(account["metrics"], account))
        if parts and len(accounts) > 1:
            console.print(f"\n[bold]{escape(account['name'])}[/bold]")
        for part in parts:
            console.print("", part, sep="\n")
    console.print("", *_foot(described, kept), sep="\n")


def _head(described: Mapping[str, Any]) -> Iterable[str]:
    parameters = ", ".join(f"{name} {value}" for name, value in described["parameters"].items())
    pairs, accounts = described["pairs"], described["accounts"]
    markets = ", ".join(pairs) if len(pairs) < 6 else f"{len(pairs)} markets"
    frame, execution = described["timeframe"], described["execution"]
    fills = "" if frame == execution else f", fills on {execution}"
    yield f"[bold]{escape(described['strategy'])}[/bold]  {escape(parameters)}"
    yield f"{escape(described['exchange'])}  {escape(markets)}  {frame}{fills}"
    span = f"{_moment(described['since'])} to {_moment(described['until'])} UTC"
    yield f"{span}, {described['candles']:,} candles"
    if described["cut_short"]:
        last = max(datetime.fromisoformat(account["metrics"]["last"]) for account in accounts)
        yield f"[red]cut short[/red]: it was stopped at {_moment(last)} UTC"
    yield ""


def _figures(accounts: Sequence[Mapping[str, Any]]) -> Table:
    """A row for each figure, a column for each account."""
    table = Table(box=None, show_header=len(accounts) > 1, padding=(0, 2, 0, 0))
    table.add_column("")
    for account in accounts:
        table.add_column(escape(account["name"]), justify="right")
    for name in _FIGURES:
        values = (_value(name, account["metrics"][name]) for account in accounts)
        table.add_row(name.replace("_", " "), *values)
    return table


def _parts(metrics: Mapping[str, Any], account: Mapping[str, Any]) -> Iterable[Table | str]:
    for name, title in _CUTS.items():
        if len(metrics[name]) > 1:
            yield _cut(title, metrics[name])
    if account["declined"]:
        yield _declined(account["declined"])
    warnings = [*account["failures"], *(warning["says"] for warning in account["warnings"])]
    if warnings:
        yield "\n".join(f"[yellow]warning[/yellow]  {escape(each)}" for each in warnings)


def _cut(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    figures = ("trades", "win_rate", "net_profit", "fees")
    table = _table(title, *(name.replace("_", " ") for name in figures))
    for row in rows:
        table.add_row(escape(row["name"]), *(_value(name, row[name]) for name in figures))
    return table


def _declined(times: Mapping[str, int]) -> Table:
    table = _table("declined signals", "times")
    for reason, count in times.items():
        table.add_row(escape(reason.replace("_", " ")), f"{count:,}")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, min_width=16)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _foot(described: Mapping[str, Any], kept: int | None) -> Iterable[str]:
    seconds = described["seconds"]
    parts = ", ".join(f"{name} {seconds[name]:.2f}" for name in ("read", "signals", "trading"))
    hashed = described["candle_hash"][:16]
    yield f"[dim]{seconds['total']:.2f} s ({parts}); candles {hashed}[/dim]"
    if kept is not None:
        yield f"kept as backtest {kept}: papertape backtests show {kept}"


def _value(name: str, value: Any) -> str:
    """A figure as its kind is written."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return f"{Decimal(value):,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    if name in _SHARES:
        return f"{value:{'+' if name in _SIGNED else ''}.2%}"
    return f"{value:.2f}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
