# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"
"""vectorbt: `Portfolio.from_signals`, with signals moved to the next candle's open.

It judges stops from the candle after the entry on, and before an exit at the open. It knows no
limit of open trades (W3): a signal function counts them, which is compiled anew in every process.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt
from numba import njit

from benchmarks.peers.answer import Answer, Trade, run
from benchmarks.peers.works import (
    CASH,
    FAST,
    FEE,
    GRID,
    PLACES,
    QUANTITY,
    SLOW,
    STOP,
    TARGET,
    market_files,
)

COLUMNS = ("open", "high", "low", "close")


def main(engine: str = "numba") -> None:
    """Do one work on one of its engines: `numba`, or `auto` for Rust wherever it can."""
    vbt.settings["engine"] = engine
    name = "vectorbt" if engine == "numba" else "vectorbt, Rust"
    run(name, {"w1": _one, "w2": _sweep, "w3": _many})


def _one(answer: Answer, path: Path) -> Iterator[Trade]:
    candles = _read(path)
    with answer.inside():
        enters, leaves = _crosses(candles["close"], [FAST], [SLOW])
        account = _account(candles, entries=enters, exits=leaves)
        _fill(answer, account, len(candles))
    account.stats()
    return _trades(account, ["BTC/USDT"])


def _sweep(answer: Answer, path: Path) -> Iterator[Trade]:
    candles = _read(path)
    with answer.inside():
        enters, leaves = _crosses(candles["close"], *zip(*GRID, strict=True))
        account = _account(candles, entries=enters, exits=leaves)
        _fill(answer, account, len(candles))
    account.stats(agg_func=None)
    return _trades(account, ["BTC/USDT"] * len(GRID))


def _many(answer: Answer, folder: Path) -> Iterator[Trade]:
    markets = {pair: _read(path) for pair, path in market_files(folder).items()}
    candles = {
        name: pd.DataFrame({pair: market[name] for pair, market in markets.items()})
        for name in COLUMNS
    }
    with answer.inside():
        enters, leaves = _crosses(candles["close"], [FAST], [SLOW])
        taken = np.zeros(len(markets), np.bool_), np.zeros(len(markets), np.int64)
        account = _account(
            candles,
            signal_func_nb=_within_places,
            signal_args=(enters.to_numpy(), leaves.to_numpy(), *taken, np.zeros(2, np.int64)),
            cash_sharing=True,
            group_by=True,
        )
        _fill(answer, account, candles["close"].size)
    account.stats()
    return _trades(account, list(markets))


def _read(path: Path) -> Any:
    candles = pd.read_parquet(path)
    return candles.set_index(pd.to_datetime(candles["open_time_ms"], unit="ms"))


def _crosses(close: Any, fast: Sequence[int], slow: Sequence[int]) -> tuple[Any, Any]:
    """Where to enter and to leave: one candle after the cross."""
    above = vbt.MA.run(close, window=list(fast), short_name="fast")
    below = vbt.MA.run(close, window=list(slow), short_name="slow")
    up, down = above.ma_crossed_above(below), above.ma_crossed_below(below)
    return up.vbt.fshift(1, fill_value=False), down.vbt.fshift(1, fill_value=False)


def _account(candles: Any, **signals: Any) -> Any:
    return vbt.Portfolio.from_signals(
        candles["close"],
        price=candles["open"],
        open=candles["open"],
        high=candles["high"],
        low=candles["low"],
        sl_stop=STOP,
        tp_stop=TARGET,
        stop_entry_price="fillprice",
        size=QUANTITY,
        fees=FEE,
        init_cash=CASH,
        freq="1min",
        **signals,
    )


@njit
def _within_places(c, enters, leaves, held, seen, counted):  # type: ignore[no-untyped-def]
    """Enter while there is a place, by what was open at the last close.

    It is not called where a stop has ended a trade: who was not `seen` a candle ago is not held.
    `counted` holds the candle and its places taken.
    """
    if counted[0] != c.i:
        counted[0] = c.i
        counted[1] = np.sum(held & (seen == c.i - 1))
    seen[c.col] = c.i
    enter = c.position_now == 0 and enters[c.i, c.col] and counted[1] < PLACES
    leave = c.position_now > 0 and leaves[c.i, c.col]
    counted[1] += enter
    held[c.col] = enter or (c.position_now > 0 and not leave)
    return enter, leave, False, False


def _fill(answer: Answer, account: Any, candles: int) -> None:
    answer.candles = candles
    answer.trades = int(np.sum(account.trades.closed.count()))
    answer.final_equity = float(np.mean(account.final_value()))


def _trades(account: Any, pairs: list[str]) -> Iterator[Trade]:
    times = account.wrapper.index.astype("datetime64[ms]").astype("int64")
    for each in account.trades.closed.values:
        pair, entry, exit_ = pairs[each["col"]], each["entry_idx"], each["exit_idx"]
        entry_price, exit_price = float(each["entry_price"]), float(each["exit_price"])
        yield Trade(pair, int(times[entry]), entry_price, int(times[exit_]), exit_price, "")


if __name__ == "__main__":
    main()
