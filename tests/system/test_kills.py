"""Nothing lost, nothing twice: whatever is killed at whatever moment, the end is the same.

`KILLS` in the environment says how many moments (10), `SEED` which ones.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from subprocess import Popen, TimeoutExpired

import psycopg
import pytest

from adapters.postgres.embedded import EmbeddedServer
from tests.projections.history import ask
from tests.system.conftest import FinishedDemo
from tests.system.running import (
    KILLS,
    PATIENCE,
    children,
    command_of,
    data_folder,
    demo_arguments,
    head,
    left_in,
    start,
)

SEED = int(os.environ.get("SEED", "7"))
ENDS_BY_ITSELF = 30.0
TRIES = 5
STACKS_AT_ABORT = {"PYTHONFAULTHANDLER": "1"}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


class Bot:
    """The demo's process, started again as often as needed, and what may be killed around it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self.cluster = folder / "demo" / "postgres" / "cluster"
        self.starts = 0
        self._folder = folder
        self._process: Popen[str] | None = None

    def go_on(self) -> Popen[str]:
        """Start it unless it runs."""
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self.starts += 1
            with (self._folder / f"errors {self.starts:03}").open("w") as errors:
                environment = {"PAPERTAPE_DATA_FOLDER": str(self._folder), **STACKS_AT_ABORT}
                self._process = start(demo_arguments(), environment, errors)
        return self._process

    def errors(self) -> str:
        """What all starts said on standard error."""
        return "".join(path.read_text() for path in sorted(self._folder.glob("errors *")))

    def kill(self, what: str, random: Random) -> None:
        """Kill a part with SIGKILL."""
        bot = self.go_on()
        if what in {"bot", "group"}:
            started = children(bot.pid)
            bot.kill() if what == "bot" else os.killpg(bot.pid, signal.SIGKILL)
            bot.communicate()
            assert until(lambda: not any("sandbox" in command_of(each) for each in started))
        elif (postmaster := self.postmaster()) is not None:
            backends = [each for each in children(postmaster) if "postgres:" in command_of(each)]
            end(postmaster if what == "postmaster" or not backends else random.choice(backends))

    def postmaster(self) -> int | None:
        """The server's process."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().partition("\n")[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if "postgres" in command_of(pid) else None

    def finish(self) -> dict[str, object]:
        """Start it until it comes to its end; what it then printed."""
        for _ in range(TRIES):
            process = self.go_on()
            try:
                said, _ = process.communicate(timeout=PATIENCE)
            except TimeoutExpired:
                raise AssertionError(f"it hangs:\n{self.where_it_stands(process)}") from None
            if process.returncode == 0:
                report: dict[str, object] = json.loads(said)
                return report
        raise AssertionError(f"it did not end well in {TRIES} starts:\n{self.errors()[-3000:]}")

    def where_it_stands(self, process: Popen[str]) -> str:
        """What it said, the stacks of its threads, and what its sessions do."""
        sessions = "SELECT pid, application_name, state, wait_event, query FROM pg_stat_activity"
        activity = "" if head(self.url) < 0 else "\n".join(map(str, ask(self.url, sessions)))
        process.send_signal(signal.SIGABRT)
        process.communicate()
        return f"{self.errors()[-12_000:]}\n{activity}"

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()


@contextmanager
def killable() -> Iterator[Bot]:
    """A bot with an embedded server of its own, which is kept up in between."""
    with data_folder() as folder, EmbeddedServer(folder / "demo" / "postgres") as server:
        bot = Bot(folder, server.start())
        try:
            yield bot
        finally:
            bot.stop()


def test_kills_at_any_moment_leave_what_an_undisturbed_run_leaves(
    undisturbed: FinishedDemo,
) -> None:
    print(f"SEED={SEED} KILLS={KILLS}")
    random = Random(SEED)
    with killable() as bot:
        for _ in range(KILLS):
            if wait_for_a_moment(bot, random):
                what = random.choices(["bot", "backend", "postmaster", "group"], [5, 3, 2, 2])[0]
                bot.kill(what, random)
        assert_ends_like(undisturbed, bot)


def test_kills_at_the_worst_moments_change_nothing(undisturbed: FinishedDemo) -> None:
    with killable() as bot:
        for tape in ("market", "trading"):
            kill_while_an_append_waits(bot, tape)
        for _ in range(2):
            kill_as_soon_as_a_period_is_closed(bot)
        kill_after_trading_before_projecting(bot)
        assert_ends_like(undisturbed, bot)


def kill_while_an_append_waits(bot: Bot, tape: str) -> None:
    """In the midst of the recorder's transaction: its lock is held by another."""
    bot.go_on()
    assert grows(lambda: head(bot.url))
    with psycopg.connect(bot.url) as other:
        lock = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
        other.execute(lock, [f"{tape}.tape_events"])
        assert until(lambda: is_somebody_waiting(bot.url))
        bot.kill("bot", Random(0))


def kill_as_soon_as_a_period_is_closed(bot: Bot) -> None:
    """Before the exchange's clock moves on."""
    bot.go_on()
    with psycopg.connect(bot.url, autocommit=True) as other:
        other.execute("LISTEN market_tape")
        assert grows(lambda: head(bot.url))
        assert [*other.notifies(timeout=ENDS_BY_ITSELF, stop_after=3)]
    bot.kill("bot", Random(0))


def kill_after_trading_before_projecting(bot: Bot) -> None:
    """What is traded is not in the tables yet: they are locked."""
    bot.go_on()
    with psycopg.connect(bot.url) as other:
        other.execute("LOCK TABLE read.orders, read.trades IN EXCLUSIVE MODE")
        assert grows(lambda: orders(bot.url))
        bot.kill("bot", Random(0))


def assert_ends_like(undisturbed: FinishedDemo, bot: Bot) -> None:
    assert bot.finish() == undisturbed.report
    assert "Traceback" not in bot.errors()
    left_in(bot.url).assert_equals(left_in(undisturbed.url))


def wait_for_a_moment(bot: Bot, random: Random) -> bool:
    """Half of them while it starts, half while it works. False if it ended meanwhile."""
    process = bot.go_on()
    if random.random() < 0.6:
        before = head(bot.url)
        until(lambda: process.poll() is not None or head(bot.url) > max(before, 0))
        pause = random.uniform(0, 0.8)
    else:
        pause = random.uniform(0.2, 4.0)
    until(lambda: process.poll() is not None, pause)
    return process.poll() is None


def until(is_so: Callable[[], bool], seconds: float = ENDS_BY_ITSELF) -> bool:
    """Whether it became so within that time."""
    end_of_time = time.monotonic() + seconds
    while time.monotonic() < end_of_time:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def orders(url: str) -> int:
    """How many orders are on the tape."""
    return int(ask(url, "SELECT count(*) FROM trading.events WHERE topic = 'OrderPlaced'")[0])


def is_somebody_waiting(url: str) -> bool:
    """Whether a transaction waits for an advisory lock."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return bool(ask(url, waiting)[0])


def grows(count: Callable[[], int]) -> bool:
    """Whether a count becomes greater than it is, and than nothing."""
    before = max(count(), 0)
    return until(lambda: count() > before)


def end(pid: int) -> None:
    """Kill a process, unless it has ended meanwhile."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
