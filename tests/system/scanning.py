"""The product's scanning of a faulty sandbox exchange: time goes on when a scan fails.

`python -m tests.system.scanning DATABASE SANDBOX` is a process of it.
"""

import sys
from decimal import Decimal
from threading import Event

import httpx

from adapters.planning import plans, scan_plan
from adapters.settings import AccountSettings, ExchangeSettings, Settings, StrategySettings
from application.ports import ExchangeError, ExchangeSaysWait
from jobs import loops

FIRST_PAUSE = 5_000
LONGEST_PAUSE = 90_000


def settings_of(sandbox: str) -> Settings:
    """All markets of the sandbox exchange, traded by one account."""
    exchange = ExchangeSettings(
        name="sandbox",
        ccxt_id="binance",
        quotes=("USDT",),
        url=sandbox,
        seconds_after_close=0,
        seconds_for_answer=0.5,
    )
    quick: dict[str, Decimal | str] = {"fast": Decimal(3), "slow": Decimal(8)}
    strategies = (StrategySettings(name="ema_cross", timeframe="1m", parameters=quick),)
    account = AccountSettings(name="main", exchange="sandbox", strategies=strategies)
    return Settings(exchanges=(exchange,), accounts=(account,))


def scan_through(url: str, settings: Settings, stop: Event) -> None:
    """Scan in lockstep to the end of the sandbox's time.

    A standing clock would never come to the end of an outage: after a failed scan it moves on by
    the pause that a worker would make, longer each time in a row.
    """
    (of,) = settings.exchanges
    assert of.url is not None
    plan = scan_plan(plans(url, settings), of)
    pause, failed_at = FIRST_PAUSE, 0
    while not stop.is_set():
        try:
            loops.scan_in_lockstep(url, plan, of, stop)
        except ExchangeSaysWait as wait:
            stop.wait(wait.seconds)
            advance(of.url, round(wait.seconds * 1000))
        except ExchangeError:
            now = advance(of.url, 0)
            pause = FIRST_PAUSE if now > failed_at + 2 * pause else min(2 * pause, LONGEST_PAUSE)
            failed_at = advance(of.url, pause)
        else:
            return


def advance(sandbox: str, by: int) -> int:
    """Move the sandbox's clock on; where it is then (ms)."""
    now = _moved(sandbox, 0)
    return _moved(sandbox, now + by) if by else now


def _moved(sandbox: str, to: int) -> int:
    answer = httpx.post(f"{sandbox}/sandbox/advance", params={"to": to}, timeout=60)
    return int(answer.raise_for_status().json()["now"])


if __name__ == "__main__":
    database, exchange = sys.argv[1:]
    scan_through(database, settings_of(exchange), Event())
