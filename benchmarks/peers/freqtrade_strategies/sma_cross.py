# mypy: disable-error-code="import-not-found, import-untyped, misc"
"""The strategy of the works for freqtrade, which looks for it in a folder.

Its stop is a rate of the price, its target (`minimal_roi`) a rate of the profit after fees.
"""

from typing import Any, ClassVar

from freqtrade.strategy import IStrategy

from benchmarks.peers.works import FAST, FEE, QUANTITY, SLOW, STOP, TARGET


class SmaCross(IStrategy):
    INTERFACE_VERSION = 3
    timeframe = "1m"
    startup_candle_count = 0
    stoploss = -STOP
    minimal_roi: ClassVar = {"0": (1 + TARGET) * (1 - FEE) / (1 + FEE) - 1}

    def populate_indicators(self, frame: Any, metadata: Any) -> Any:  # noqa: ARG002
        frame["gap"] = frame["close"].rolling(FAST).mean() - frame["close"].rolling(SLOW).mean()
        return frame

    def populate_entry_trend(self, frame: Any, metadata: Any) -> Any:  # noqa: ARG002
        frame.loc[(frame["gap"] > 0) & (frame["gap"].shift() <= 0), "enter_long"] = 1
        return frame

    def populate_exit_trend(self, frame: Any, metadata: Any) -> Any:  # noqa: ARG002
        frame.loc[(frame["gap"] < 0) & (frame["gap"].shift() >= 0), "exit_long"] = 1
        return frame

    def custom_stake_amount(self, current_rate: float, **_: Any) -> float:
        return current_rate * QUANTITY
