"""A database for a benchmark: the configured one, or an embedded one that is thrown away."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.postgres.embedded import EmbeddedServer
from adapters.postgres.migrations import upgrade


@contextmanager
def fresh_database() -> Iterator[str]:
    """The URL of a migrated database; a configured one (`PAPERTAPE_DATABASE_URL`) must be empty."""
    configured = os.environ.get("PAPERTAPE_DATABASE_URL")
    if configured:
        upgrade(configured)
        yield configured
        return
    folder = Path(tempfile.mkdtemp(prefix="papertape-bench-"))
    server = EmbeddedServer(folder / "postgres")
    url = server.start()
    try:
        upgrade(url)
        yield url
    finally:
        server.delete()
        shutil.rmtree(folder)
