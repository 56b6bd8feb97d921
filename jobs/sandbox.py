"""`papertape sandbox`: the sandbox exchange alone."""

import json as json_text
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from adapters.exchanges.sandbox import SandboxSettings
from adapters.exchanges.sandbox import serve as serve_sandbox
from adapters.exchanges.sandbox.faults import BadFaults
from adapters.settings import BadSettings
from jobs.options import Json, Moment, Port


def sandbox(
    data: Annotated[Path | None, typer.Option(help="Folder of candles.")] = None,
    exchange: Annotated[str | None, typer.Option(help="Which one, if it holds several.")] = None,
    port: Port = 0,
    speed: Annotated[float, typer.Option(min=0.001, help="Times as fast as ours.")] = 1.0,
    lockstep: Annotated[bool, typer.Option("--lockstep", help="Stand until advanced.")] = False,
    start: Moment = None,
    end: Moment = None,
    seed: Annotated[int, typer.Option(help="Of the simulated candles.")] = 7,
    markets: Annotated[int | None, typer.Option(min=1, help="How many are simulated.")] = None,
    faults: Annotated[Path | None, typer.Option(help="TOML file of what goes wrong.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Request weight allowed in each real minute.")
    ] = None,
    jitter: Annotated[float, typer.Option(min=0, help="Delay answers, up to so many ms.")] = 0.0,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when standard input is closed.")
    ] = False,
    json: Json = False,
) -> None:
    """Speak Binance's public market-data API over recorded or simulated candles."""
    if data is not None and markets is not None:
        raise BadSettings("--markets is how many are simulated; --data brings its own")
    settings = SandboxSettings(
        data=data,
        exchange=exchange,
        seed=seed,
        start=start,
        end=end,
        speed=None if lockstep else speed,
        jitter_ms=jitter,
        markets=markets,
        faults=faults,
        limit=limit,
    )

    def ready(bound: int) -> None:
        url = f"http://127.0.0.1:{bound}"
        typer.echo(json_text.dumps({"url": url}) if json else f"Sandbox exchange at {url}")
        sys.stdout.flush()

    if with_parent:
        Thread(target=_end_with_parent, daemon=True).start()
    try:
        with suppress(KeyboardInterrupt):  # being stopped is how serving ends
            serve_sandbox(settings, port=port or 0, on_ready=ready)
    except BadFaults as error:
        raise BadSettings(str(error)) from error
    except OSError as error:
        raise BadSettings(f"port {port}: {error.strerror}; --port 0 takes a free one") from error


def _end_with_parent() -> None:
    """Standard input ends when the process that started this one is gone, however it went."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
