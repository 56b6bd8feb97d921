"""The loops that workers run: scanning, trading, projecting."""

import asyncio
import time
from threading import Event

from adapters import bootstrap
from adapters.exchanges.pace import LockstepPace, RunningPace
from adapters.settings import ExchangeSettings, Settings
from application.ports import Pace
from application.scanning import Scan

STANDBY = 0.5
POLL = 1.0


def trade(url: str, settings: Settings, stop: Event) -> None:
    """Trade what the market tape says, as the one that leads."""
    with bootstrap.trading(url, settings) as (follower, open_desk):
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


def scan(url: str, settings: Settings, of: ExchangeSettings, stop: Event, speed: float) -> None:
    """Scan an exchange at every close of its own clock."""
    with bootstrap.scanning(url, settings, of) as (memory, scanner):
        while not memory.lead():
            if stop.wait(STANDBY):
                return
        pace = RunningPace(stop, speed=speed, delay=of.seconds_after_close)
        asyncio.run(_keep_scanning(scanner, pace))


def scan_in_lockstep(url: str, settings: Settings, of: ExchangeSettings, stop: Event) -> None:
    """Scan a sandbox exchange, moving its clock on, until its time ends."""
    assert of.url is not None
    with bootstrap.scanning(url, settings, of) as (memory, scanner):
        while not memory.lead():
            if stop.wait(STANDBY):
                return
        asyncio.run(_scan_in_lockstep(scanner, LockstepPace(stop, of.url)))


async def _scan_in_lockstep(scanner: Scan, pace: LockstepPace) -> None:
    try:
        await _keep_scanning(scanner, pace)
    finally:
        await pace.close()


async def _keep_scanning(scanner: Scan, pace: Pace) -> None:
    try:
        goes_on = True
        while goes_on:
            began = time.monotonic()
            now = await scanner.run()
            spent = time.monotonic() - began
            goes_on = await pace.until(scanner.next_close(now), now, spent)
    finally:
        await scanner.close()
