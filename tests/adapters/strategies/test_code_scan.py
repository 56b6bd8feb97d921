"""What a strategy's code may not mention, however it is written."""

from pathlib import Path

import pytest

from adapters.strategies.code_scan import scan_code
from domain.strategies.checking import Finding, Refused

BAD = Path(__file__).parents[2] / "bad_strategies"
CLOCK, CHANCE, OUTSIDE = "reads the clock", "leaves it to chance", "reaches outside"
HIDDEN, STATE, ZONE = "hides what it does", "keeps something", "depends on the time zone"


@pytest.mark.parametrize(
    ("code", "line", "what", "says"),
    [
        ("import time", 1, "import time", CLOCK),
        ("import time as t", 1, "import time as t", CLOCK),
        ("from time import perf_counter", 1, "from time import perf_counter", CLOCK),
        ("from datetime import datetime as d\nx = d.now()", 2, "d.now", CLOCK),
        ("import datetime\nx = datetime.datetime.utcnow()", 2, "datetime.datetime.utcnow", CLOCK),
        ("import datetime as dt\nx = dt.date.today()", 2, "dt.date.today", CLOCK),
        ("from datetime import *\nx = date.today()", 2, "date.today", CLOCK),
        ("import datetime\nd = datetime.datetime\nx = d.today()", 3, "d.today", CLOCK),
        ("from datetime import datetime\nnow = datetime.now\nx = now()", 2, "datetime.now", CLOCK),
        ("import datetime\nx = getattr(datetime.date, 'today')()", 2, None, CLOCK),
        ("import numpy as np\nx = np.datetime64('now')", 2, "np.datetime64('now')", CLOCK),
        ("import pandas as pd\nx = pd.Timestamp.now()", 2, "pd.Timestamp.now", CLOCK),
        ("def f():\n    import time\n", 2, "import time", CLOCK),
        ("import random", 1, "import random", CHANCE),
        ("from random import random", 1, "from random import random", CHANCE),
        ("import secrets", 1, "import secrets", CHANCE),
        ("from uuid import uuid4", 1, "from uuid import uuid4", CHANCE),
        ("import numpy as np\nx = np.random.normal()", 2, "np.random.normal", CHANCE),
        ("import numpy.random", 1, "import numpy.random", CHANCE),
        ("from numpy import random as r", 1, "from numpy import random as r", CHANCE),
        ("import numpy\nr = numpy.random\nx = r.rand()", 2, "numpy.random", CHANCE),
        ("x = hash('a')", 1, "hash", CHANCE),
        ("x = sorted([[]], key=id)", 1, "id", CHANCE),
        ("import os\nx = os.environ", 1, "import os", OUTSIDE),
        ("from os import environ", 1, "from os import environ", OUTSIDE),
        ("import os.path as p", 1, "import os.path as p", OUTSIDE),
        ("from pathlib import Path", 1, "from pathlib import Path", OUTSIDE),
        ("x = open('a')", 1, "open", OUTSIDE),
        ("import builtins\nx = builtins.open", 2, "builtins.open", OUTSIDE),
        ("class A:\n    def f(self):\n        print(self)", 3, "print", OUTSIDE),
        ("import socket", 1, "import socket", OUTSIDE),
        ("import urllib.request", 1, "import urllib.request", OUTSIDE),
        ("import requests", 1, "import requests", OUTSIDE),
        ("import httpx", 1, "import httpx", OUTSIDE),
        ("import subprocess", 1, "import subprocess", OUTSIDE),
        ("from threading import Thread", 1, "from threading import Thread", OUTSIDE),
        ("from concurrent.futures import ThreadPoolExecutor", 1, None, OUTSIDE),
        ("import numpy as np\nx = np.load('a')", 2, "np.load", OUTSIDE),
        ("import pandas\nx = pandas.read_csv('a')", 2, "pandas.read_csv", OUTSIDE),
        ("from polars import scan_parquet", 1, "from polars import scan_parquet", OUTSIDE),
        ("import sys\nx = sys.argv", 2, "sys.argv", OUTSIDE),
        ("from papertape import TapeData", 1, "from papertape import TapeData", OUTSIDE),
        ("from adapters.settings import Settings", 1, None, "uses the inside of Papertape"),
        ("x = eval('1')", 1, "eval", HIDDEN),
        ("x = __import__('time')", 1, "__import__", HIDDEN),
        ("import importlib", 1, "import importlib", HIDDEN),
        ("n = 0\ndef f():\n    global n\n    n += 1", 3, "global n", STATE),
        ("from datetime import datetime\nx = datetime.fromtimestamp(0)", 2, None, ZONE),
    ],
)
def test_what_no_strategy_may_depend_on_is_found(
    code: str, line: int, what: str | None, says: str
) -> None:
    found = finding({"mine.py": code})
    assert (found.check, found.file, found.line) == ("source", "mine.py", line)
    assert str(found).startswith(f"mine.py, line {line}: `{found.what}` {says}")
    assert found.advice
    assert what is None or found.what == what


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import UTC, datetime, time, timedelta\nx = timedelta(1)\ny = time(9)\n"
        "z = datetime.fromtimestamp(0, tz=UTC)\nw = datetime(2024, 1, 1)",
        "import math, statistics, functools, itertools, collections, operator, decimal, re",
        "import numpy as np\nx = np.datetime64('2024-01-01')\ny = np.linalg.norm([1])",
        "import backtrader as bt\nclass A(bt.Indicator):\n    lines = ('a',)",
        "import talib\nx = talib.SMA",
        "from collections.abc import Mapping\nfrom typing import ClassVar",
        "from papertape import Candles, Indicator, Rules, Strategy, crosses_above",
        "from domain.strategies.strategy import Strategy",
        "from .helpers import slope\nfrom . import more",
        "import helpers",
        "from urllib.parse import quote",
        "import sys\nx = sys.float_info.epsilon",
        "def f(candles):\n    open, close = candles.open, candles.close\n    return open < close",
        "def f(open, high):\n    return open < high",
        "f = lambda id: id + 1",
        "x = [hash for hash in range(3)]",
        "class A:\n    time: int = 3\n    def f(self):\n        return self.time",
        "def f(candles):\n    time = candles.open_time\n    return time // 2",
        "def f(a):\n    now = a.now()\n    return now",
        "if __name__ == '__main__':\n    import os\n    print(os.environ)",
        '"""It says time.time() and open() in words."""',
        "",
    ],
)
def test_what_a_strategy_may_mention_is_not_found(code: str) -> None:
    scan_code({"mine.py": code})


