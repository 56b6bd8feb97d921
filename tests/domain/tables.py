"""Candle tables: what candles, one after the other, make of an account with a past.

Every row is computed by hand from docs/paper-account.md.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec
import pytest

from domain.account.facts import AccountFact, OrderPlaced, OrderType
from domain.account.period import NO_PLAN, Opinion, Period
from domain.account.terms import USUAL_TERMS, ExitPlan, FillModel, Side, Terms, TimeInForce
from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import timeframe
from domain.values import decimal_text
from tests.scenario import (
    BTC,
    RULES,
    D,
    at,
    candle,
    entry_order,
    exit_order,
    given,
    open_trade,
    opened,
    period,
)

Facts = list[AccountFact]

TRADE = open_trade(entered=at(8))
"""A long of 10, entered at 100 at 08:00 for a fee of 2, with stop 95 and target 110."""
LEAVING = [*TRADE, *exit_order(placed=at(9))]
"""The same, its exit ordered at 09:00."""

_PRICES = ("stop", "target", "limit", "trigger", "price", "entry_price", "exit_price", "close")
_OF_PRICES = ("fee", "fees", "profit", "cash", "r_multiple")


class Row(NamedTuple):
    """An account with a past, the candles that follow, and exactly what they lead to.

    `candles` are open, high, low, close and, where it is not 1, volume; "-" is none. The first
    opens at 09:00. `then` names all new facts in order, with the fields that matter. At 09:00 a
    strategy `asks` to enter; `trail` is where, at each candle's close, it wants stops to be.
    """

    past: Facts
    candles: str
    then: str
    because: str
    terms: Terms = USUAL_TERMS
    asks: Opinion | None = None
    trail: str = ""
    market: MarketRules = RULES[BTC]
    frame: str = "1h"


def table(rows: Sequence[Row]) -> pytest.MarkDecorator:
    """A test for each row, named by its reason."""
    return pytest.mark.parametrize("row", [_parameter(row) for row in rows])


def check(row: Row) -> None:
    """The candles lead to the facts that the row tells of, and to no others."""
    account = opened(frame=row.frame, terms=row.terms)
    new = given(account, row.past).when(*_periods(row)).new
    told = row.then.split("; ") if row.then else []
    assert [fact.topic for fact in new] == [line.split()[0] for line in told]
    assert [_tell(fact, line) for fact, line in zip(new, told, strict=True)] == told


def order(
    *,
    limit: Decimal | None = None,
    trigger: Decimal | None = None,
    side: Side = "long",
    stop: Decimal | None = Decimal(95),
    target: Decimal | None = Decimal(110),
    quantity: Decimal = Decimal(10),
    exits: ExitPlan = NO_PLAN,
    valid_for: int = 1,
    time_in_force: TimeInForce = "gtd",
    seen_at: datetime | None = None,
) -> Facts:
    """An order to enter, placed at 09:00; it waits `valid_for` hours."""
    signal, placed = entry_order(
        side=side, stop=stop, target=target, quantity=quantity, limit=limit, exits=exits,
        valid_for=valid_for,
    )  # fmt: skip
    assert isinstance(placed, OrderPlaced)
    kind: OrderType = placed.type
    if trigger is not None:
        kind = "stop" if limit is None else "stop_limit"
    placed = msgspec.structs.replace(
        placed, type=kind, trigger=trigger, time_in_force=time_in_force, seen_at=seen_at
    )
    return [signal, placed]


def fills(
    points: int = 0, of_range: str = "0", *, touch: bool = False, share: str | None = None
) -> Terms:
    """Terms with slippage in basis points and in shares of the range, and the rest of a model."""
    volume = None if share is None else D(share)
    return Terms(fills=FillModel("test", D(points), D(of_range), touch, volume))


def mirrored(row: Row) -> Row:
    """The same for a short: a price p becomes 200 - p; money that hangs on prices is left out."""
    assert row.asks is None
    return row._replace(
        past=[_mirrored_fact(fact) for fact in row.past],
        candles=", ".join(_mirrored_candle(text) for text in row.candles.split(", ")),
        then="; ".join(_mirrored_line(line) for line in row.then.split("; ")),
        trail=", ".join(_mirrored_price(text) for text in row.trail.split(", ")),
    )


def _parameter(row: Row) -> object:
    return pytest.param(row, id=row.because)


def _periods(row: Row) -> Iterator[Period]:
    """The row's candles as closed periods; before them, at 09:00, what the strategy asks."""
    markets = {BTC: row.market}
    if row.asks is not None:
        yield period(at(9), opinions=[row.asks], markets=markets)
    span, trail = timedelta(milliseconds=timeframe(row.frame).ms), row.trail.split(", ")
    known: list[Candle] = []
    for number, text in enumerate(row.candles.split(", ")):
        came = {} if text == "-" else {BTC: _candle(text, at(9) + number * span)}
        known.extend(came.values())
        level = trail[number] if number < len(trail) else "-"
        yield period(
            at(9) + (number + 1) * span,
            came,
            opinions=[] if level in {"", "-"} else [_trails(D(level))],
            history={BTC: list(known)},
            markets=markets,
            frame=row.frame,
        )


def _candle(text: str, opens: datetime) -> Candle:
    prices, volume = text.split()[:4], text.split()[4:] or ["1"]
    return candle(" ".join(prices), opens)._replace(volume=D(volume[0]))


def _trails(level: Decimal) -> Opinion:
    return Opinion(
        "cross", BTC, None, None, D(100), None, None, {}, trail_long=level, trail_short=level
    )


def _tell(fact: AccountFact, line: str) -> str:
    """What the fact says of the fields that a line names."""
    topic, *fields = line.split()
    names = [field.partition("=")[0] for field in fields]
    return " ".join([topic, *(f"{name}={_text(getattr(fact, name))}" for name in names)])


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%H:%M}" if isinstance(value, datetime) else str(value).lower()


def _mirrored_fact(fact: AccountFact) -> AccountFact:
    changes: dict[str, object] = {
        name: 200 - getattr(fact, name) for name in _PRICES if getattr(fact, name, None) is not None
    }
    if hasattr(fact, "side"):
        changes["side"] = "short" if fact.side == "long" else "long"
    return msgspec.structs.replace(fact, **changes)


def _mirrored_candle(text: str) -> str:
    if text == "-":
        return text
    first, high, low, last = map(_mirrored_price, text.split()[:4])
    return " ".join([first, low, high, last, *text.split()[4:]])


def _mirrored_line(line: str) -> str:
    said = (field.partition("=") for field in line.split()[1:])
    kept = [(name, value) for name, _, value in said if name not in _OF_PRICES]
    fields = (f"{name}={_mirrored_price(text) if name in _PRICES else text}" for name, text in kept)
    return " ".join([*line.split()[:1], *fields])


def _mirrored_price(text: str) -> str:
    return text if text in {"", "-", "none"} else decimal_text(200 - D(text))
