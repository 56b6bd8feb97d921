"""What a strategy says of a series: its indicators' lines and its signals, block by block.

The numbers are those that a scan and a backtest see.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np

from adapters.charts.content import ChartContent, ChartLine, ChartSignal
from adapters.charts.stops import moves_after
from adapters.indicators import engine
from domain.account.levels import ahead, behind
from domain.account.period import Opinion
from domain.blocks import Needed, Window, needed, windows
from domain.candles import Candles, Floats
from domain.strategies.evaluate import opinions_of_block, values_of
from domain.strategies.strategy import Strategy
from domain.timeframes import timeframe


def history_needed(content: ChartContent, warm_up: int) -> Needed:
    """The traded candles that all lines and signals of these candles need."""
    before = needed(content.begin, timeframe(content.timeframe), warm_up)
    return Needed(before.since, before.candles + len(content.candles))


def cut_to(candles: Candles, wanted: Needed) -> Candles:
    """The newest traded candles of those wanted."""
    traded = candles.traded()
    since = int(np.searchsorted(traded.open_time, wanted.since))
    return traded[max(since, len(traded) - wanted.candles) :]


def with_strategy(
    content: ChartContent, strategy: Strategy, warm_up: int, history: Candles
) -> ChartContent:
    """The content with the strategy's lines and signals.

    `history` holds the traded candles that are needed, those of the content among them. A line
    begins where the warm-up is over. Raises StrategyFailed, UnknownIndicator, BadIndicator.
    """
    lines = {name: np.full(len(content.candles), np.nan) for name in strategy.indicators()}
    opinions: dict[int, Opinion] = {}
    for window in _windows(content, warm_up, history):
        _fill(lines, content, strategy, window)
        said = opinions_of_block(strategy, content.pair, window, engine.compute)
        opinions.update(each for each in said if each[0] >= content.begin)
    return replace(
        content,
        lines=[
            ChartLine(name, lines[name], engine.placement(each))
            for name, each in strategy.indicators().items()
        ],
        signals=list(_signals(content, opinions)),
        strategy=strategy.name,
    )


def _windows(content: ChartContent, warm_up: int, history: Candles) -> Iterator[Window]:
    """The windows with rows on the chart, of which all may signal."""
    for window in windows(history, timeframe(content.timeframe), warm_up):
        if window.may_signal and window.candles.open_time[-1] >= content.begin:
            yield window


def _fill(
    lines: dict[str, Floats], content: ChartContent, strategy: Strategy, window: Window
) -> None:
    """Put the values of a window's rows that may signal where the chart has their candles."""
    first = window.first_row_that_may_signal
    times = content.candles.open_time
    rows = first + np.flatnonzero(np.isin(window.candles.open_time[first:], times))
    places = np.searchsorted(times, window.candles.open_time[rows])
    values = values_of(strategy, window.candles, window.timeframe, engine.compute)
    for name, line in lines.items():
        line[places] = values[name][rows]


def _signals(content: ChartContent, opinions: Mapping[int, Opinion]) -> Iterator[ChartSignal]:
    """What was wanted; prices that are relative to a fill are as if that were the close."""
    for open_time, said in opinions.items():
        if said.exit is not None:
            yield ChartSignal("exit", said.exit, open_time)
        if said.enter is not None:
            side, close, plan = said.enter, said.close, said.exits
            trail = behind(side, close, plan.trail_distance, plan.trail_rate)
            lost = behind(side, close, plan.stop_distance, plan.stop_rate) or trail
            stop = _price(lost, said.stop)
            target = _price(ahead(side, close, plan.target_distance, plan.target_rate), said.target)
            row = int(np.searchsorted(content.candles.open_time, open_time))
            moves = moves_after(row, said, stop, content.candles, content.period, opinions)
            yield ChartSignal("enter", said.enter, open_time, stop, target, tuple(moves))


def _price(relative: Decimal | None, fixed: Decimal | None) -> float | None:
    price = fixed if relative is None else relative
    return None if price is None else float(price)
