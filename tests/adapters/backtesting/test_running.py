"""A backtest, run: stopped in order, its equity, what it leaves to be told."""

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest

from adapters.backtesting.documents import document
from adapters.backtesting.inputs import Inputs
from adapters.backtesting.prepared import Prepared
from adapters.backtesting.results import Result, result_of
from adapters.backtesting.running import Run, Stopped, run
from application.backtest import Recorded, Span
from tests.adapters.backtesting.made import asked, facts_of, folder_of, from_files, walks
from tests.adapters.indicators.series import HOUR

WALKS = walks()


@pytest.fixture
def ready(tmp_path: Path) -> tuple[Prepared, Inputs]:
    return from_files(asked(data=folder_of(WALKS, tmp_path)))


def in_spans(inputs: Inputs, *cuts: int) -> Inputs:
    """The same candles, lived through in several spans."""
    (whole,) = inputs.recorded.spans
    bounds = pairwise((inputs.since, *(inputs.since + cut * HOUR for cut in cuts), inputs.until))
    spans = [Span(whole.candles, since, until) for since, until in bounds]
    recorded = Recorded(inputs.recorded.exchange, inputs.recorded.rules, spans)
    return Inputs(recorded, inputs.pairs, inputs.since, inputs.until, inputs.fingerprint)


class Impatient:
    """Stops a run when it is asked for the `patience`-th time."""

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.told: list[tuple[str, float]] = []

    def __call__(self, doing: str, share: float) -> None:
        self.told.append((doing, share))
        if len(self.told) == self.patience:
            raise Stopped


def told(ready: tuple[Prepared, Inputs], done: Run) -> Result:
    done.seconds["total"] = 0.0
    return result_of(*ready, done)


def test_spans_change_neither_facts_nor_equity(ready: tuple[Prepared, Inputs]) -> None:
    prepared, inputs = ready
    whole, parts = run(prepared, inputs), run(prepared, in_spans(inputs, 300, 301, 700))
    assert facts_of(whole) == facts_of(parts)
    first, second = (each.lived[0].curve.whole() for each in (whole, parts))
    assert np.array_equal(first.at, second.at)
    np.testing.assert_allclose(first.equity, second.equity, rtol=1e-13)
    assert whole.lived[0].equity == parts.lived[0].equity


def test_the_exact_equity_is_the_last_of_the_curve(tmp_path: Path) -> None:
    data, ends = folder_of(WALKS, tmp_path), WALKS["BTC/USDT"].open_time[500:520].tolist()
    runs = [run(*from_files(asked(data=data, until=end))) for end in ends]
    assert any(each.lived[0].outcome.account.trades for each in runs)
    for each in runs:
        (lived,) = each.lived
        last = lived.curve.whole().equity[-1]
        assert float(lived.equity) == pytest.approx(last, rel=1e-12)


def test_a_run_tells_how_far_it_is(ready: tuple[Prepared, Inputs]) -> None:
    prepared, inputs = ready
    watch = Impatient(10**9)
    run(prepared, in_spans(inputs, 400), watch)
    shares = [share for _, share in watch.told]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1
    assert 0.9 < shares[-1] <= 1
    assert (watch.told[0][0], watch.told[-1][0]) == ("signals", "trading")


def test_a_run_that_is_stopped_keeps_what_is_done(ready: tuple[Prepared, Inputs]) -> None:
    prepared, inputs = ready
    whole = run(prepared, inputs)
    signals = Impatient(10**9)
    run(prepared, inputs, signals)
    listening = sum(doing == "signals" for doing, _ in signals.told)
    cut = run(prepared, inputs, Impatient(listening + 2))
    (lived,) = cut.lived
    assert (cut.cut_short, whole.cut_short) == (True, False)
    assert inputs.since < lived.until < inputs.until
    facts, all_facts = facts_of(cut)[0], facts_of(whole)[0]
    assert 10 < len(facts) < len(all_facts)
    assert facts == all_facts[: len(facts)]
    result = told(ready, cut)
    assert int(result.accounts[0].curve.at[-1]) == lived.until
    assert result.cut_short


def test_a_run_that_is_stopped_before_it_trades_has_its_capital(
    ready: tuple[Prepared, Inputs],
) -> None:
    result = told(ready, run(*ready, Impatient(1)))
    (account,) = result.accounts
    assert (account.equity, account.cash, account.trades) == (Decimal(10_000), Decimal(10_000), [])
    assert document(result)["metrics"]["total_return"] == 0


def test_of_several_fill_bands_each_is_an_account_of_its_own(tmp_path: Path) -> None:
    data = folder_of(WALKS, tmp_path)
    both = from_files(asked(data=data, fills=("plain", "pessimistic")))
    result = told(both, run(*both))
    alone = from_files(asked(data=data, fills=("pessimistic",)))
    worst = told(alone, run(*alone))
    assert [account.name for account in result.accounts] == ["plain", "pessimistic"]
    assert result.accounts[1].equity == worst.accounts[0].equity
    said = document(result)
    assert said["trades"] == said["runs"]["plain"]["trades"]
    assert said["runs"]["pessimistic"]["metrics"] == document(worst)["metrics"]


def test_the_same_again_gives_the_same(tmp_path: Path) -> None:
    request = asked(data=folder_of(WALKS, tmp_path))
    first, second = (told(ready, run(*ready)) for ready in (from_files(request),) * 2)
    documents = [document(each) for each in (first, second)]
    for each in documents:
        del each["seconds"]
    assert msgspec.json.encode(documents[0]) == msgspec.json.encode(documents[1])


def test_reasons_are_counted_and_trades_are_in_the_order_of_their_ends(tmp_path: Path) -> None:
    data = folder_of(WALKS, tmp_path)
    ready = from_files(asked(data=data, parameters={"max_open_trades": "1"}))
    (account,) = told(ready, run(*ready)).accounts
    ends = [trade.at for trade in account.trades]
    assert ends == sorted(ends)
    assert account.metrics.tally.trades == len(ends)
    assert account.declined["max_open_trades"] > 0
