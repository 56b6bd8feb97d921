"""Paper trading of the product, in lockstep with a sandbox exchange, to its end or to a close.

`python -m tests.system.parity_paper DATABASE SETTINGS` is a process of it; SETTINGS is JSON.
"""

import json
import sys
import time
from functools import partial
from pathlib import Path

import psycopg

from adapters.bootstrap import Database
from adapters.planning import plans, scan_plan
from adapters.postgres.purpose import newest_close
from adapters.settings import Settings
from jobs import loops
from jobs.stack import Stack

PATIENCE = 7_200
"""Seconds that a run may take at most."""

_FOLLOWED = """
    SELECT coalesce((SELECT notification_id FROM trading.tape_tracking
                     WHERE application_name = 'market'), 0)
        >= (SELECT coalesce(max(notification_id), 0) FROM market.tape_events
            WHERE topic <> 'CandleClosed')"""


def trade(url: str, settings: Settings, until: int | None = None) -> None:
    """Scan and trade until the exchange's time ends, or a period up to `until` (ms) has closed."""
    wanted, (of,) = plans(url, settings), settings.exchanges
    give_up = time.monotonic() + PATIENCE
    with Stack(Database(url, lambda: None)) as stack:
        stack.trade(wanted)
        scan = partial(loops.scan_in_lockstep, url, scan_plan(wanted, of), of, stack.stop)
        stack.add("scanning", scan)
        while not stack.stop.wait(0.05):
            assert time.monotonic() < give_up
            if until is not None and (newest_close(url) or 0) >= until:
                break
            if not stack.works("scanning") and has_followed(url):
                break
        stack.check()


def has_followed(url: str) -> bool:
    """Whether everything that is on the market tape is traded."""
    with psycopg.connect(url) as connection:
        row = connection.execute(_FOLLOWED).fetchone()
        return row is not None and bool(row[0])


if __name__ == "__main__":
    database, file = sys.argv[1:]
    trade(database, Settings(**json.loads(Path(file).read_text())))
