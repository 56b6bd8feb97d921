"""The checks before a strategy may trade: what is refused, in which words, and what is not."""

import inspect
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from adapters.indicators.engine import compute, warm_up
from adapters.strategies.check_series import check_series
from adapters.strategies.code_scan import scan_code
from domain.blocks import BLOCK
from domain.strategies import STRATEGIES
from domain.strategies.checking import Checked, CheckSeries, Finding, Refused, check
from domain.strategies.ema_cross import EmaCross
from domain.timeframes import timeframe
from domain.times import to_ms
from papertape import Candles, Floats, Indicator, Rules, Strategy
from tests.adapters.indicators.series import HOURLY, recorded

HOUR = timeframe("1h")
PROJECT = Path(__file__).parents[3]


class Bad(NamedTuple):
    """A bad strategy: the check that refuses it, on which series, and words that it says."""

    module: str
    check: str
    series: str | None
    words: tuple[str, ...]


NEXT = ("while that is the newest candle", "once the next candle is known", "It looks ahead.")
TURNS = ("when the same candles are shown again", "not on chance")
BEGINS = ("It depends on where the history begins", "a fixed number of candles only")
BAD = [
    Bad("peeks_ahead", "ahead", "lively", ("rule `enter_long` at 2024", *NEXT)),
    Bad("rolls_back", "ahead", "lively", ("`np.roll(close, -1)`", *NEXT)),
    Bad("slopes", "ahead", "lively", ("`np.gradient`", *NEXT)),
    Bad("centred_window", "ahead", "lively", ("a centred window", "It looks ahead.")),
    Bad("late_pivots", "ahead", "lively", ("once the next 3 candles are known",)),
    Bad("normalises", "ahead", "lively", ("of a whole array (`close.max()`)",)),
    Bad("ranks", "ahead", "lively", ("sorting",)),
    Bad("longer_candle_not_over", "ahead", "lively", ("a longer candle that is not over yet",)),
    Bad(
        "short_warm_up",
        "warm-up",
        "lively",
        ("Its warm-up of 21 candles is too short: about", "would do. Set `lookback = "),
    ),
    Bad("running_total", "warm-up", "lively", ("a running total", *BEGINS)),
    Bad("counts_candles", "warm-up", "lively", ("from 22 candles", *BEGINS)),
    Bad("takes_turns", "warm-up", "lively", ("is carried on from candle to candle", *BEGINS)),
    Bad("remembers", "repeats", "lively", TURNS),
    Bad("counts_its_calls", "repeats", "lively", TURNS),
    Bad("draws_lots", "repeats", "lively", TURNS),
    Bad(
        "divides_by_zero",
        "runs",
        "one price",
        (
            "rules() divides by zero at 2024-",
            "of `one price`), with open 99.56, high 99.56, low 99.56, close 99.56, volume ",
            ", in divides_by_zero.py, line ",
            "`np.divide(a, b, out=np.zeros_like(a), where=b != 0)`",
        ),
    ),
    Bad("one_too_few", "runs", "lively", ("enter_long is bool[", "one element for each candle")),
    Bad("numbers_as_flags", "runs", "lively", ("enter_long is int64[", "true or false")),
    Bad("lists", "runs", "lively", ("`enter_long` is of type list, not a numpy array",)),
    Bad(
        "says_nothing",
        "runs",
        "lively",
        ("(on `lively`) returns NoneType", "End it with `return Rules"),
    ),
    Bad("changes_candles", "runs", "lively", ("changes what it was given", "candles.close.copy()")),
    Bad(
        "needs_fifty_candles",
        "runs",
        "a single candle",
        ("asks for a candle that is not there (IndexError", ", in needs_fifty_candles.py, line "),
    ),
    Bad(
        "loses_its_stops",
        "entries",
        "lively",
        ("where its stop is nan: such an entry is never made", "np.isfinite(stop)"),
    ),
    Bad(
        "unknown_indicator",
        "runs",
        "lively",
        (
            "indicator `average` (on `lively`) cannot be computed: 'SNA' is not",
            "its name, line, parameters and code",
        ),
    ),
]
NAMES = {each.name for each in check_series(HOUR, 21)}


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.module)
def test_a_bad_strategy_is_refused_in_words_that_say_what_to_change(bad: Bad) -> None:
    refused = finding(bad_strategy(bad.module))
    assert (refused.check, refused.series) == (bad.check, bad.series)
    for words in bad.words:
        assert words in str(refused)
    assert "\n" not in str(refused)


@pytest.mark.parametrize("bad", [each for each in BAD if each.series], ids=lambda bad: bad.module)
def test_a_refusal_names_a_candle_of_its_series(bad: Bad) -> None:
    refused = finding(bad_strategy(bad.module))
    series = {each.name: each.candles for each in check_series(HOUR, 21)}[str(refused.series)]
    assert refused.candle is not None
    assert refused.opened_at is not None
    assert series.open_time[refused.candle - 1] == to_ms(refused.opened_at)