def test_the_first_of_several_is_told() -> None:
    found = finding({"a.py": "x = 1", "b.py": "x = 1\n\nimport os\nimport time"})
    assert (found.file, found.line, found.what) == ("b.py", 3, "import os")


def test_a_name_that_is_bound_in_one_function_is_python_s_own_in_another() -> None:
    code = "def f(open):\n    return open\n\ndef g():\n    return open('a')"
    assert finding({"mine.py": code}).line == 5


def test_what_is_not_python_is_refused_with_its_line() -> None:
    found = finding({"mine.py": "x = 1\ny = = 2"})
    assert (found.file, found.line) == ("mine.py", 2)
    assert "it is not Python" in str(found)


def test_the_strategy_that_uses_the_clock_is_refused_with_what_to_use() -> None:
    found = finding({"uses_the_clock.py": (BAD / "uses_the_clock.py").read_text()})
    assert str(found).startswith("uses_the_clock.py, line 19: `clock.now` reads the clock.")
    assert "Use the candles' own times: `candles.open_time`" in str(found)


def test_of_the_bad_strategies_only_those_are_found_that_ask_for_the_clock_or_chance() -> None:
    for file in sorted(BAD.glob("*.py")):
        if file.stem not in ("uses_the_clock", "draws_lots"):
            scan_code({file.name: file.read_text()})
    assert CHANCE in str(finding({"draws_lots.py": (BAD / "draws_lots.py").read_text()}))


def finding(files: dict[str, str]) -> Finding:
    with pytest.raises(Refused) as caught:
        scan_code(files)
    return caught.value.finding
