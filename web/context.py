"""What the web layer is given by the one that starts it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


def _never() -> bool:
    return False


@dataclass(frozen=True)
class WebContext:
    """`database_url` as psycopg takes it, the release, and when the process started.

    `stopping` becomes true when the server is about to end: long polls then answer at once.
    """

    database_url: str
    version: str
    started_at: datetime
    stopping: Callable[[], bool] = _never
    connections: int = 8
