"""The command line. Each command is thin: read settings, run one part, say what came of it."""

import signal
import sys

import typer

from jobs.commands import Commands

app = typer.Typer(
    cls=Commands,
    help="A paper-trading bot that keeps the tape.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def papertape() -> None:
    """A paper-trading bot that keeps the tape."""


def main() -> None:
    """Run a command. Exit status 0 done, 1 found something wrong, 2 bad usage or bad input."""
    _leave_in_order()
    try:
        app()
    except Exception as error:
        from jobs.failures import exit_status  # noqa: PLC0415  # slow; most commands do not fail

        status = exit_status(error)
        if status is None:
            raise
        _say(error)
        sys.exit(status)


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
