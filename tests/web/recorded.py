"""A market and an account on the tapes, projected by the real projector."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import sin

import psycopg

from adapters.postgres.follower import Follower
from application.chains import chained
from application.tapes import MarketTape, TradingTape, account_stream, event_id
from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    AccountPaused,
    MarketLocked,
    OrderFilled,
    OrderPlaced,
    SignalDeclined,
    SignalRaised,
    StopHit,
    StopMoved,
    TradeClosed,
    TradeFrozen,
    TradeOpened,
    TradingHalted,
)
from domain.candles import Candle, Series
from domain.market_facts import (
    GapFilled,
    GapFound,
    MarketDelisted,
    MarketListed,
    PeriodClosed,
    ScanFailed,
    candle_closed,
)
from domain.times import from_ms, to_ms
from projections.groups import MARKET, TRADING
from projections.projector import Group, Projector

START = datetime(2025, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
BTC = Series("sandbox", "BTC/USDT", "1h")
D = Decimal


def project(url: str) -> None:
    """Bring the read models to the heads of the tapes."""
    for group in (MARKET, TRADING):
        _catch_up(url, group)


def _catch_up(url: str, group: Group) -> None:
    follower = Follower(url, group.tape, "test")
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            Projector(group, follower, connection).catch_up()
    finally:
        follower.close()


def record_market(tape: MarketTape, hours: int = 60, pair: str = "BTC/USDT") -> None:
    """A listed market, `hours` of candles from START on, and the period of the last."""
    base, quote = pair.split("/")
    rules = [D("0.01"), D("0.00001"), D("0.00001"), D(10), D("0.001"), D("0.001")]
    series = Series("sandbox", pair, "1h")
    tape.record(
        [
            MarketListed(START, "sandbox", pair, base, quote, *rules),
            *(candle_closed(series, _candle(hour)) for hour in range(hours)),
        ]
    )


def _candle(hour: int) -> Candle:
    middle = D(str(round(64_000 + 900 * sin(hour / 6) + 260 * sin(hour * 1.7), 2)))
    close = middle + D(str(round(120 * sin(hour * 2.3), 2)))
    high, low = max(middle, close) + 90, min(middle, close) - 80
    return Candle(to_ms(START + hour * HOUR), middle, high, low, close, D("12.5"))


def record_troubles(tape: MarketTape, hour: int) -> None:
    """An hour in which XRP fails, ETH does not come, ADA is gone, and BTC has had an outage."""
    at, since = START + hour * HOUR, START - 4 * HOUR
    failed = "candles XRP/USDT: 503 Service Unavailable"
    tape.record(
        [
            *(ScanFailed(at + i * HOUR, "sandbox", "XRP/USDT", "1h", failed) for i in range(3)),
            PeriodClosed(at, "sandbox", "1h", at, 4, ["ADA/USDT", "ETH/USDT", "XRP/USDT"]),
            MarketDelisted(at, "sandbox", "ADA/USDT", "not offered for trading any more"),
            GapFound(START, *BTC, since, START, 4, "outage"),
            GapFilled(START, *BTC, since + HOUR, since + 2 * HOUR, 1),
            GapFound(START + HOUR, *BTC, START, START + HOUR, 1, "outage"),
            GapFilled(at, *BTC, START, START + HOUR, 1),
        ]
    )


def close_period(tape: MarketTape, hour: int, missing: Sequence[str] = ()) -> None:
    """The period that ends `hour` hours after START was seen a second later."""
    at = START + hour * HOUR
    seen_at = at + timedelta(seconds=1)
    tape.record([PeriodClosed(at, "sandbox", "1h", seen_at, 1, list(missing))])


class Recording:
    """Appends the facts of one account."""

    def __init__(self, tape: TradingTape, account: str = "paper") -> None:
        self.account = account
        self._tape = tape
        self._version = 0
        self._trade = 0

    def record(self, *facts: AccountFact) -> None:
        """Append facts in one transaction."""
        cause = event_id(account_stream(self.account), 0)
        events = chained(self.account, self._version, facts, cause)
        self._version += len(events)
        self._tape.recorder.insert_events(
            [self._tape.mapper.to_stored_event(event) for event in events]
        )

    def open(self) -> None:
        """10,000 USDT on the sandbox exchange."""
        name = self.account
        self.record(
            AccountOpened(
                at=START, account=name, exchange="sandbox", quote="USDT", capital=D(10_000),
                market_position=0, by="operator", why="configuration",
            ),
            AccountConfigured(
                at=START, account=name, timeframe="1h", stake=D(1_000), max_open_trades=3,
                pairs=["BTC/USDT"], market_position=0, by="operator", why="configuration",
            ),
        )  # fmt: skip

    def decline(self, hour: int) -> None:
        """A signal that led to nothing: one event that the feed passes over, twice."""
        self._trade += 1
        raised = self._signal(hour)
        numbers = {"needed": D("1001"), "free_cash": D("12.50")}
        self.record(
            raised,
            SignalDeclined(
                raised.at, self.account, self._trade, "BTC/USDT", "enter", "insufficient_cash",
                numbers,
            ),
        )  # fmt: skip

    def order(self, hour: int) -> int:
        """An enter order placed at the close of an hour; returns the number of its trade."""
        self._trade += 1
        raised, at = self._signal(hour), START + hour * HOUR
        placed = OrderPlaced(
            at=at, account=self.account, trade=self._trade, pair="BTC/USDT", order=self._trade,
            strategy="ema_cross", timeframe="1h", side="long", purpose="enter", type="market",
            quantity=D("0.0156"), reserved=D(1001), valid_until=at + HOUR, stop=D("63000.5"),
            target=D("66000"),
        )  # fmt: skip
        self.record(raised, placed)
        return self._trade

    def fill(self, hour: int, trade: int) -> None:
        """The order of a trade fills at the open of an hour."""
        at, quantity, price, fee = START + hour * HOUR, D("0.0156"), D("64000.5"), D("0.9984078")
        self.record(
            OrderFilled(
                at, self.account, trade, "BTC/USDT", trade, "long", "enter", quantity, price, fee
            ),
            TradeOpened(
                at=at, account=self.account, trade=trade, pair="BTC/USDT", strategy="ema_cross",
                timeframe="1h", side="long", quantity=quantity, entry_price=price, fee=fee,
                stop=D("63000.5"), target=D(66000), cash=D("9000.5937922"),
            ),
        )  # fmt: skip

    def stop(self, hour: int, trade: int) -> None:
        """A trade ends at its stop."""
        at, quantity, fee = START + hour * HOUR, D("0.0156"), D("0.9828078")
        self.record(
            StopHit(
                at=at, account=self.account, trade=trade, pair="BTC/USDT", side="long",
                quantity=quantity, stop=D("63000.5"), price=D("63000.5"), fee=fee, ambiguous=True,
            ),
            TradeClosed(
                at=at, account=self.account, trade=trade, pair="BTC/USDT", strategy="ema_cross",
                side="long", quantity=quantity, entered_at=at - 5 * HOUR, entry_price=D("64000.5"),
                exit_price=D("63000.5"), exit_reason="stop", fees=D("1.9812156"),
                profit=D("-17.5812156"), best=D("64800"), worst=D("63000.5"), ambiguous=True,
                caught_up=False, cash=D("9982.4187844"),
            ),
        )  # fmt: skip

    def move_stop(self, hour: int, trade: int) -> None:
        """The stop of a trade moves to where it was entered."""
        at, stop = START + hour * HOUR, D("64000.5")
        self.record(StopMoved(at, self.account, trade, "BTC/USDT", stop, "break_even", False))

    def freeze(self, hour: int, trade: int) -> None:
        """The market of a trade is gone."""
        self.record(
            TradeFrozen(START + hour * HOUR, self.account, trade, "BTC/USDT", D("64100"))
        )  # fmt: skip

    def pause(self, hour: int) -> None:
        """The operator pauses the account."""
        self.record(AccountPaused(START + hour * HOUR, self.account, 1, "mara", "the news"))

    def lock(self, hour: int) -> None:
        """A guard locks the market for an hour, on the long side."""
        at = START + hour * HOUR
        self.record(
            MarketLocked(
                at, self.account, "guard", "cool_down", None, "long", "BTC/USDT", at + HOUR, {}
            )
        )

    def halt(self, hour: int) -> None:
        """A guard halts the account for five hours."""
        at, numbers = START + hour * HOUR, {"loss": D("0.06"), "max_daily_loss": D("0.05")}
        self.record(
            TradingHalted(
                at, self.account, "guard", "daily_loss", None, None, at + 5 * HOUR, numbers
            )
        )

    def _signal(self, hour: int) -> SignalRaised:
        return SignalRaised(
            at=from_ms(to_ms(START + hour * HOUR)), account=self.account, trade=self._trade,
            pair="BTC/USDT", strategy="ema_cross", timeframe="1h", side="long", purpose="enter",
            close=D("64000.5"), stop=D("63000.5"), target=D(66000),
            indicators={"fast": D("64000.123"), "slow": D("63990.5")},
        )  # fmt: skip