@pytest.mark.parametrize(
    "bad",
    [each for each in BAD if each.check in ("ahead", "repeats", "warm-up") and each.series],
    ids=lambda bad: bad.module,
)
def test_a_refusal_for_what_was_said_gives_both_values(bad: Bad) -> None:
    refused = finding(bad_strategy(bad.module))
    one, other = refused.values
    assert one != other
    assert one in str(refused)
    assert other in str(refused)


def test_the_values_of_a_strategy_that_peeks_are_those_without_and_with_the_next_candle() -> None:
    refused = finding(bad_strategy("peeks_ahead"))
    close = check_series(HOUR, 21)[0].candles.close
    assert refused.candle is not None
    assert close[refused.candle] > close[refused.candle - 1]
    assert refused.values == ("false", "true")


def test_the_candle_of_a_division_by_zero_is_the_first_of_one_price() -> None:
    stops = candles_of_one_price(since=700, count=1_200)
    refused = finding(bad_strategy("divides_by_zero"), [CheckSeries("mine", stops)])
    assert refused.candle == 701


@pytest.mark.parametrize("module", ["own_indicator_peeks", "own_indicator_is_centred"])
def test_an_own_indicator_that_looks_ahead_is_refused(module: str) -> None:
    refused = finding(bad_strategy(module))
    assert refused.check in ("ahead", "runs")
    assert refused.what.startswith("indicator `")
    assert "not an indicator" not in str(refused)


def test_with_the_lookback_that_was_told_a_short_warm_up_is_enough() -> None:
    kind = type(bad_strategy("short_warm_up"))
    told = str(finding(kind())).split("`lookback = ")[1].split("`")[0]

    class Mended(kind, frozen=True):  # type: ignore[misc, valid-type, call-arg]
        lookback: ClassVar[int] = int(told)

    assert checked(Mended()).warm_up == 20 + int(told)


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_built_in_strategy_may_trade(name: str) -> None:
    learnt = checked(STRATEGIES[name].with_parameters({}))
    assert learnt.entries > 0
    assert learnt.exits > 0 or name in NEVER_EXITS


NEVER_EXITS: set[str] = set()


@pytest.mark.skipif(not HOURLY, reason="needs the recorded candles")
@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_built_in_strategy_may_trade_on_recorded_candles(name: str) -> None:
    series = [CheckSeries(path.parent.name, recorded(path)[-3_000:]) for path in HOURLY[::14]]
    assert checked(STRATEGIES[name].with_parameters({}), series).series


def test_every_strategy_of_the_documentation_may_trade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("**/*.md"))]
    for number, text in enumerate(each for file in files for each in strategies_in(file)):
        path = tmp_path / f"documented_{number}.py"
        path.write_text(text)
        scan_code({path.name: text})
        for kind in kinds_in(path, monkeypatch):
            assert checked(kind.with_parameters({})).entries


def test_usual_ways_to_compute_are_not_refused() -> None:
    learnt = checked(UsualWays())
    assert learnt.entries
    assert learnt.exits


def test_a_strategy_without_indicators_may_trade() -> None:
    assert checked(WithoutIndicators()).warm_up == 1


def test_what_is_learnt_is_the_same_each_time() -> None:
    assert checked(EmaCross()) == checked(EmaCross())


def test_what_the_author_may_want_to_know_is_told() -> None:
    assert checked(EmaCross()).warnings == ()
    silent = checked(Silent()).warnings
    assert any("never enters" in each for each in silent)
    assert any(
        "indicator `rsi` has no value at" in each and "of `one price`" in each for each in silent
    )
    assert any("fails where there are no candles" in each for each in silent)


def test_it_tells_how_far_it_is() -> None:
    told: list[tuple[str, float]] = []
    check(
        EmaCross(), HOUR, compute, warm_up, check_series,
        progress=lambda what, share: told.append((what, share)),
    )  # fmt: skip
    assert [what for what, share in told if share == 0] == [
        "runs on any candles",
        "says the same again",
        "never looks ahead",
        "forgets where its history began",
    ]
    assert all(0 <= share < 1 for _, share in told)


