"""A backtest out of files: which candles, which rules, what is missing."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from adapters.backtesting.request import BadRequest, Request
from adapters.backtesting.results import result_of
from adapters.backtesting.running import run
from adapters.candle_files import BadCandleFile
from adapters.candle_folders import NoCandles
from adapters.exchanges.sandbox.files import CandleFiles
from domain.candles import Candles
from domain.longer import put_together
from domain.timeframes import timeframe
from tests.adapters.backtesting.made import (
    PAIRS,
    asked,
    facts_of,
    folder_of,
    from_files,
    ran,
    walks,
    written,
)
from tests.adapters.indicators.series import HOUR

WALKS = walks()
BTC = WALKS["BTC/USDT"]


def test_rules_are_those_of_the_sandbox_exchange(tmp_path: Path) -> None:
    folder = folder_of(WALKS, tmp_path)
    written(put_together(BTC, timeframe("4h")), folder / "BTC-USDT" / "4h.parquet")
    sandbox = CandleFiles(folder)
    _, inputs = from_files(asked(data=folder))
    for pair, rules in inputs.recorded.rules.items():
        market = sandbox.market(pair)
        assert (rules.tick, rules.lot, rules.min_quantity) == (market.tick, market.lot, market.lot)
        assert (rules.min_notional, rules.maker, rules.taker) == (
            market.min_notional, Decimal("0.001"), Decimal("0.001"),
        )  # fmt: skip


def test_one_file_gives_what_its_folder_gives(tmp_path: Path) -> None:
    folder = folder_of({"BTC/USDT": BTC}, tmp_path)
    of_folder = ran(asked("BTC/USDT", data=folder))
    of_file = ran(asked("BTC/USDT", data=folder / "BTC-USDT" / "1h.parquet"))
    of_csv = ran(asked("BTC/USDT", data=written(BTC, tmp_path / "btc.csv")))
    assert len(facts_of(of_folder)[0]) > 200
    assert facts_of(of_folder) == facts_of(of_file) == facts_of(of_csv)


def test_the_folder_of_an_exchange_is_found_in_a_folder_of_several(tmp_path: Path) -> None:
    folder_of(WALKS, tmp_path / "other")
    folder_of({"BTC/USDT": BTC}, tmp_path / "bench")
    _, inputs = from_files(asked("*/USDT", data=tmp_path))
    assert inputs.pairs == ("BTC/USDT",)


def test_every_market_of_a_quote_may_be_asked_for_at_once(tmp_path: Path) -> None:
    _, inputs = from_files(asked("*/USDT", data=folder_of(WALKS, tmp_path)))
    assert inputs.pairs == PAIRS


def test_the_order_of_pairs_does_not_matter(tmp_path: Path) -> None:
    folder = folder_of(WALKS, tmp_path)
    forwards, backwards = (
        (from_files(asked(*pairs, data=folder))) for pairs in (PAIRS, PAIRS[::-1])
    )
    assert forwards[1].fingerprint.hexdigest() == backwards[1].fingerprint.hexdigest()
    assert facts_of(run(*forwards)) == facts_of(run(*backwards))


def test_what_is_given_takes_the_place_of_rules(tmp_path: Path) -> None:
    file = tmp_path / "account.toml"
    file.write_text("tick = '0.5'\nlot = '0.1'\n")
    data = written(BTC, tmp_path / "btc.parquet")
    request = asked("BTC/USDT", data=data, account=file, parameters={"fee": "0.0005"})
    _, inputs = from_files(request)
    rules = inputs.recorded.rules["BTC/USDT"]
    assert (str(rules.tick), str(rules.lot), str(rules.min_quantity)) == ("0.5", "0.1", "0.1")
    assert (str(rules.maker), str(rules.taker)) == ("0.0005", "0.0005")


def test_candles_before_the_start_warm_up_and_none_behind_the_end_is_seen(tmp_path: Path) -> None:
    data = folder_of({"BTC/USDT": BTC}, tmp_path)
    since, until = int(BTC.open_time[500]), int(BTC.open_time[800])
    ready, inputs = from_files(asked("BTC/USDT", data=data, since=since, until=until))
    assert (inputs.since, inputs.until) == (since, until)
    (span,) = inputs.recorded.spans
    loaded = span.candles["1h"]["BTC/USDT"]
    assert int(loaded.open_time[-1]) == until - HOUR
    assert len(loaded) > 300 + ready.warm_up


def test_a_backtest_of_a_part_signals_as_the_whole_does(tmp_path: Path) -> None:
    """Behind the first trade that both have, all is equal."""
    data = folder_of({"BTC/USDT": BTC}, tmp_path)
    whole = from_files(asked("BTC/USDT", data=data, parameters={"quantity": "1"}))
    since = int(BTC.open_time[500])
    part = from_files(asked("BTC/USDT", data=data, since=since, parameters={"quantity": "1"}))
    trades = [result_of(*each, run(*each)).accounts[0].trades for each in (whole, part)]
    exits = [{trade.at: trade.profit for trade in of} for of in trades]
    assert len(exits[1]) > 20
    assert list(exits[0].items())[-len(exits[1]) + 1 :] == list(exits[1].items())[1:]


def test_a_start_within_a_period_waits_for_the_next(tmp_path: Path) -> None:
    data = folder_of({"BTC/USDT": BTC}, tmp_path)
    since = int(BTC.open_time[500]) + 1
    _, inputs = from_files(asked("BTC/USDT", data=data, since=since))
    assert inputs.since == int(BTC.open_time[501])


def test_fills_may_be_judged_on_shorter_candles(tmp_path: Path) -> None:
    folder = folder_of({"BTC/USDT": BTC}, tmp_path)
    written(put_together(BTC, timeframe("4h")), folder / "BTC-USDT" / "4h.parquet")
    request = Request(
        "sma_cross", "bench", ("BTC/USDT",), "4h", {"fast": "3", "slow": "8"}, data=folder
    )
    alone, finer = ran(request), ran(replace(request, execution="1h"))
    assert [each.lived[0].outcome.plan.timeframe for each in (alone, finer)] == ["4h", "1h"]
    assert len(finer.lived[0].curve.whole()) > 3 * len(alone.lived[0].curve.whole())
    assert {type(fact).__name__ for fact in facts_of(finer)[0]} >= {"StopHit", "TargetHit"}


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    folder, file = folder_of(WALKS, tmp_path / "data"), written(BTC, tmp_path / "btc.parquet")
    with pytest.raises(BadRequest, match="there is no file of XRP/USDT 1h"):
        from_files(asked("BTC/USDT", "XRP/USDT", data=folder))
    with pytest.raises(BadRequest, match=r"there is no file of \*/EUR 1h"):
        from_files(asked("*/EUR", data=folder))
    with pytest.raises(BadRequest, match="there is no file of BTC/USDT 1m"):
        from_files(asked("BTC/USDT", data=folder, execution="1m"))
    with pytest.raises(BadRequest, match="a file has candles of one timeframe"):
        from_files(asked("BTC/USDT", data=file, execution="1m"))
    with pytest.raises(BadRequest, match="a file has the candles of one market"):
        from_files(asked(data=file))
    with pytest.raises(BadRequest, match="there are no candles in that range"):
        from_files(asked("BTC/USDT", data=file, since=int(BTC.open_time[-1]) + HOUR))
    with pytest.raises(BadCandleFile, match="there is no such file"):
        from_files(asked("BTC/USDT", data=tmp_path / "nowhere.parquet"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoCandles):
        from_files(asked("BTC/USDT", data=tmp_path / "empty"))


def test_a_file_with_a_fault_is_refused_with_its_place(tmp_path: Path) -> None:
    wrong = Candles(BTC.open_time, BTC.open, np.zeros(len(BTC)), BTC.low, BTC.close, BTC.volume)
    with pytest.raises(BadCandleFile, match="row 1"):
        from_files(asked("BTC/USDT", data=written(wrong, tmp_path / "btc.parquet")))
