"""How commands fail: what is bad input, and what went wrong. Imported when one has failed."""

import psycopg

from adapters.backtesting.request import BadRequest
from adapters.candle_files import BadCandleFile
from adapters.candle_folders import NoCandles
from adapters.candle_writing import CannotWrite
from adapters.postgres.embedded import EmbeddedPostgresFailed
from adapters.postgres.purpose import AnotherDemoRuns, HoldsAnotherTape, IsADemo
from adapters.settings import BadSettings
from adapters.strategies.errors import BadStrategy
from adapters.sweeps.pool import WorkerDied
from adapters.sweeps.results_file import BadResultsFile
from application.desk import TapeWasCut
from application.importing import ExchangeIsScanned
from application.ports import ExchangeError
from application.sweeping.bench import Refused
from application.sweeping.space import BadSpace
from application.trading import AccountBusy, AccountMoved
from application.verify import UnknownAccount
from application.walking.windows import NoWindow
from domain.strategies import UnknownStrategy
from domain.strategies.strategy import BadParameter
from domain.timeframes import UnknownTimeframe
from jobs.sandbox_process import SandboxDied, SandboxFailed

BAD_INPUT = (
    AccountBusy,
    AccountMoved,
    BadCandleFile,
    BadParameter,
    BadRequest,
    BadResultsFile,
    BadSettings,
    BadSpace,
    BadStrategy,
    CannotWrite,
    NoCandles,
    NoWindow,
    Refused,
    HoldsAnotherTape,
    IsADemo,
    AnotherDemoRuns,
    SandboxFailed,
    UnknownAccount,
    UnknownStrategy,
    UnknownTimeframe,
)
FAILED = (
    EmbeddedPostgresFailed,
    psycopg.Error,
    ExchangeError,
    ExchangeIsScanned,
    SandboxDied,
    TapeWasCut,
    WorkerDied,
)


def exit_status(error: Exception) -> int | None:
    """2 for bad input, 1 for what went wrong, None for a mistake of ours."""
    if isinstance(error, BAD_INPUT):
        return 2
    return 1 if isinstance(error, FAILED) else None
