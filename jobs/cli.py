"""The command line. Each command is thin: read settings, run one part, say what came of it."""

import signal
import sys

import psycopg
import structlog
import typer

from adapters.candle_files import BadCandleFile
from adapters.exchanges.sandbox import NoCandles
from adapters.postgres.embedded import EmbeddedPostgresFailed
from adapters.postgres.purpose import AnotherDemoRuns, HoldsAnotherTape, IsADemo
from adapters.settings import BadSettings
from adapters.strategies.errors import BadStrategy
from application.desk import TapeWasCut
from application.importing import ExchangeIsScanned
from application.ports import ExchangeError
from application.trading import AccountBusy, AccountMoved
from domain.strategies import UnknownStrategy
from domain.strategies.strategy import BadParameter
from domain.timeframes import UnknownTimeframe
from jobs import accounts, candles, chart, database, doctor, markets, run, sandbox, strategies
from jobs.sandbox_process import SandboxDied, SandboxFailed

BAD_INPUT = (
    AccountBusy,
    AccountMoved,
    BadCandleFile,
    BadParameter,
    BadSettings,
    BadStrategy,
    NoCandles,
    HoldsAnotherTape,
    IsADemo,
    AnotherDemoRuns,
    SandboxFailed,
    UnknownStrategy,
    UnknownTimeframe,
)
FAILED = (
    EmbeddedPostgresFailed,
    psycopg.Error,
    ExchangeError,
    ExchangeIsScanned,
    SandboxDied,
    TapeWasCut,
)

app = typer.Typer(
    help="A paper-trading bot that keeps the tape.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(run.demo)
app.command("run")(run.run)
app.command("serve")(run.serve)
app.command("project")(run.project)
app.command("scan")(run.scan)
app.command("discover")(markets.discover)
app.command("revalidate")(markets.revalidate)
app.command("sandbox")(sandbox.sandbox)
app.command("chart")(chart.chart)
app.command("doctor")(doctor.doctor)
app.add_typer(accounts.app, name="accounts", help="Accounts, and what an operator tells them.")
app.add_typer(candles.app, name="candles", help="Candles on the tape.")
app.add_typer(
    strategies.app, name="strategies", help="Strategies: which there are, and which may trade."
)
app.add_typer(database.app, name="db", help="The database.")


def main() -> None:
    """Run a command. Exit status 0 done, 1 found something wrong, 2 bad usage or bad input."""
    structlog.configure(logger_factory=_logger)
    _leave_in_order()
    try:
        app()
    except BAD_INPUT as error:
        _say(error)
        sys.exit(2)
    except FAILED as error:
        _say(error)
        sys.exit(1)


def _logger(*_: object) -> structlog.PrintLogger:
    """Logs go to standard error as it is then, not as it was at the start."""
    return structlog.PrintLogger(sys.stderr)


def _leave_in_order() -> None:
    """Ending by a signal is like Ctrl-C: all that was started is stopped on the way out."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores
            signal.signal(number, signal.default_int_handler)


def _say(error: Exception) -> None:
    lines = str(error).strip().splitlines()
    typer.echo(f"papertape: {' '.join(line.strip() for line in lines)}", err=True)


if __name__ == "__main__":
    main()
