"""What a strategy's code may not mention, and what to do instead."""

from typing import NamedTuple


class Fault(NamedTuple):
    """What is wrong with a mention, and what to do instead."""

    says: str
    advice: str


CLOCK = Fault(
    "reads the clock",
    "In a backtest or an audit it would then say something else than it said live. Use the "
    "candles' own times: `candles.open_time`, in milliseconds since 1970.",
)
CHANCE = Fault(
    "leaves it to chance",
    "Asked again about the same candles, it would say something else. Let it depend on the candles "
    "and its parameters only.",
)
OUTSIDE = Fault(
    "reaches outside (files, network, processes, the environment, the screen)",
    "What is there may change, and then old trades can no longer be explained. Let it depend on "
    "the candles and its parameters only: make a parameter of what it needs.",
)
INSIDE = Fault(
    "uses the inside of Papertape",
    "Import what strategies need from `papertape`; name indicators, as in `Indicator('EMA')`.",
)
HIDDEN = Fault(
    "hides what it does",
    "What a strategy imports and runs must be readable in its source. Write it out.",
)
STATE = Fault(
    "keeps something from one call to the next",
    "Live, after a restart and in a backtest the calls are not the same. Compute it anew from the "
    "candles each time.",
)
ZONE = Fault(
    "depends on the time zone of the machine",
    "Give the zone, as in `datetime.fromtimestamp(seconds, tz=UTC)`.",
)

_FORBIDDEN = {
    CLOCK: """
        time sched arrow pendulum datetime.datetime.now datetime.datetime.utcnow
        datetime.datetime.today datetime.date.today pandas.Timestamp.now pandas.Timestamp.today
        pandas.Timestamp.utcnow
    """,
    CHANCE: """
        random secrets numpy.random uuid.uuid1 uuid.uuid4 uuid.getnode builtins.hash builtins.id
    """,
    OUTSIDE: """
        os sys.argv sys.stdin sys.stdout sys.stderr sys.exit sys.path sys.modules sys.platform
        pathlib io shutil tempfile glob fileinput mmap sqlite3 dbm shelve
        socket ssl select selectors socketserver urllib http ftplib smtplib imaplib poplib
        xmlrpc webbrowser requests httpx aiohttp urllib3 websocket websockets ccxt yfinance psycopg
        psycopg2 sqlalchemy redis subprocess multiprocessing threading concurrent asyncio signal
        ctypes cffi platform locale getpass pdb papertape.TapeData
        numpy.load numpy.loadtxt numpy.genfromtxt numpy.fromfile numpy.memmap numpy.save
        numpy.savez numpy.savez_compressed numpy.savetxt pandas.read_ polars.read_ polars.scan_
        builtins.open builtins.input builtins.print builtins.breakpoint builtins.exit
        builtins.quit
    """,
    INSIDE: "adapters application projections web jobs",
    HIDDEN: """
        importlib runpy builtins.eval builtins.exec builtins.compile builtins.__import__
        builtins.globals
    """,
}
_ALLOWED = frozenset({"urllib.parse"})
_FAULTS = {word: fault for fault, words in _FORBIDDEN.items() for word in words.split()}
_BEGINNINGS = tuple(word for word in _FAULTS if word.endswith("_") and word[-2] != "_")


def fault_of(path: str) -> Fault | None:
    """What is wrong with a name, written with all that it is in, such as `datetime.date.today`."""
    parts = path.split(".")
    heads = [".".join(parts[: count + 1]) for count in range(len(parts))]
    if not _ALLOWED.isdisjoint(heads):
        return None
    begun = [_FAULTS[word] for word in _BEGINNINGS if path.startswith(word)]
    found = [_FAULTS[head] for head in heads if head in _FAULTS]
    return next(iter(found + begun), None)
