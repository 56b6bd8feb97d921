"""`papertape candles`."""

import typer

app = typer.Typer()
