"""What came of a sweep, for a person."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.reports.words import NOTHING, counted, moment, money, percent, ratio
from adapters.sweeps.laying import Laid
from application.sweeping.sweep import Swept
from application.sweeping.tried import Figures, Tried
from domain.times import from_ms
from jobs.sweep_outputs import Found

WIDEST = 100
_SHARES = {"total_return", "annual_return", "win_rate", "max_drawdown"}
_MONEY = {"net_profit", "expectancy", "final_equity"}
_SHOWN = ("sharpe", "total_return", "max_drawdown", "profit_factor", "trades", "net_profit")


def shown(found: Found, best: int) -> None:
    """Print it."""
    console = Console(highlight=False)
    console.width = min(max(console.width, WIDEST), 200)
    console.print(*_head(found), sep="\n")
    if found.ranked:
        console.print(table_of(found.ranked[:best], columns(found.by)))
        console.print()
    console.print(*_foot(found), sep="\n")


def columns(by: str) -> list[str]:
    """The figures that are shown, that by which is chosen first."""
    return list(dict.fromkeys((by, *_SHOWN)))


def table_of(tried: Sequence[Tried], names: Sequence[str]) -> Table:
    """A row for each: its parameters, then figures."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in (*tried[0].parameters, *names):
        table.add_column(escape(name.replace("_", " ")), justify="right")
    for each in tried:
        figures = (figure(each.figures, name) for name in names)
        table.add_row(*map(escape, each.parameters.values()), *figures)
    return table


def figure(figures: Figures, name: str) -> str:
    """A figure as it is read."""
    value = figures.get(name)
    if value is None:
        return NOTHING
    if name in _SHARES:
        return percent(float(value), 2, signed=name.endswith("return"))
    if name in _MONEY:
        return money(float(value), signed=name == "net_profit")
    return f"{value:,}" if isinstance(value, int) else ratio(float(value))


def head_of(laid: Laid) -> Iterator[str]:
    """What was asked, and of which candles."""
    request, inputs = laid.prepared.request, laid.inputs
    pairs = ", ".join(inputs.pairs) if len(inputs.pairs) < 6 else f"{len(inputs.pairs)} markets"
    given = ", ".join(f"{name} {value}" for name, value in request.parameters.items())
    yield f"[bold]{escape(request.strategy)}[/bold]  {escape(given)}".rstrip()
    yield f"{escape(request.exchange)}  {escape(pairs)}  {request.timeframe}"
    since, until = moment(from_ms(inputs.since)), moment(from_ms(inputs.until))
    yield f"{since} to {until} UTC, {inputs.fingerprint.candles:,} candles"


def refused_of(swept: Swept) -> Iterator[str]:
    """How many combinations were refused, and why the first was."""
    if swept.refused:
        first = escape(swept.refused[0].refused or "")
        yield f"{counted(len(swept.refused), 'combination')} refused, the first one since {first}"


def _head(found: Found) -> Iterator[str]:
    swept = found.swept
    yield from head_of(found.laid)
    yield ""
    if not swept.is_whole:
        yield f"[red]cut short:[/red] {len(swept.tried):,} of {swept.wanted:,} were tried"
    yield from refused_of(swept)
    if swept.repeated:
        yield f"{counted(swept.repeated, 'combination')} had been tried before"


def _foot(found: Found) -> Iterator[str]:
    """What failed, and how much of the best is luck."""
    if failed := found.swept.failed:
        yield (
            f"[yellow]warning[/yellow]  {counted(len(failed), 'combination')} failed, the first "
            f"one so: {escape(failed[0].failure or '')}"
        )
    tries = len(found.ranked)
    if tries < 2:
        return
    best = found.ranked[0].value("sharpe")
    yield f"[yellow]warning[/yellow]  The best of {tries:,} combinations is luck in part."
    if found.luckiest is not None and best is not None:
        yield (
            f"Were none of them any good, the best would still be expected to have a Sharpe ratio "
            f"of {ratio(found.luckiest)}; this one has {ratio(best)}."
        )
    yield "See what it does on candles that it was not chosen on: papertape walk-forward."
