# mypy: disable-error-code="import-not-found, import-untyped, misc"
"""nautilus_trader: `BacktestEngine` on bars, with bracket orders.

It walks each bar from open to high, low and close. A market order fills at once, so at the close
at which it is placed, not at the next open; in the seeded candles the two are one price. Volumes
are left out, so that every order fills whole.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import LoggingConfig
from nautilus_trader.indicators import SimpleMovingAverage
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Currency, Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy

from benchmarks.peers.answer import Answer, Trade, run
from benchmarks.peers.works import (
    CASH,
    FAST,
    FEE,
    MINUTE,
    PLACES,
    QUANTITY,
    SLOW,
    STOP,
    TARGET,
    market_files,
)

VENUE = Venue("SIM")


def main() -> None:
    """Do one work; W2 would take a hundred times W1."""
    run("nautilus_trader", {"w1": _one, "w3": _many})


class Market:
    """One market's averages and how far they were apart at the last two closes."""

    def __init__(self, instrument: CurrencyPair) -> None:
        self.instrument = instrument
        self.averages = SimpleMovingAverage(FAST), SimpleMovingAverage(SLOW)
        self.before = self.now = float("nan")

    def take_in(self, close: float) -> None:
        for average in self.averages:
            average.update_raw(close)
        above, below = self.averages
        self.before, self.now = (
            self.now,
            (above.value - below.value if below.initialized else float("nan")),
        )


class SmaCross(Strategy):
    """Decides when the bars of all markets are in, as they come one after the other."""

    def __init__(self, instruments: list[CurrencyPair], places: int) -> None:
        super().__init__()
        self.markets = {each.id: Market(each) for each in instruments}
        self.places = places
        self.closes: dict[Any, Any] = {}
        self.closed: list[Any] = []

    def on_start(self) -> None:
        for instrument_id in self.markets:
            self.subscribe_bars(_bar_type(instrument_id))

    def on_bar(self, bar: Any) -> None:
        instrument_id = bar.bar_type.instrument_id
        self.closes[instrument_id] = bar.close
        self.markets[instrument_id].take_in(bar.close.as_double())
        if len(self.closes) == len(self.markets):
            self._decide()
            self.closes.clear()

    def _decide(self) -> None:
        held = {each.instrument_id for each in self.cache.positions_open()}
        taken = len(held)
        for instrument_id, market in self.markets.items():
            if instrument_id in held:
                if market.now < 0 <= market.before:
                    self.cancel_all_orders(instrument_id)
                    self.close_all_positions(instrument_id)
            elif market.before <= 0 < market.now and taken < self.places:
                taken += 1
                self._enter(market.instrument, self.closes[instrument_id].as_double())

    def _enter(self, instrument: CurrencyPair, close: float) -> None:
        orders = self.order_factory.bracket(
            instrument_id=instrument.id,
            order_side=OrderSide.BUY,
            quantity=instrument.make_qty(QUANTITY),
            sl_trigger_price=instrument.make_price(close * (1 - STOP)),
            tp_price=instrument.make_price(close * (1 + TARGET)),
        )
        self.submit_order_list(orders)

    def on_position_closed(self, event: Any) -> None:
        self.closed.append(event)


def _one(answer: Answer, path: Path) -> Iterator[Trade]:
    return _traded(answer, {"BTC/USDT": path}, 1)


def _many(answer: Answer, folder: Path) -> Iterator[Trade]:
    return _traded(answer, market_files(folder), PLACES)


def _traded(answer: Answer, files: dict[str, Path], places: int) -> Iterator[Trade]:
    logging = LoggingConfig(bypass_logging=True)
    engine = BacktestEngine(BacktestEngineConfig(logging=logging, run_analysis=False))
    engine.add_venue(VENUE, OmsType.NETTING, AccountType.MARGIN, [Money(CASH, USDT)])
    instruments = []
    for pair, path in files.items():
        instrument = _instrument(pair)
        engine.add_instrument(instrument)
        bars = _bars(instrument, path)
        engine.add_data(bars)
        answer.candles += len(bars)
        instruments.append(instrument)
    strategy = SmaCross(instruments, places)
    engine.add_strategy(strategy)
    with answer.inside():
        engine.run()
    answer.trades, answer.final_equity = len(strategy.closed), _equity(engine)
    return map(_trade, strategy.closed)


def _equity(engine: BacktestEngine) -> float:
    cash = engine.portfolio.account(VENUE).balance_total(USDT).as_double()
    still_open = engine.portfolio.unrealized_pnls(VENUE).get(USDT)
    return float(cash + (still_open.as_double() if still_open else 0.0))


def _bar_type(instrument_id: InstrumentId) -> BarType:
    return BarType.from_str(f"{instrument_id}-1-MINUTE-LAST-EXTERNAL")


def _bars(instrument: CurrencyPair, path: Path) -> Any:
    candles = pd.read_parquet(path)
    candles.index = pd.to_datetime(candles["open_time_ms"] + MINUTE, unit="ms", utc=True)
    candles.index.name = "timestamp"
    prices = candles[["open", "high", "low", "close"]]
    return BarDataWrangler(_bar_type(instrument.id), instrument).process(prices)


def _instrument(pair: str) -> CurrencyPair:
    symbol = Symbol(pair)
    fee = Decimal(str(FEE))
    return CurrencyPair(
        instrument_id=InstrumentId(symbol, VENUE),
        raw_symbol=symbol,
        base_currency=Currency.from_str("BTC"),
        quote_currency=USDT,
        price_precision=2,
        size_precision=6,
        price_increment=Price(0.01, precision=2),
        size_increment=Quantity(1e-06, precision=6),
        margin_init=Decimal(0),
        margin_maint=Decimal(0),
        maker_fee=fee,
        taker_fee=fee,
        ts_event=0,
        ts_init=0,
    )


def _trade(event: Any) -> Trade:
    entered, exited = event.ts_opened // 10**6, event.ts_closed // 10**6
    pair = event.instrument_id.symbol.value
    return Trade(pair, entered, event.avg_px_open, exited, event.avg_px_close, "")


if __name__ == "__main__":
    main()
