"""`papertape db`: the database's tables and address."""

import json as json_text

import typer

from adapters import bootstrap
from adapters.postgres.migrations import newest_revision
from adapters.settings import read_settings
from jobs.options import Json

app = typer.Typer(no_args_is_help=True)


@app.command("upgrade")
def upgrade(json: Json = False) -> None:
    """Create or upgrade all tables."""
    with bootstrap.database(read_settings()):
        revision = newest_revision()
    said = json_text.dumps({"revision": revision}) if json else f"at revision {revision}"
    typer.echo(said)


@app.command("url")
def url() -> None:
    """The database's URL. An embedded server answers there while something uses it."""
    with bootstrap.database(read_settings()) as database:
        typer.echo(database.url)
