"""The demo: the whole bot on the sandbox exchange, for show or, in lockstep, exact to the end."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psycopg

from adapters import bootstrap
from adapters.candle_folders import exchange_folder
from adapters.exchanges.sandbox import default_start
from adapters.exchanges.sandbox.files import CandleFiles
from adapters.planning import plans, scan_plan
from adapters.postgres.purpose import newest_close, only_demo, prepare_for_demo
from adapters.postgres.reports import TapeReport, tape_report
from adapters.settings import AccountSettings, ExchangeSettings, Settings, StrategySettings
from application.scanning import ScanPlan
from domain.timeframes import timeframe
from jobs import loops
from jobs.sandbox_process import sandbox_process
from jobs.stack import Stack
from projections.groups import MARKET, TRADING

SIMULATED = (
    "ADA/USDT", "AVAX/USDT", "BTC/USDT", "DOGE/USDT",
    "ETH/USDT", "LINK/USDT", "SOL/USDT", "XRP/USDT",
)  # fmt: skip
SIMULATED_START = 1_735_689_600_000  # 2025-01-01
UNLIMITED = 50_000.0
READ_MODELS = len(MARKET.read_models) + len(TRADING.read_models) + 1  # and indicators


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What a demo runs through. Times in ms; without `end` it goes on for ever."""

    data: Path | None
    pairs: tuple[str, ...]
    quote: str
    timeframe: str
    start: int
    end: int | None
    speed: float | None
    jitter_ms: float = 0.0

    @property
    def key(self) -> str:
        """Names the demo: the same plan goes on where it was left."""
        same = replace(self, jitter_ms=0.0)
        return hashlib.sha256(repr(same).encode()).hexdigest()[:16]

    def sandbox_arguments(self, reached: int | None) -> list[str]:
        """For `papertape sandbox`; a demo that goes on starts where its tape ends."""
        start = max(self.start, reached or 0)
        arguments = ["--start", str(start), "--jitter", str(self.jitter_ms)]
        arguments += ["--lockstep"] if self.speed is None else ["--speed", str(self.speed)]
        if self.data is not None:
            arguments += ["--data", str(self.data)]
        return arguments if self.end is None else [*arguments, "--end", str(self.end)]


def plan_demo(
    data: Path | None,
    start: int | None,
    candles: int | None,
    speed: float | None,
    jitter_ms: float,
) -> DemoPlan:
    """The demo over a data folder or the simulator; raises NoCandles."""
    if data is None:
        begin, frame = start or SIMULATED_START, timeframe("1m")
        end = None if candles is None else begin + (candles - 1) * frame.ms
        return DemoPlan(None, SIMULATED, "USDT", "1m", begin, end, speed, jitter_ms)
    folder = exchange_folder(data, None).resolve()
    pairs, name = _busiest_timeframe(CandleFiles(folder))
    frame = timeframe(name)
    begin, last_close = default_start(folder, frame, candles or 1_000)
    end = last_close - frame.ms  # the candle that opens then shows that the one before is over
    if start is not None:
        begin = start
        end = end if candles is None else min(end, start + candles * frame.ms)
    else:
        begin -= frame.ms
    quote = Counter(pair.split("/")[1] for pair in pairs).most_common(1)[0][0]
    return DemoPlan(folder, pairs, quote, name, begin + frame.ms, end, speed, jitter_ms)


def _busiest_timeframe(files: CandleFiles) -> tuple[tuple[str, ...], str]:
    """The timeframe that most pairs have, and those pairs."""
    count = Counter(name for pair in files.pairs for name in files.timeframes(pair))
    name = max(count, key=lambda each: (count[each], -timeframe(each).ms))
    return tuple(pair for pair in files.pairs if name in files.timeframes(pair)), name


def demo_settings(plan: DemoPlan, settings: Settings, url: str) -> Settings:
    """The bot's settings on the sandbox exchange."""
    exchange = ExchangeSettings(
        name="sandbox",
        ccxt_id="binance",
        pairs=plan.pairs,
        url=url,
        requests_per_second=UNLIMITED,
        seconds_after_close=0,
    )
    account = AccountSettings(
        name="demo",
        exchange="sandbox",
        quote=plan.quote,
        strategies=(StrategySettings(name="ema_cross", timeframe=plan.timeframe),),
    )
    return settings.model_copy(update={"exchanges": (exchange,), "accounts": (account,)})


@contextmanager
def running_demo(plan: DemoPlan, settings: Settings) -> Iterator[tuple[Stack, str]]:
    """The demo at work; yields its parts and the database URL."""
    home = settings.model_copy(update={"data_folder": settings.data_folder / "demo"})
    with bootstrap.database(home) as database, only_demo(database.url):
        prepare_for_demo(database.url, plan.key, plan.end if has_followed(database.url) else None)
        arguments = plan.sandbox_arguments(newest_close(database.url))
        with sandbox_process(arguments) as sandbox:
            chosen = demo_settings(plan, home, sandbox.url)
            wanted = plans(database.url, chosen)
            with Stack(database) as stack:
                stack.keep_database()
                stack.trade(wanted)
                stack.project()
                stack.add("sandbox", partial(sandbox.watch, stack.stop))
                (of,) = chosen.exchanges
                stack.add("scanning", _scan(plan, database.url, scan_plan(wanted, of), of, stack))
                yield stack, database.url


def _scan(
    plan: DemoPlan, url: str, wanted: ScanPlan, of: ExchangeSettings, stack: Stack
) -> Callable[[], None]:
    if plan.speed is None:
        return partial(loops.scan_in_lockstep, url, wanted, of, stack.stop)
    return partial(loops.scan, url, wanted, of, stack.stop, plan.speed)


def run_to_the_end(
    plan: DemoPlan, settings: Settings, progress: Callable[[int, int], None]
) -> TapeReport:
    """Run in lockstep until the candles end and everything has followed; what the tapes hold."""
    assert plan.end is not None
    periods = (plan.end - plan.start) // timeframe(plan.timeframe).ms + 1
    with running_demo(plan, settings) as (stack, url):
        while not stack.stop.wait(0.2):
            reached = _patiently(newest_close, url) or plan.start
            progress((reached - plan.start) // timeframe(plan.timeframe).ms, periods)
            is_over = reached >= plan.end or not stack.works("scanning")
            if is_over and _patiently(has_followed, url):
                break
        stack.check()
        return tape_report(url)


def has_followed(url: str) -> bool:
    """Whether trading and every read model have handled all that is on the tapes."""
    with psycopg.connect(url) as connection:
        row = connection.execute(_FOLLOWED, [READ_MODELS]).fetchone()
        return row is not None and bool(row[0])


def _patiently(ask: Callable[[str], object], url: str) -> int:
    """An answer, or 0 while the database is away: the workers wait for it too."""
    try:
        return int(ask(url) or 0)  # type: ignore[call-overload, no-any-return]
    except psycopg.OperationalError:
        return 0


_FOLLOWED = """
    WITH heads AS (
        SELECT (SELECT max(notification_id) FROM market.tape_events
                WHERE topic <> 'CandleClosed') AS market,
               (SELECT coalesce(max(notification_id), 0) FROM trading.tape_events) AS trading)
    SELECT (SELECT notification_id FROM trading.tape_tracking
            WHERE application_name = 'market') >= heads.market
       AND (SELECT count(*) = %s AND bool_and(position >= CASE tape WHEN 'market' THEN heads.market
                                                   ELSE heads.trading END)
            FROM read.positions)
    FROM heads"""


def as_json(report: TapeReport) -> str:
    """The report as one JSON document."""
    return json.dumps({name: getattr(report, name) for name in report.__slots__})
