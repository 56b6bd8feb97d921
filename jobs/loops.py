"""The loops that workers run: scanning, trading, projecting."""

import asyncio
import time
from threading import Event

from adapters import bootstrap
from adapters.exchanges.pace import LockstepPace, RunningPace
from adapters.planning import Plans
from adapters.postgres.market_memory import MarketMemory
from adapters.settings import ExchangeSettings
from application.ports import Pace
from application.scanning import Scan, ScanPlan

STANDBY = 0.5
POLL = 1.0


def trade(url: str, plans: Plans, stop: Event) -> None:
    """Trade what the market tape says, as the one that leads."""
    with bootstrap.trading(url, plans) as (follower, open_desk):
        while not follower.lead():
            if stop.wait(STANDBY):
                return
        desk = open_desk()
        while not stop.is_set():
            if not desk.trade_page():
                follower.wait(POLL)


def project(url: str, group: str, stop: Event) -> None:
    """Project a group of read models, as the one that leads."""
    with bootstrap.projecting(url, group) as projector:
        projector.run(stop)


def scan(url: str, plan: ScanPlan, of: ExchangeSettings, stop: Event, speed: float) -> None:
    """Scan an exchange at every close of its own clock."""
    pace = RunningPace(stop, speed=speed, is_real=of.url is None)
    with bootstrap.scanning(url, plan, of, pace) as (memory, scanner):
        if _leads(memory, stop):
            delay = round(of.seconds_after_close * 1000)
            asyncio.run(_keep_scanning(scanner, pace, delay))


def scan_in_lockstep(url: str, plan: ScanPlan, of: ExchangeSettings, stop: Event) -> None:
    """Scan a sandbox exchange, moving its clock on, until its time ends."""
    assert of.url is not None
    pace = LockstepPace(stop, of.url)
    with bootstrap.scanning(url, plan, of, pace) as (memory, scanner):
        if _leads(memory, stop):
            asyncio.run(_scan_in_lockstep(scanner, pace))


def _leads(memory: MarketMemory, stop: Event) -> bool:
    """Wait to become the one scanner; False when told to stop."""
    while not memory.lead():
        if stop.wait(STANDBY):
            return False
    return True


async def _scan_in_lockstep(scanner: Scan, pace: LockstepPace) -> None:
    try:
        await _keep_scanning(scanner, pace, 0)
    finally:
        await pace.close()


async def _keep_scanning(scanner: Scan, pace: Pace, delay: int) -> None:
    """Scan `delay` ms after each close. A scan that took longer than a period makes no pile."""
    try:
        goes_on = True
        while goes_on:
            began = time.monotonic()
            now = await scanner.run()
            spent = time.monotonic() - began
            goes_on = await pace.until(scanner.next_close(now) + delay, now, spent)
    finally:
        await scanner.close()
