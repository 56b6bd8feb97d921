"""What a chart costs: 300 candles, four indicators and five trades, and a thousand charts' memory.

Times are those of a warm process, the best and the median of some rounds. Charts are drawn as the
web layer draws them, each with another content.
"""

import gc
import platform
import resource
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np

from adapters.charts.candle_chart import (
    ChartContent,
    ChartLine,
    ChartTrade,
    Format,
    Side,
    Style,
    draw,
)
from domain.candles import Candles, Floats
from domain.times import from_ms

HOUR = 3_600_000
CANDLES = 300
ROUNDS = 20
CHARTS = 1_000
WIDTH = 900


def main() -> None:
    """Print the costs."""
    content = content_of(CANDLES)
    for kind in FORMATS:
        for style in STYLES:
            size, times, busy = timed(content, style, kind)
            print(f"{kind} {style:5} {min(times):6.1f} ms, median {median(times):6.1f} (goal: under"
                  f" 150), of a processor {min(busy):5.1f}; {size / 1e3:4.0f} kB")  # fmt: skip
    memory(content)
    print(f"png wide  {min(timed(content, 'light', 'png', 2_400)[1]):6.1f} ms at 2,400 pixels")
    print(f"png phone {min(timed(content, 'dark', 'png', 390)[1]):6.1f} ms at 390 pixels")


FORMATS: tuple[Format, ...] = ("svg", "png")
STYLES: tuple[Style, ...] = ("light", "dark")


def timed(
    content: ChartContent, style: Style, kind: Format, width: int = WIDTH
) -> tuple[int, list[float], list[float]]:
    """The bytes of a chart, and the milliseconds of each round: passed, and of a processor."""
    size = len(draw(content, style, kind, width))
    times, busy = [], []
    for _ in range(ROUNDS):
        began, worked = perf_counter(), process_time()
        draw(content, style, kind, width)
        times.append((perf_counter() - began) * 1e3)
        busy.append((process_time() - worked) * 1e3)
    return size, times, busy


def memory(content: ChartContent) -> None:
    """How large the process is after so many charts, all of them different."""
    for number in range(1, CHARTS + 1):
        drawn = replace(
            content,
            pair=f"COIN{number}/USDT",
            candles=replace(content.candles, close=content.candles.close * (1 + number * 1e-5)),
        )
        draw(drawn, STYLES[number % 2], FORMATS[number // 2 % 2], WIDTH)
        if number in {100, CHARTS // 2, CHARTS}:
            print(f"memory after {number:5,} charts {resident() / 1e6:6.1f} MB, "
                  f"{len(gc.get_objects()):,} objects")  # fmt: skip


def resident() -> int:
    """The bytes of this process that are in memory; the most there ever were off Linux."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if platform.system() == "Darwin" else most * 1_024


def content_of(count: int) -> ChartContent:
    """A seeded market with two averages, an RSI, a MACD with its signal, and five trades."""
    candles = _candles(count)
    close = candles.close
    macd = _average(close, 12) - _average(close, 26)
    return ChartContent(
        "bench",
        "BTC/USDT",
        "1h",
        candles,
        [
            ChartLine("fast", _average(close, 8)),
            ChartLine("slow", _average(close, 21)),
            ChartLine("rsi", 50 + 40 * np.sin(np.arange(count) / 9), "RSI(period=14)"),
            ChartLine("macd", macd, "MACD(12, 26, 9)"),
            ChartLine("signal", _average(macd, 9), "MACD(12, 26, 9)"),
        ],
        [_trade(candles, count // 6 * number + 10, number) for number in range(5)],
    )


def _candles(count: int) -> Candles:
    chance = np.random.default_rng(7)
    close = 60_000 * np.exp(np.cumsum(chance.normal(0, 0.006, count)))
    before = np.append(60_000.0, close[:-1])
    wick = chance.exponential(0.003, (2, count))
    return Candles(
        np.arange(count, dtype=np.int64) * HOUR + 480_000 * HOUR,
        before,
        np.maximum(before, close) * (1 + wick[0]),
        np.minimum(before, close) * (1 - wick[1]),
        close,
        chance.exponential(500, count),
    )


def _average(values: Floats, period: int) -> Floats:
    """An exponential average."""
    weight, averages = 2 / (period + 1), np.array(values)
    for row in range(1, len(values)):
        averages[row] = averages[row - 1] + weight * (values[row] - averages[row - 1])
    return averages


def _trade(candles: Candles, row: int, number: int) -> ChartTrade:
    """Long and short in turn, the stop moved once."""
    side: Side = "short" if number % 2 else "long"
    sign = -1 if side == "short" else 1
    entered_at, entry = from_ms(int(candles.open_time[row])), float(candles.open[row])
    exit_price = float(candles.close[row + 25])
    return ChartTrade(
        side, entered_at, entry, entered_at + timedelta(hours=26), exit_price,
        entry * (1 - 0.02 * sign), entry * (1 + 0.04 * sign), (exit_price - entry) * sign / 100,
        [(entered_at + timedelta(hours=9), entry * (1 - 0.01 * sign))],
    )  # fmt: skip


if __name__ == "__main__":
    main()
