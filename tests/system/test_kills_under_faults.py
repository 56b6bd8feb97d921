"""Scanning and backfilling a faulty exchange, killed at any moment: no candle is lost or twice.

`KILLS` in the environment says how many moments (3), `SEED` which ones.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from random import Random

from adapters.planning import plans, scan_plan
from jobs.sandbox_process import sandbox_process
from jobs.scans import scanning_alone
from tests.projections.history import ask
from tests.system.faults import Hours
from tests.system.running import ROOT
from tests.system.scanned import (
    assert_every_hole_is_a_gap,
    assert_is_published,
    assert_tables_are_the_tape,
    candles,
)
from tests.system.scanning import settings_of

KILLS = int(os.environ.get("KILLS", "3"))
HOURS = Hours(markets=8, minutes=36 + 4 * KILLS, seed=int(os.environ.get("SEED", "7")))
HISTORY = timedelta(days=2 + KILLS // 5)
PATIENCE = 60.0 + 10 * KILLS
TRIES = 5

CONFIG = """
[[exchanges]]
name = "sandbox"
ccxt_id = "binance"
quotes = ["USDT"]
url = "{url}"
seconds_for_answer = 0.5

[[accounts]]
name = "main"
exchange = "sandbox"
strategies = [{{name = "ema_cross", timeframe = "1m"}}]
"""


class Process:
    """A process that is started again whenever it was killed, until it ends by itself."""

    def __init__(self, command: list[str], environment: Mapping[str, str], errors: Path) -> None:
        self._command = [sys.executable, "-m", *command]
        self._environment = {**os.environ, **environment}
        self._errors = errors
        self._process: subprocess.Popen[bytes] | None = None

    def go_on(self) -> None:
        """Start it unless it runs."""
        if self._process is None or self._process.poll() is not None:
            with self._errors.open("ab") as errors:
                self._process = subprocess.Popen(
                    self._command,
                    cwd=ROOT,
                    env=self._environment,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                )

    def work(self, seconds: float) -> None:
        """Let it work for so long, or to its end."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def finish(self) -> None:
        """Start it until it comes to a good end."""
        for _ in range(TRIES):
            self.go_on()
            assert self._process is not None
            if self._process.wait(PATIENCE) == 0:
                return
        raise AssertionError(self._errors.read_text()[-3000:])


@contextmanager
def processes(database: str, sandbox: str, folder: Path) -> Iterator[list[Process]]:
    """A scanner to the end of the exchange's time, and a backfill up to now."""
    config = folder / "papertape.toml"
    config.write_text(CONFIG.format(url=sandbox))
    since = (HOURS.start - HISTORY).isoformat()
    asked = ["jobs.cli", "candles", "backfill", "--exchange", "sandbox", "--since", since]
    asked += [word for pair in HOURS.staying for word in ("--pair", pair)]
    settings = {"PAPERTAPE_CONFIG": str(config), "PAPERTAPE_DATABASE_URL": database}
    scanner = Process(["tests.system.scanning", database, sandbox], {}, folder / "scanner errors")
    both = [scanner, Process(asked, settings, folder / "backfill errors")]
    try:
        yield both
    finally:
        for process in both:
            process.kill()


def test_kills_of_scans_and_backfills_under_faults_lose_nothing(
    database: str, tmp_path: Path
) -> None:
    print(f"SEED={HOURS.seed} KILLS={KILLS}")
    random = Random(HOURS.seed)
    with sandbox_process(HOURS.arguments(tmp_path)) as sandbox:
        with processes(database, sandbox.url, tmp_path) as both:
            for _ in range(KILLS):
                for process in both:
                    process.go_on()
                both[0].work(random.uniform(0.5, 6.0))
                for process in random.choice((both, both[:1], both[1:])):
                    process.kill()
            for process in both:
                process.finish()
        ask_again(database, sandbox.url)
        compared = assert_is_published(database, sandbox.url)
    print(f"{compared} candles are as they were published")
    since = int((HOURS.start - HISTORY).timestamp() * 1000)
    assert all(min(candles(database)[pair]) == since for pair in HOURS.staying)
    assert ask(database, "SELECT count(*) FROM ops.attempts") != [0]
    assert_every_hole_is_a_gap(database)
    assert_tables_are_the_tape(database)


def ask_again(database: str, sandbox: str) -> None:
    """For what failed, and what is missing."""
    settings = settings_of(sandbox)
    (of,) = settings.exchanges
    with scanning_alone(database, of, scan_plan(plans(database, settings), of)) as asking:
        asking.ask(lambda scanner: scanner.revalidate())
