"""What docs/backtrader.md shows does what it says."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.backtrader import TapeData
from adapters.candle_writing import write_candles
from adapters.indicators.engine import compute
from adapters.indicators.library import backtrader
from adapters.indicators.patterns import PATTERNS
from adapters.strategies.discovery import offers_of
from application.tapes import MarketTape
from domain.candles import Candles, Series
from domain.market_facts import candle_closed
from domain.times import from_ms
from tests.adapters.indicators.series import random_candles
from tests.reference.crossing import Crossing, hear, trades
from tests.reference.inputs import Market
from tests.strategies import candles_of_warm_up

bt: Any = backtrader()
pytestmark = pytest.mark.filterwarnings("ignore:.*utcnow:DeprecationWarning")

DOCUMENT = (Path(__file__).parents[2] / "docs" / "backtrader.md").read_text("utf-8")
EXAMPLE, OWN_INDICATOR, PATTERN = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
SERIES = Series("binance", "BTC/USDT", "1h")
CANDLES = random_candles(2_000, seed=11)
FROM_THE_TAPE = re.compile(r"TapeData\(exchange.*?\)")


@pytest.fixture
def tape(database: str, market_tape: MarketTape, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings' database holds the series of the example."""
    market_tape.record([candle_closed(SERIES, CANDLES.candle(row)) for row in range(len(CANDLES))])
    monkeypatch.setenv("PAPERTAPE_DATABASE_URL", database)


@pytest.mark.usefixtures("tape")
def test_the_example_makes_the_trades_of_the_account(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    execute(EXAMPLE)
    printed = [line.rpartition(" ")[0] for line in capsys.readouterr().out.splitlines()]
    ours = entries(CANDLES)
    assert len(ours) > 20
    assert printed[-len(ours) :] == ours


def test_the_example_runs_from_a_file_and_says_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_candles(tmp_path / "btc-1h.parquet", [CANDLES])
    feed = f"TapeData.of({str(tmp_path / 'btc-1h.parquet')!r}, '1h', stamped='open')"
    execute(FROM_THE_TAPE.sub(lambda _: feed, EXAMPLE))
    printed = [line.rpartition(" ")[0] for line in capsys.readouterr().out.splitlines()]
    ours = entries(CANDLES)
    assert printed[-len(ours) :] == ours


def test_the_strategy_with_an_own_indicator_has_the_numbers_of_cerebro(tmp_path: Path) -> None:
    file = tmp_path / "above_the_middle.py"
    file.write_text(OWN_INDICATOR, "utf-8")
    (offer,) = offers_of(file)
    strategy = offer.made({})
    values = {name: compute(each, CANDLES) for name, each in strategy.indicators().items()}
    own = execute(OWN_INDICATOR)["Middle"]
    assert np.array_equal(values["middle"], in_cerebro(own, "middle", period=20), equal_nan=True)
    assert strategy.rules(CANDLES, values).checked(len(CANDLES)).enter_long.sum() > 20
    assert candles_of_warm_up(strategy) < 100


def test_the_strategy_with_a_pattern_trades_in_cerebro_by_the_pattern_s_numbers() -> None:
    shown = execute(PATTERN)
    (ran,) = run(shown["Following"])
    assert len(ran._trades) > 0
    ours = PATTERNS["Supertrend"].values(CANDLES, period=10, multiplier=3)[0]
    known = np.isfinite(ours)
    assert np.array_equal(in_cerebro(shown["Supertrend"], "trend")[known], ours[known])


def test_each_parameter_of_the_feed_is_described() -> None:
    _, _, behind = DOCUMENT.partition("| parameter | means |")
    table, _, _ = behind.partition("\n\n")
    cells = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
    described = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    inherited = {*bt.feed.DataBase.params._getkeys(), "candles"}
    feed: Any = TapeData
    assert described - inherited == set(feed.params._getkeys()) - inherited


@pytest.mark.parametrize(("limit", "fills"), [(99.0, 1), (98.9, 0)])
def test_a_limit_that_is_touched_fills_in_cerebro(limit: float, fills: int) -> None:
    column = np.full(3, 100.0)
    times = np.arange(3, dtype=np.int64) * 3_600_000
    candles = Candles(times, column, column + 1, column - 1, column, np.ones(3))

    class Waiting(bt.Strategy):  # type: ignore[misc]  # Backtrader has no types
        def next(self) -> None:
            if len(self) == 1:
                self.buy(exectype=bt.Order.Limit, price=limit)

    (ran,) = run(Waiting, candles)
    assert ran.position.size == fills


def execute(source: str) -> dict[str, Any]:
    """Run an example as a script; what it defines."""
    defined: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, "example", "exec"), defined)  # our own document
    return defined


def entries(candles: Candles) -> list[str]:
    """When and at which price the account enters, as the example prints it."""
    market = Market("BTC/USDT", tick=1e-8, lot=1e-6)
    heard = hear(Crossing(waits=1_000), market.pair, candles, "1h")
    made = trades("1h", [market], {market.pair: candles}, {market.pair: heard}, 1_000.0)
    return [f"{from_ms(each.entered_at):%Y-%m-%d %H:%M} {each.entry_price}" for each in made]


def run(strategy: Any, candles: Candles = CANDLES) -> Any:
    """The strategy, when it has run."""
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(TapeData.of(candles, "1h"))
    cerebro.addstrategy(strategy)
    return cerebro.run()


def in_cerebro(indicator: Any, line: str, **parameters: Any) -> Any:
    """The values of an indicator's line in Cerebro."""

    class Holding(bt.Strategy):  # type: ignore[misc]  # Backtrader has no types
        def __init__(self) -> None:
            self.held = indicator(self.data, **parameters)

    (ran,) = run(Holding)
    return np.array(getattr(ran.held.lines, line).array)
