"""A backtest's candles out of files; the rules of their markets are those that they show."""

import time
from collections.abc import Mapping
from pathlib import Path

from adapters.backtesting.fingerprint import Fingerprint
from adapters.backtesting.inputs import Inputs, begin_of, between, ends_of, lived_through
from adapters.backtesting.prepared import Prepared
from adapters.backtesting.request import BadRequest
from adapters.backtesting.rules import as_chosen, made_up
from adapters.candle_files import read_candles
from adapters.candle_folders import Steps, exchange_folder, series_files, steps_in, steps_of
from application.backtest import Recorded, Span
from domain.candles import Candles
from domain.markets import MarketRules, chosen
from domain.timeframes import Timeframe

Files = Mapping[str, Mapping[str, Path]]
"""The files of markets, by pair and timeframe."""


def filed(prepared: Prepared, data: Path) -> Inputs:
    """The candles of a file or a data folder, all in memory.

    Raises BadRequest, BadCandleFile, NoCandles.
    """
    files = _files(prepared, data)
    pairs = tuple(files)
    read = {frame: _read(files, frame) for frame in prepared.frames}
    since, until = lived_through(prepared, *ends_of(read))
    candles = {
        frame.name: {
            pair: between(each, frame, begin_of(prepared, frame, since), until)
            for pair, each in by_pair.items()
        }
        for frame, by_pair in read.items()
    }
    fingerprint = Fingerprint()
    fingerprint.take(candles)
    rules = as_chosen((_rules(prepared, files, pair, read) for pair in pairs), prepared.choice)
    recorded = Recorded(prepared.request.exchange, rules, [Span(candles, since, until)])
    return Inputs(recorded, pairs, since, until, fingerprint)


def _files(prepared: Prepared, data: Path) -> Files:
    """The files of the pairs that are asked for; all timeframes of each that there are."""
    request = prepared.request
    if not data.is_dir():
        return {_only_pair(prepared): {request.timeframe: data}}
    there = series_files(exchange_folder(data, request.exchange))
    offered = [pair for pair, files in there.items() if request.timeframe in files]
    pairs = chosen(request.pairs, offered)
    for pair in request.pairs:
        if pair not in pairs and (not pair.startswith("*/") or not pairs):
            raise BadRequest(f"{data}: there is no file of {pair} {request.timeframe}")
    for pair in pairs:
        if prepared.execution.name not in there[pair]:
            raise BadRequest(f"{data}: there is no file of {pair} {prepared.execution}")
    return {pair: there[pair] for pair in pairs}


def _only_pair(prepared: Prepared) -> str:
    pair, *more = prepared.request.pairs
    if more or pair.startswith("*/"):
        raise BadRequest("a file has the candles of one market; give --data a folder for several")
    if len(prepared.frames) > 1:
        raise BadRequest(
            "a file has candles of one timeframe; give --data a folder for --execution"
        )
    return pair


def _read(files: Files, frame: Timeframe) -> dict[str, Candles]:
    now = time.time_ns() // 1_000_000
    return {
        pair: read_candles([of_pair[frame.name]], frame, now).candles
        for pair, of_pair in files.items()
    }


def _rules(
    prepared: Prepared, files: Files, pair: str, read: Mapping[Timeframe, Mapping[str, Candles]]
) -> MarketRules:
    return made_up(prepared.request.exchange, pair, _steps(prepared, files[pair], pair, read))


def _steps(
    prepared: Prepared, files: Mapping[str, Path], pair: str,
    read: Mapping[Timeframe, Mapping[str, Candles]],
) -> Steps:  # fmt: skip
    """The steps out of the smallest file; one file alone is read already."""
    if len(files) == 1:
        return steps_of(read[prepared.request.frame][pair])
    return steps_in(files.values())
