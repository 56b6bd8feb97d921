"""Accounts that trade in both worlds: one for each strategy, and some on other terms."""

from collections.abc import Sequence
from typing import Any

from adapters.account_terms import ExitSettings, FillSettings, GuardSettings
from adapters.settings import AccountSettings, ExchangeSettings, Settings, StrategySettings
from tests.scenario import D
from tests.system.parity_markets import EXCHANGE, Markets

UNLIMITED = 50_000.0
QUICK: dict[str, dict[str, Any]] = {
    "ema_cross": {"fast": 3, "slow": 8, "atr": 5},
    "sma_cross": {"fast": 3, "slow": 8, "stop": "0.02", "target": "0.03"},
    "donchian_breakout": {"entry": 12, "exit": 6, "atr": 5},
}
"""Parameters with which a few hundred candles give signals enough."""


def alone(name: str, parameters: dict[str, Any] | None = None) -> AccountSettings:
    """An account for one strategy, on both sides."""
    strategy = StrategySettings(name=name, parameters=parameters or {})
    return AccountSettings(name=name, exchange=EXCHANGE, shorts=True, strategies=(strategy,))


def varied(parameters: dict[str, dict[str, Any]]) -> list[AccountSettings]:
    """Accounts with two strategies, two timeframes, other fills, exits, guards and sizes."""

    def on(name: str, frame: str = "1h") -> StrategySettings:
        return StrategySettings(name=name, timeframe=frame, parameters=parameters.get(name, {}))

    def account(name: str, *strategies: StrategySettings, **terms: Any) -> AccountSettings:
        return AccountSettings(name=name, exchange=EXCHANGE, strategies=strategies, **terms)

    return [
        account(
            "trailing", on("ema_cross"), on("sma_cross"),
            shorts=True, max_open_trades=2, fills=FillSettings(band="realistic"),
            exits=ExitSettings(
                trail_rate=D("0.02"), break_even_rate=D("0.01"), target_rate=D("0.05"),
                time_stop=48,
            ),
        ),
        account(
            "guarded", on("donchian_breakout"), on("ema_cross"),
            shorts=True, sizing="equity", stake=D("0.2"), guards=GUARDS,
            fills=FillSettings(band="pessimistic"), exits=ExitSettings(stop_rate=D("0.01")),
        ),
        account(
            "patient", on("sma_cross", "4h"), on("ema_cross"),
            timeframe="1h", sizing="risk", stake=D("0.01"), reserve=D("0.1"),
            max_market_exposure=D("0.3"), max_exposure=D("0.8"), valid_for=3, shorts=True,
            exits=ExitSettings(stop_rate=D("0.03"), trail_rate=D("0.04")),
        ),
        account(
            "coarse", on("ema_cross"),
            timeframe="4h", sizing="quantity", stake=D("1.5"), shorts=True, valid_for=8,
            fills=FillSettings(band="optimistic", slippage_range=D("0.1")),
        ),
        account(
            "choosy", on("sma_cross"),
            pairs=("BTC/USDT",), stake=D(400), capital=D(500), time_in_force="ioc",
            prefer="strength", fills=FillSettings(volume_share=D("0.02")),
            exits=ExitSettings(time_stop=5),
        ),
    ]  # fmt: skip


GUARDS = (
    GuardSettings(kind="daily_loss", max_daily_loss=D("0.02")),
    GuardSettings(
        kind="stop_streak", lookback_period=3_000, stop_duration=900, trade_limit=2,
        only_per_side=True,
    ),
    GuardSettings(kind="cool_down", stop_duration=120),
    GuardSettings(
        kind="max_drawdown", lookback_period=6_000, stop_duration=1_440, trade_limit=3,
        max_allowed_drawdown=D("0.03"),
    ),
    GuardSettings(
        kind="low_profit", lookback_period=6_000, stop_duration=600, trade_limit=2,
        required_profit=D("-0.01"), only_per_pair=True,
    ),
)  # fmt: skip


def settings_of(markets: Markets, accounts: Sequence[AccountSettings], sandbox: str) -> Settings:
    """A bot that trades these accounts on the sandbox exchange at that address."""
    exchange = ExchangeSettings(
        name=EXCHANGE,
        ccxt_id="binance",
        pairs=markets.pairs,
        url=sandbox,
        requests_per_second=UNLIMITED,
        seconds_after_close=0,
    )
    return Settings(exchanges=(exchange,), accounts=tuple(accounts))
