"""The code of strategies, kept by its SHA-256."""

from collections.abc import Mapping
from typing import Any

import psycopg


def keep_sources(connection: psycopg.Connection[Any], sources: Mapping[str, str]) -> None:
    """Keep each source once; `sources` maps SHA-256 to text."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO trading.sources (hash, source) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            list(sources.items()),
        )
