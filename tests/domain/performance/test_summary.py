"""Results as plain JSON."""

import json
import re
from pathlib import Path
from typing import get_args

from hypothesis import given
from hypothesis import strategies as some

from domain.account.facts import TradeClosed
from domain.performance.breakdowns import Breakdowns
from domain.performance.exposure import Exposure
from domain.performance.metrics import Metrics, measure
from domain.performance.returns import Returns
from domain.performance.summary import plain, summary
from domain.performance.tally import Tally
from domain.performance.warnings import Code, warnings_of
from tests.domain.performance.closed import CLOSED, curve, trades_of
from tests.scenario import D, at

PARTS = {"returns", "tally", "exposure", "breakdowns"}


def _measured(trades: list[TradeClosed], *equity: float, capital: str = "100") -> Metrics:
    return measure(trades, curve(*equity), capital=D(capital), first=at(0), last=at(48))


def test_all_figures_stand_side_by_side_under_their_names() -> None:
    own = [name for name in Metrics.__struct_fields__ if name not in PARTS]
    names = [*own]
    for part in (Returns, Tally, Exposure, Breakdowns):
        names.extend(part.__struct_fields__)
    assert sorted(summary(_measured(trades_of("1"), 101.0))) == sorted(names)
    assert len(set(names)) == len(names)


def test_money_is_text_ratios_are_numbers_and_times_are_rfc_3339() -> None:
    told = summary(_measured(trades_of("1.50", "-0.5"), 90.0, 101.0))
    assert (told["net_profit"], told["fees"], told["capital"]) == ("1", "6", "100")
    assert (told["profit_factor"], told["win_rate"]) == (3.0, 0.5)
    assert (told["first"], told["last"]) == ("2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z")
    assert told["best_trade"] == {
        "trade": 1, "pair": "BTC/USDT", "exited_at": "2024-01-01T10:00:00Z", "profit": "1.5",
    }  # fmt: skip
    assert told["by_month"] == [
        {"name": "2024-01", "trades": 2, "net_profit": "1", "win_rate": 0.5, "fees": "6"}
    ]
    assert told["monthly_returns"] == [{"year": 2024, "month": 1, "rate": 0.01}]


def test_what_is_no_number_is_null() -> None:
    assert plain([float("nan"), float("inf"), -float("inf"), 0.5]) == [None, None, None, 0.5]


def test_warnings_are_plain_as_well() -> None:
    (warning,) = warnings_of(_measured(trades_of("1"), 101.0))[1:]
    assert plain(warning) == {
        "code": "one_trade",
        "numbers": {"trade": 1, "profit": "1", "net_profit": "1"},
        "says": "One trade, number 1 in BTC/USDT, made 1, where the net profit is 1.",
    }


@given(
    some.lists(CLOSED, max_size=10),
    some.lists(some.floats(-1e9, 1e9).map(lambda equity: round(equity, 12)), max_size=10),
    some.sampled_from(["0", "0.00000001", "100", "1000000000"]),
)
def test_every_result_is_json_without_nan_or_infinity(
    trades: list[TradeClosed], equity: list[float], capital: str
) -> None:
    metrics = _measured(trades, *equity, capital=capital)
    warnings = [plain(each) for each in warnings_of(metrics, parameters=2, warm_up=9, candles=9)]
    json.dumps({**summary(metrics), "warnings": warnings}, allow_nan=False)


def test_the_page_on_performance_names_every_figure_and_warning() -> None:
    page = (Path(__file__).parents[3] / "docs" / "performance.md").read_text("utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    own = {"first", "last", "capital", "open_trades"}
    assert set(summary(_measured([], 100.0))) - own <= named
    assert set(get_args(Code)) <= named
