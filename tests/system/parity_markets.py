"""Markets that paper trading and a backtest live through: a folder of candles, and a span of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from adapters.backtesting.rules import made_up
from adapters.candle_folders import candles_in, series_files, steps_in
from adapters.candle_writing import write_candles
from application.backtest import Recorded, Span
from domain.candles import Candles
from domain.longer import put_together
from domain.markets import MarketRules
from domain.timeframes import Timeframe, timeframe
from tests.adapters.indicators.series import HOUR, HOURLY, random_candles, recorded

EXCHANGE = "sandbox"
LONGER = timeframe("4h")
FRAMES = (timeframe("1h"), LONGER)
RECORDED = {
    path.parent.name.replace("-", "/"): path for path in HOURLY if path.name == "1h.parquet"
}


@dataclass(frozen=True, slots=True)
class Markets:
    """Candles of 1h and 4h, the first close that is lived through, and the last (ms).

    The first is one of every timeframe: at first sight a scan closes the newest period of each.
    """

    folder: Path
    pairs: tuple[str, ...]
    start: int
    end: int

    @property
    def sandbox_arguments(self) -> list[str]:
        """For `papertape sandbox`, in lockstep."""
        span = ("--start", str(self.start), "--end", str(self.end))
        return ["--data", str(self.folder), "--lockstep", *span]

    def file(self, pair: str, frame: Timeframe) -> Path:
        """The candles of a series."""
        return series_files(self.folder)[pair][frame.name]

    def candles(self, pair: str, frame: Timeframe, until: int) -> Candles:
        """Those of a series that have closed by then (ms)."""
        whole = candles_in(self.file(pair, frame))
        return whole[: int(whole.open_time.searchsorted(until - frame.ms + 1))]

    def rules(self) -> dict[str, MarketRules]:
        """Those that a backtest takes from files, which are the sandbox exchange's."""
        files = series_files(self.folder)
        return {pair: made_up(EXCHANGE, pair, steps_in(files[pair].values())) for pair in files}

    def recorded(self) -> Recorded:
        """All that the files hold, for a backtest."""
        candles = {
            frame.name: {pair: self.candles(pair, frame, self.end) for pair in self.pairs}
            for frame in FRAMES
        }
        return Recorded(EXCHANGE, self.rules(), [Span(candles, self.start - 1, self.end)])


def random_markets(folder: Path, periods: int) -> Markets:
    """Three of a random walk; one begins four days before the end, a day before a block does."""
    one, other, third = (random_candles(6_100, seed) for seed in (1, 2, 3))
    young = third[-110:]
    return written(folder, {"ADA/USDT": one, "BTC/USDT": other, "ETH/USDT": young}, periods)


def markets_with_holes(folder: Path, periods: int) -> Markets:
    """Two of a random walk, the second of which has quiet hours without a candle."""
    whole, holey = random_candles(6_000, 4), random_candles(6_000, 5, quiet=0.05)
    return written(folder, {"BTC/USDT": whole, "ETH/USDT": holey}, periods)


def recorded_markets(folder: Path, count: int, periods: int) -> Markets:
    """The first of those recorded at Binance, by name; some begin late."""
    chosen = islice(sorted(RECORDED.items()), count)
    return written(folder, {pair: recorded(path) for pair, path in chosen}, periods)


def written(folder: Path, candles: Mapping[str, Candles], periods: int) -> Markets:
    """The candles in files, hourly and put together; the last so many hours are lived through."""
    for pair, hourly in candles.items():
        _write(folder, pair, {"1h": hourly, "4h": put_together(hourly, LONGER)})
    end = LONGER.open_of(min(int(each.open_time[-1]) for each in candles.values()))
    start = LONGER.open_of(end - periods * HOUR)
    return Markets(folder, tuple(sorted(candles)), start, end)


def without_past(folder: Path, markets: Markets, hours: int) -> Markets:
    """The same markets of an exchange that keeps only so many hours before the start."""
    for pair in markets.pairs:
        series = {frame.name: candles_in(markets.file(pair, frame)) for frame in FRAMES}
        since = markets.start - hours * HOUR
        kept = {name: each.where(each.open_time >= since) for name, each in series.items()}
        _write(folder, pair, kept)
    return Markets(folder, markets.pairs, markets.start, markets.end)


def _write(folder: Path, pair: str, series: Mapping[str, Candles]) -> None:
    home = folder / pair.replace("/", "-")
    home.mkdir(parents=True)
    for name, candles in series.items():
        write_candles(home / f"{name}.parquet", [candles])
