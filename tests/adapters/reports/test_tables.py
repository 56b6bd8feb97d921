"""Tables and figures of a run, as texts."""

from adapters.reports.figures import groups, headline
from adapters.reports.tables import cut_tables, trade_rows
from domain.performance.breakdowns import breakdowns_of
from tests.adapters.reports.samples import PLAIN, run_of
from tests.domain.performance.closed import closed, curve
from tests.scenario import ETH


def test_markets_are_told_by_their_profit_and_bars_are_parts_of_the_largest() -> None:
    trades = [closed("-20"), closed("40", pair=ETH)]
    by_market = cut_tables(breakdowns_of(trades), 2)[0].rows
    assert [(row.name, row.direction, row.bar) for row in by_market] == [
        (ETH, "up", 100),
        ("BTC/USDT", "down", 50),
    ]


def test_exit_reasons_are_told_in_words_the_most_frequent_first() -> None:
    trades = [closed(reason="break_even"), closed(reason="stop"), closed(reason="stop")]
    by_reason = cut_tables(breakdowns_of(trades), 2)[1].rows
    assert [(row.name, row.trades) for row in by_reason] == [
        ("stop", "2"),
        ("break-even stop", "1"),
    ]


def test_a_trade_is_told_with_its_return_and_its_doubt() -> None:
    row = next(trade_rows([closed("-5", reason="stop", ambiguous=True)], 2))
    assert (row.exit_reason, row.direction) == ("stop, ambiguous", "down")
    assert (row.entered_at, row.exited_at) == ("2024-01-01 09:00", "2024-01-01 10:00")
    assert row.rate == "\u22120.50\u202f%"


def test_a_drawdown_that_was_not_made_good_says_so() -> None:
    fallen = run_of([], curve(10_000, 9_000, 9_500)).metrics
    figures = {each.name: each.text for each in groups(fallen)[1].figures}
    assert (figures["Drawdown from"], figures["Recovered"]) == ("2 Jan 2024", "never")
    assert headline(fallen, "USDT")[2].note == "1 day to 3 Jan 2024"


def test_a_curve_that_never_fell_has_no_drawdown_to_tell_of() -> None:
    risen = run_of([], curve(10_000, 10_100)).metrics
    figures = {each.name: each.text for each in groups(risen)[1].figures}
    assert (figures["Max drawdown"], figures["Drawdown from"]) == ("0.0\u202f%", "–")
    assert headline(risen, "USDT")[2].note == "equity never fell"


def test_runs_have_the_same_figures_whatever_became_of_them() -> None:
    names = [
        [(group.name, [each.name for each in group.figures]) for group in groups(run.metrics)]
        for run in (PLAIN, run_of([]))
    ]
    assert names[0] == names[1]
