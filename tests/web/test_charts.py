"""Charts over HTTP: what they show, how they look, and when they are sent again."""

import asyncio
from datetime import timedelta
from functools import partial
from threading import Event, get_ident
from xml.etree import ElementTree

import httpx
import numpy as np
import psycopg
import pytest

from adapters.charts.content import ChartContent
from adapters.charts.reading import END_OF_TIME, recorded_content
from application.tapes import MarketTape
from domain.account.facts import OrderPlaced, StopMoved
from domain.market_facts import GapFilled, GapFound
from domain.times import to_ms
from tests.web.recorded import BTC, HOUR, START, D, Recording, close_period, project, record_market
from web.charts.drawn import Drawn, TooManyCharts

CHART = "/v1/charts/sandbox/BTC-USDT/1h"
PNG = b"\x89PNG\r\n"


@pytest.fixture
def lived(database: str, market_tape: MarketTape, paper: Recording) -> None:
    """A market with candles, and an account with a closed and an open trade."""
    record_market(market_tape, 60)
    close_period(market_tape, 60)
    paper.open()
    trade = paper.order(40)
    paper.fill(40, trade)
    paper.move_stop(43, trade)
    paper.stop(46, trade)
    paper.fill(50, paper.order(50))
    project(database)


@pytest.mark.usefixtures("lived")
def test_a_chart_is_sent_again_only_when_it_changed(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    first = client.get(f"{CHART}.svg")
    assert first.headers["content-type"].startswith("image/svg+xml")
    known = {"If-None-Match": first.headers["ETag"]}
    again = client.get(f"{CHART}.svg", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    for other in ("style=dark", "width=500", "candles=10", "until=2025-03-02T00:00:00Z"):
        assert client.get(f"{CHART}.svg?{other}", headers=known).status_code == 200
    assert client.get(f"{CHART}.png", headers=known).status_code == 200
    paper.stop(59, 2)
    project(database)
    assert client.get(f"{CHART}.svg", headers=known).status_code == 200


@pytest.mark.usefixtures("lived")
def test_a_chart_of_the_past_stays_the_same_when_candles_come(
    client: httpx.Client, market_tape: MarketTape
) -> None:
    past = f"{CHART}.svg?until=2025-03-02T00:00:00Z"
    known = {"If-None-Match": client.get(past).headers["ETag"]}
    record_market(market_tape, 5, "ETH/USDT")
    assert client.get(past, headers=known).status_code == 304


@pytest.mark.usefixtures("lived")
def test_a_chart_has_its_width_and_is_also_a_png(client: httpx.Client) -> None:
    root = ElementTree.fromstring(client.get(f"{CHART}.svg?width=400").content)
    assert root.get("width") == "300pt"
    assert client.get(f"{CHART}.png?style=dark&width=400").content.startswith(PNG)


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        (f"{CHART}.svg?candles=0", "candles"),
        (f"{CHART}.svg?candles=1001", "candles"),
        (f"{CHART}.svg?width=319", "width"),
        (f"{CHART}.svg?until=noon", "until"),
        (f"{CHART}.svg?until=2025-03-02T00:00:00", "until"),
        (f"{CHART}.svg?colour=red", "colour"),
        ("/v1/charts/sandbox/BTC-USDT/1x.svg", "timeframe"),
        ("/v1/charts/sandbox/BTCUSDT/1h.svg", "market"),
    ],
)
def test_a_wrong_parameter_is_a_problem(client: httpx.Client, asked: str, parameter: str) -> None:
    answer = client.get(asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert (error["parameter"], bool(error["allowed"])) == (parameter, True)


def test_openapi_describes_charts(client: httpx.Client) -> None:
    operation = client.get("/openapi.json").json()["paths"][
        "/v1/charts/{exchange}/{market}/{timeframe}.{format}"
    ]["get"]
    assert set(operation["responses"]) == {"200", "304", "404", "422", "503"}
    assert set(operation["responses"]["200"]["content"]) == {"image/png", "image/svg+xml"}
    assert all(each["description"] for each in operation["parameters"])
    assert {each["name"] for each in operation["parameters"]} == {
        "exchange", "market", "timeframe", "format", "candles", "until", "style", "width", "v",
    }  # fmt: skip


@pytest.mark.usefixtures("lived")
def test_a_range_has_its_candles_and_the_trades_that_reach_into_it(database: str) -> None:
    content = _content(database, until=45, count=10)
    hours = [(time - to_ms(START)) // 3_600_000 for time in content.candles.open_time.tolist()]
    assert hours == list(range(35, 45))
    assert [trade.entered_at for trade in content.trades] == [START + 40 * HOUR]
    newest = _content(database)
    assert [trade.exited_at for trade in newest.trades] == [START + 46 * HOUR, None]
    assert len(_content(database, until=30).trades) == 0
    assert len(_content(database, until=0).candles) == 0


@pytest.mark.usefixtures("lived")
def test_a_trade_has_its_first_stop_and_those_that_came_after(
    database: str, paper: Recording
) -> None:
    paper.record(
        StopMoved(START + 55 * HOUR, "paper", 2, "BTC/USDT", D(64100), "trailing_stop", False)
    )
    project(database)
    closed, open_ = _content(database).trades
    assert (closed.stop, closed.moves) == (63_000.5, [(START + 43 * HOUR, 64_000.5)])
    assert (open_.stop, open_.moves) == (63_000.5, [(START + 55 * HOUR, 64_100.0)])


@pytest.mark.usefixtures("lived")
def test_orders_that_wait_for_a_price_to_enter_are_shown(database: str, paper: Recording) -> None:
    at = START + 56 * HOUR
    waiting = OrderPlaced(
        at=at, account="paper", trade=9, pair="BTC/USDT", order=9, strategy="ema_cross",
        timeframe="1h", side="short", purpose="enter", type="limit", quantity=D("0.01"),
        reserved=D(640), valid_until=at + 9 * HOUR, stop=D(66000), target=D(60000),
        limit=D(64900),
    )  # fmt: skip
    paper.record(waiting)
    project(database)
    (order,) = _content(database).orders
    assert (order.side, order.placed_at, order.price, order.ended_at) == (
        "short", at, 64_900.0, None,
    )  # fmt: skip


@pytest.mark.usefixtures("lived")
def test_what_is_still_missing_of_a_gap_is_shown(database: str, market_tape: MarketTape) -> None:
    at, since = START + 60 * HOUR, START + 10 * HOUR
    market_tape.record(
        [
            GapFound(at, *BTC, since, since + 6 * HOUR, 6, "outage"),
            GapFilled(at, *BTC, since + 2 * HOUR, since + 3 * HOUR, 1),
            GapFound(at, *BTC, START - 9 * HOUR, START - 5 * HOUR, 4, "out of reach"),
        ]
    )
    project(database)
    spans = [(gap.since, gap.until, gap.reason) for gap in _content(database).gaps]
    assert spans == [
        (to_ms(since), to_ms(since + 2 * HOUR), "outage"),
        (to_ms(since + 3 * HOUR), to_ms(since + 6 * HOUR), "outage"),
    ]


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize(
    ("panels", "overlays", "below"),
    [
        ("{}", ["fast"], {"atr": ["atr"], "rsi": ["rsi"]}),
        ('{"",Both,Both}', ["fast"], {"Both": ["atr", "rsi"]}),
    ],
)
def test_indicators_lie_where_it_is_recorded_else_by_their_size(
    database: str, panels: str, overlays: list[str], below: dict[str, list[str]]
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO read.indicator_sets"
            " VALUES (1, 'sandbox', '1h', 'ema_cross', '{}', '{fast,atr,rsi}', %s)",
            [panels],
        )
        connection.execute(
            "INSERT INTO read.indicators"
            " SELECT 1, c.open_time, 'BTC/USDT', ARRAY[c.close, 120, 'NaN']"
            " FROM market.candles AS c ORDER BY c.open_time DESC LIMIT 50"
        )
    content = _content(database)
    assert [line.name for line in content.overlays] == overlays
    found = {title: [line.name for line in lines] for title, lines in content.panels.items()}
    assert found == below
    (fast,) = content.overlays
    assert np.isnan(fast.values[:10]).all()
    assert (fast.values[10:] == content.candles.close[10:]).all()


def test_a_picture_is_drawn_once_whoever_asks_at_the_same_time() -> None:
    threads = []

    def draw() -> bytes:
        threads.append(get_ident())
        return b"picture"

    async def ask() -> list[bytes]:
        drawn = Drawn()
        together = await asyncio.gather(*(drawn.get("key", draw) for _ in range(5)))
        return [*together, await drawn.get("key", draw)]

    assert asyncio.run(ask()) == [b"picture"] * 6
    assert len(threads) == 1
    assert threads[0] != get_ident()


def test_pictures_are_kept_up_to_so_many_bytes_the_last_asked_for() -> None:
    drawn_keys: list[str] = []

    def draw(key: str) -> bytes:
        drawn_keys.append(key)
        return bytes(10)

    async def ask() -> None:
        drawn = Drawn(capacity=30)
        for key in ("a", "b", "a", "c", "d", "a", "b"):
            await drawn.get(key, partial(draw, key))
        await drawn.get("large", lambda: bytes(31))
        assert drawn._kept == 0

    asyncio.run(ask())
    assert drawn_keys == ["a", "b", "c", "d", "b"]


def test_a_picture_that_fails_is_drawn_anew() -> None:
    def fail() -> bytes:
        raise ZeroDivisionError

    async def ask() -> bytes:
        drawn = Drawn()
        with pytest.raises(ZeroDivisionError):
            await drawn.get("key", fail)
        return await drawn.get("key", lambda: b"picture")

    assert asyncio.run(ask()) == b"picture"


def test_too_many_charts_at_once_are_refused() -> None:
    go_on = Event()

    async def ask() -> None:
        drawn = Drawn()
        waiting = [
            asyncio.create_task(drawn.get(number, lambda: bytes(go_on.wait(10))))
            for number in range(64)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooManyCharts):
            await drawn.get("another", bytes)
        go_on.set()
        await asyncio.gather(*waiting)

    asyncio.run(ask())


def _content(url: str, *, until: int | None = None, count: int = 200) -> ChartContent:
    """The chart of hours before `until` after START."""
    end = END_OF_TIME if until is None else to_ms(START + timedelta(hours=until))
    with psycopg.connect(url, autocommit=True) as connection:
        return recorded_content(connection, BTC, until=end, count=count)