def test_each_market_is_cut_at_every_block_s_edge_and_at_200_more_candles() -> None:
    newest: dict[int, set[int]] = {}

    def watching(indicator: Indicator, candles: Candles) -> Floats:
        if len(candles):
            newest.setdefault(int(candles.open_time[-1]), set()).add(len(candles))
        return compute(indicator, candles)

    strategy = EmaCross()
    for series in check_series(HOUR, 420)[:2]:
        newest.clear()
        check(strategy, HOUR, watching, warm_up, lambda *_, only=series: [only])
        times = series.candles.traded().open_time
        edges = times[:-1][np.diff(times // (BLOCK * HOUR.ms)) > 0]
        asked = edges[edges > times[420 + 2 * BLOCK]]
        assert len(asked) > 4
        assert set(asked.tolist()) <= set(newest) or series.name == "quiet"
        assert len(set(newest) - set(edges.tolist())) >= 200


def test_too_long_a_warm_up_is_refused() -> None:
    refused = finding(EmaCross(fast=900, slow=1_000, atr=1_000), [])
    assert refused.check == "warm-up"
    assert "more than 20,000" in str(refused)


def candles_of_one_price(since: int, count: int) -> Candles:
    """A market that stops moving for good: so many candles, those from row `since` on flat."""
    lively = check_series(HOUR, count)[0].candles[:count]
    close = np.where(np.arange(count) < since, lively.close, 50.0)
    moves = np.where(np.arange(count) < since, 1.0, 0.0)
    return Candles(lively.open_time, close, close + moves, close - moves, close, lively.volume)


def bad_strategy(module: str) -> Strategy:
    """A new instance of what a module of bad strategies defines."""
    found = import_module(f"tests.bad_strategies.{module}")
    (kind,) = (
        each
        for each in vars(found).values()
        if inspect.isclass(each) and issubclass(each, Strategy) and each is not Strategy
    )
    made: Strategy = kind()
    return made


def checked(strategy: Strategy, recorded: list[CheckSeries] | None = None) -> Checked:
    frame = HOUR
    if any(each.timeframe for each in strategy.indicators().values()):
        frame = timeframe("15m")
    return check(
        strategy,
        frame,
        compute,
        warm_up,
        lambda frame, needed: [*check_series(frame, needed), *(recorded or [])],
    )


def finding(strategy: Strategy, series: list[CheckSeries] | None = None) -> Finding:
    """Why a strategy is refused."""

    def chosen(frame: object, needed: int) -> list[CheckSeries]:
        return check_series(HOUR, needed) if series is None else series

    with pytest.raises(Refused) as caught:
        check(strategy, HOUR, compute, warm_up, chosen)
    return caught.value.finding


def strategies_in(file: Path) -> list[str]:
    """The Python examples of a page that define a strategy."""
    examples = file.read_text().split("```python\n")[1:]
    texts = [each.split("```")[0] for each in examples]
    return [each for each in texts if "(Strategy" in each]


def kinds_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[type[Strategy]]:
    """The strategies that a file defines."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, path.stem, module)  # where Backtrader looks for it
    spec.loader.exec_module(module)
    return [
        each
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, Strategy) and each.__module__ == path.stem
    ]


class WithoutIndicators(Strategy, frozen=True):
    """Candles alone."""

    name: ClassVar[str] = "without_indicators"

    def indicators(self) -> dict[str, Indicator]:
        return {}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        return Rules(
            enter_long=candles.close > candles.open, exit_long=candles.close < candles.open
        )


class Silent(Strategy, frozen=True):
    """Never enters, and has no value where nothing moves."""

    name: ClassVar[str] = "silent"

    def indicators(self) -> dict[str, Indicator]:
        return {"rsi": Indicator("RSI", period=14)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        above = np.concatenate(([False], candles.close[1:] > candles.close[:-1]))
        return Rules(enter_long=above & (values["rsi"] > 101), exit_long=above)


class UsualWays(Strategy, frozen=True):
    """What authors write who know numpy."""

    name: ClassVar[str] = "usual_ways"
    lookback: ClassVar[int] = 60

    def indicators(self) -> dict[str, Indicator]:
        return {"average": Indicator("SMA", period=20)}

    def rules(self, candles: Candles, values: Mapping[str, Floats]) -> Rules:
        close, high = candles.close, candles.high
        mean, deviation = rolling(np.mean, close, 20), rolling(np.std, close, 20)
        distance = np.divide(
            close - mean, deviation, out=np.zeros_like(close), where=deviation > 1e-12 * close
        )
        change = np.concatenate(([0.0], np.diff(np.log(close))))[: len(close)]
        total = np.concatenate(([0.0], np.cumsum(close)))
        average = np.full(len(close), np.nan)
        average[19:] = (total[20:] - total[:-20]) / 20
        weighted = (
            np.convolve(close, np.arange(1.0, 11.0) / 55)[: len(close)] if len(close) else mean
        )
        return Rules(
            enter_long=(distance < -1.5) & (close < average) & (close > 0.5 * weighted),
            exit_long=close >= rolling(np.max, high, 30) * 0.99,
            strength=-distance,
            volatility=rolling(np.std, change, 30),
        )


def rolling(what: Callable[..., Floats], line: Floats, length: int) -> Floats:
    """Over the last so many candles, NaN where there are fewer."""
    rolled = np.full(len(line), np.nan)
    if len(line) >= length:
        rolled[length - 1 :] = what(sliding_window_view(line, length), axis=1)
    return rolled
