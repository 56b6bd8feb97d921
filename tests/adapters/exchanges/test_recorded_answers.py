"""What exchanges really answered, read by ccxt's own clients through the port.

A server on loopback replays recorded answers. What an exchange was not recorded to say, but ccxt
asks for, is made by hand here and marked HAND-MADE. The expected values are read from the recorded
JSON by this file, not by ccxt.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import pytest

from adapters.exchanges.budget import MemoryBudget, Reservation
from adapters.exchanges.ccxt_exchange import CcxtExchange
from application.ports import ExchangeRefused, ExchangeTraits, ExchangeUnavailable
from domain.candles import Candle
from domain.markets import MarketRules
from domain.timeframes import timeframe

RECORDED = Path(__file__).parents[4] / "shared" / "exchange-responses"
INDEX = RECORDED / "INDEX.json"
pytestmark = pytest.mark.skipif(not INDEX.is_file(), reason="no recorded answers here")
D = Decimal
JANUARY_2018 = "Mon, 01 Jan 2018 00:00:07 GMT"


class Answer(NamedTuple):
    body: bytes
    status: int = 200


Said = Answer | Callable[[dict[str, str]], Answer]
Answers = dict[str, Said]


def recorded(file: str) -> Answer:
    """A recorded answer, with the status it had."""
    [entry] = [each for each in json.loads(INDEX.read_text()) if each["file"] == file]
    return Answer((RECORDED / file).read_bytes(), entry["status"])


def hand_made(answer: object) -> Answer:
    return Answer(json.dumps(answer).encode())


def read(file: str) -> Any:
    """A recorded answer as exact numbers."""
    return json.loads((RECORDED / file).read_text(), parse_float=D)


class Replay:
    """Answers by path, whatever the query; `asked` lists the paths."""

    def __init__(self) -> None:
        self.answers: Answers = {}
        self.asked: list[str] = []

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        self.asked.append(path)
        answer = self.answers.get(path, Answer(b'{"not": "recorded"}', 501))
        return answer(query) if callable(answer) else answer


@contextmanager
def serving(replay: Replay) -> Iterator[str]:
    """The address of a replay: a server that says its own `Date`, as no web framework lets it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # named by the library
            path, _, query = self.path.partition("?")
            body, status = replay.answer(unquote(path), dict(parse_qsl(query)))
            self.send_response_only(status)
            self.send_header("Date", JANUARY_2018)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(10)


class Spent(MemoryBudget):
    """A budget that lets all through and notes the seconds of the exchange's time."""

    def __init__(self) -> None:
        super().__init__()
        self.spans: list[float] = []

    def reserve(self, span: float, *_: float) -> Reservation:
        self.spans.append(span)
        return Reservation(True, 0.0)


class World:
    """A recorded exchange behind the port."""

    def __init__(self, replay: Replay, url: str) -> None:
        self._replay = replay
        self._url = url
        self._ccxt_id = ""
        self.budget = Spent()

    @property
    def asked(self) -> list[str]:
        return self._replay.asked

    def of(self, ccxt_id: str, answers: Answers) -> "World":
        self._ccxt_id = ccxt_id
        self._replay.answers = answers
        self._replay.asked.clear()
        return self

    def ask(self, question: Callable[[CcxtExchange], Any]) -> Any:
        async def ask() -> Any:
            exchange = CcxtExchange("recorded", self._ccxt_id, url=self._url, budget=self.budget)
            try:
                return await question(exchange)
            finally:
                await exchange.close()

        return asyncio.run(ask())

    def candles(self, pair: str, frame: str, since: int, limit: int = 1_000) -> list[Candle]:
        candles = self.ask(lambda of: of.candles(pair, timeframe(frame), since, limit))
        return list(candles)

    def rules(self) -> dict[str, MarketRules]:
        return {rules.pair: rules for rules in self.ask(lambda of: of.markets())}

    def turnover(self) -> dict[str, D]:
        return dict(self.ask(lambda of: of.turnover()))

    def time(self) -> int:
        return int(self.ask(lambda of: of.time()))

    def traits(self) -> ExchangeTraits:
        async def traits(of: CcxtExchange) -> ExchangeTraits:
            return of.traits

        found = self.ask(traits)
        assert isinstance(found, ExchangeTraits)
        return found


@pytest.fixture(scope="module")
def replayed() -> Iterator[tuple[Replay, str]]:
    replay = Replay()
    with serving(replay) as url:
        yield replay, url


@pytest.fixture
def world(replayed: tuple[Replay, str]) -> World:
    return World(*replayed)


def exact(row: list[Any], *columns: int, unit: int = 1) -> Candle:
    """A candle from columns of a row: time, open, high, low, close, volume."""
    open_time, *numbers = (row[column] for column in columns)
    return Candle(int(open_time) * unit, *(D(str(number)) for number in numbers))


# Binance


BINANCE = "/api/v3/exchangeInfo"
IN_ORDER = (0, 1, 2, 3, 4, 5)


def binance(world: World, **klines: Said) -> World:
    answers: Answers = {
        BINANCE: recorded("binance/exchangeInfo.2024-trimmed.json"),
        "/api/v3/time": recorded("binance/time.json"),
    }
    return world.of("binance", {**answers, **{f"/api/v3/{path}": klines[path] for path in klines}})


def binance_rules(symbol: dict[str, Any]) -> tuple[D, ...]:
    """Tick, lot, least quantity and least notional, by the filters."""
    filters = {each["filterType"]: each for each in symbol["filters"]}
    notional = filters.get("NOTIONAL") or filters["MIN_NOTIONAL"]
    return (
        D(filters["PRICE_FILTER"]["tickSize"]),
        D(filters["LOT_SIZE"]["stepSize"]),
        D(filters["LOT_SIZE"]["minQty"]),
        D(notional["minNotional"]),
    )


@pytest.mark.parametrize(
    ("ccxt_id", "file"),
    [
        ("binance", "binance/exchangeInfo.2024-trimmed.json"),
        ("binance", "binance/exchangeInfo.2021-10.json"),
        ("binanceus", "binanceus/exchangeInfo.2021-10.json"),
    ],
)
def test_binance_s_rules_are_its_filters(world: World, ccxt_id: str, file: str) -> None:
    rules = world.of(ccxt_id, {BINANCE: recorded(file)}).rules()
    trading = {
        f"{symbol['baseAsset']}/{symbol['quoteAsset']}": symbol
        for symbol in read(file)["symbols"]
        if symbol["status"] == "TRADING"
    }
    both = rules.keys() & trading.keys()
    assert len(both) >= 0.98 * len(trading)  # ccxt renames a few assets
    for pair in both:
        of = rules[pair]
        ours = (of.tick, of.lot, of.min_quantity, of.min_notional)
        assert ours == binance_rules(trading[pair]), pair
    assert abs(len(rules) - len(trading)) <= 0.02 * len(trading)


def test_some_of_binance_s_rules_read_by_hand(world: World) -> None:
    rules = binance(world).rules()["ETH/BTC"]
    assert (rules.base, rules.quote) == ("ETH", "BTC")
    assert (rules.tick, rules.lot) == (D("0.00001"), D("0.0001"))
    assert (rules.min_quantity, rules.min_notional) == (D("0.0001"), D("0.0001"))
    assert (rules.maker, rules.taker) == (D("0.001"), D("0.001"))


@pytest.mark.parametrize(
    ("file", "pair", "frame"),
    [
        ("klines.BTCUSDT-1h.2023-01", "BTC/USDT", "1h"),
        ("klines.BTCUSDT-1m", "BTC/USDT", "1m"),
        ("klines.BTCUSDT-1m.single", "BTC/USDT", "1m"),
        ("klines.BTCUSDT-5m.limit24", "BTC/USDT", "5m"),
        ("klines.BTCUSDT-1d.2019", "BTC/USDT", "1d"),
        ("klines.ETHBTC-1d.2019", "ETH/BTC", "1d"),
    ],
)
def test_binance_s_candles_are_its_rows(world: World, file: str, pair: str, frame: str) -> None:
    rows = read(f"binance/{file}.json")
    world = binance(world, klines=recorded(f"binance/{file}.json"))
    assert world.candles(pair, frame, rows[0][0]) == [exact(row, *IN_ORDER) for row in rows]


def test_binance_s_pages_follow_each_other_without_a_seam(world: World) -> None:
    one, two = (f"binance/klines.BTCUSDT-1h.page{number}.json" for number in (1, 2))
    last_of_one = read(one)[-1][0]

    def page(query: dict[str, str]) -> Answer:
        return recorded(one if int(query["startTime"]) <= last_of_one else two)

    first = read(one)[0][0]
    world = binance(world, klines=page)
    candles = world.candles("BTC/USDT", "1h", first)
    candles += world.candles("BTC/USDT", "1h", candles[-1].open_time + 1)
    expected = {row[0]: exact(row, *IN_ORDER) for row in read(one) + read(two)}
    assert candles == [expected[open_time] for open_time in sorted(expected)]
    holes = [
        (earlier.open_time, later.open_time)
        for earlier, later in pairwise(candles)
        if later.open_time - earlier.open_time != 3_600_000
    ]
    assert holes == [(1_593_306_000_000, 1_593_320_400_000)]  # Binance was down, 2020-06-28


def test_binance_tells_its_time(world: World) -> None:
    assert binance(world).time() == read("binance/time.json")["serverTime"]


def test_binance_s_turnover_is_in_the_quote(world: World) -> None:
    world = binance(world, **{"ticker/24hr": recorded("binance/ticker24hr.symbols-list.json")})
    tickers = {
        each["symbol"]: D(each["quoteVolume"])
        for each in read("binance/ticker24hr.symbols-list.json")
    }
    assert world.turnover()["BTC/USDT"] == tickers["BTCUSDT"]


@pytest.mark.parametrize(
    "file", ["error.klines-invalid-interval-400", "error.klines-2", "error.ticker", "error.depth"]
)
def test_what_binance_refuses_is_refused(world: World, file: str) -> None:
    world = binance(world, klines=recorded(f"binance/{file}.json"))
    with pytest.raises(ExchangeRefused, match="Invalid"):
        world.candles("BTC/USDT", "1h", 0)


def test_an_outage_of_binance_is_no_refusal(world: World) -> None:
    world = binance(world, klines=Answer(b"<html>502 Bad Gateway</html>", 502))
    with pytest.raises(ExchangeUnavailable, match="502"):
        world.candles("BTC/USDT", "1h", 0)


# Kraken


KRAKEN_ASSETS = hand_made(  # HAND-MADE: what ccxt asks beside the pairs
    {
        "error": [],
        "result": {
            name: {"aclass": "currency", "altname": short, "decimals": 10, "display_decimals": 5}
            for name, short in {"XXBT": "XBT", "USDT": "USDT", "ZUSD": "USD"}.items()
        },
    }
)


def kraken_pair_of_2021() -> Answer:
    """BTC/USD as in 2021. HAND-MADE: `status`, which Kraken told from 2022 on."""
    pairs = json.loads(recorded("kraken/AssetPairs.2021-04.json").body)["result"]
    return hand_made(
        {"error": [], "result": {"XXBTZUSD": {**pairs["XXBTZUSD"], "status": "online"}}}
    )


def kraken(world: World, pairs: Answer, **answers: str) -> World:
    return world.of(
        "kraken",
        {
            "/0/public/Assets": KRAKEN_ASSETS,
            "/0/public/AssetPairs": pairs,
            **{f"/0/public/{path}": recorded(f"kraken/{answers[path]}") for path in answers},
        },
    )


PAIRS_OF_2025 = "kraken/AssetPairs.2025-11-trimmed.json"


def test_kraken_s_rules_of_2025(world: World) -> None:
    rules = kraken(world, recorded(PAIRS_OF_2025)).rules()
    said = read(PAIRS_OF_2025)["result"]["XBTUSDT"]
    assert rules == {
        "BTC/USDT": MarketRules(
            "recorded", "BTC/USDT", "BTC", "USDT", D("0.1"), D("0.00000001"),
            D("0.00005"), D("0.5"), D("0.0025"), D("0.004"),
        )
    }  # fmt: skip
    assert (D(said["tick_size"]), D(said["costmin"])) == (D("0.1"), D("0.5"))


def test_kraken_s_rules_of_2021(world: World) -> None:
    rules = kraken(world, kraken_pair_of_2021()).rules()["BTC/USD"]
    said = read("kraken/AssetPairs.2021-04.json")["result"]["XXBTZUSD"]
    assert (rules.tick, rules.lot) == (
        D(1).scaleb(-said["pair_decimals"]),
        D(1).scaleb(-said["lot_decimals"]),
    )
    assert rules.min_quantity == D(said["ordermin"])
    assert (rules.maker, rules.taker) == (D("0.0016"), D("0.0026"))


def test_kraken_s_quiet_minutes_are_flat_candles_and_the_last_one_forms(world: World) -> None:
    world = kraken(world, recorded(PAIRS_OF_2025), OHLC="OHLC.XBTUSDT-1.json", Time="Time.json")
    rows = read("kraken/OHLC.XBTUSDT-1.json")["result"]["XBTUSDT"]
    candles = world.candles("BTC/USDT", "1m", rows[0][0] * 1_000)
    assert candles == [exact(row, 0, 1, 2, 3, 4, 6, unit=1_000) for row in rows]
    quiet = [candle for candle in candles if candle.volume == 0]
    assert (len(candles), len(quiet)) == (721, 216)
    assert all(candle.open == candle.high == candle.low == candle.close for candle in quiet)
    assert candles[-1].open_time <= world.time() < candles[-1].open_time + 60_000
    assert world.traits().quiet_candles


def test_kraken_keeps_720_candles(world: World) -> None:
    world = kraken(world, kraken_pair_of_2021(), OHLC="OHLC.XBTUSD-1.2017-08.json")
    rows = read("kraken/OHLC.XBTUSD-1.2017-08.json")["result"]["XXBTZUSD"]
    candles = world.candles("BTC/USD", "1m", 0)
    assert candles == [exact(row, 0, 1, 2, 3, 4, 6, unit=1_000) for row in rows]
    assert len(candles) == world.traits().keeps == world.traits().page == 720


def test_kraken_s_turnover_is_volume_at_the_average_price(world: World) -> None:
    world = kraken(world, recorded(PAIRS_OF_2025), Ticker="Ticker.XBTUSDT.json")
    ticker = read("kraken/Ticker.XBTUSDT.json")["result"]["XBTUSDT"]
    assert world.turnover()["BTC/USDT"] == D(ticker["v"][1]) * D(ticker["p"][1])


def test_kraken_s_time_is_spent_as_its_requests_cost(world: World) -> None:
    world = kraken(world, kraken_pair_of_2021(), OHLC="OHLC.XBTUSD-1.2017-08.json")
    world.candles("BTC/USD", "1m", 0)
    assert world.budget.spans == pytest.approx([1, 1, 1.2])  # assets, pairs, candles


# Bitstamp


def bitstamp(world: World, **answers: str) -> World:
    def market(pair: dict[str, Any]) -> dict[str, Any]:
        """HAND-MADE: recorded as `trading-pairs-info`; ccxt reads the newer `markets`."""
        base, quote = pair["name"].split("/")
        return {
            **pair,
            "base_currency": base,
            "counter_currency": quote,
            "market_symbol": pair["url_symbol"],
            "market_type": "SPOT",
            "minimum_order_value": pair["minimum_order"].split()[0],
        }

    pairs = json.loads(recorded("bitstamp/trading-pairs-info.json").body)
    return world.of(
        "bitstamp",
        {
            "/api/v2/markets/": hand_made([market(pair) for pair in pairs]),
            **{f"/api/v2/{path}/": recorded(f"bitstamp/{answers[path]}") for path in answers},
        },
    )


def test_bitstamp_s_rules_are_its_decimals(world: World) -> None:
    rules = bitstamp(world).rules()
    pairs = {pair["name"]: pair for pair in read("bitstamp/trading-pairs-info.json")}
    enabled = {name for name, pair in pairs.items() if pair["trading"] == "Enabled"}
    assert rules.keys() == enabled
    for name in enabled:
        of, pair = rules[name], pairs[name]
        assert of.tick == D(1).scaleb(-pair["counter_decimals"])
        assert of.lot == D(1).scaleb(-pair["base_decimals"])
        assert of.min_notional == D(pair["minimum_order"].split()[0])


def bitstamp_rows(file: str) -> list[Candle]:
    columns = ("timestamp", "open", "high", "low", "close", "volume")
    rows = read(f"bitstamp/{file}")["data"]["ohlc"]
    return [exact([row[name] for name in columns], *IN_ORDER, unit=1_000) for row in rows]


def test_bitstamp_s_candles_are_its_rows(world: World) -> None:
    file = "ohlc.btcusd-60.json"
    world = bitstamp(world, **{"ohlc/btcusd": file})
    assert world.candles("BTC/USD", "1m", 1_546_300_800_000) == bitstamp_rows(file)


def test_the_day_that_bitstamp_tells_in_two_ways_is_left_out(world: World) -> None:
    file, since = "ohlc.btcusd-86400.json", 1_491_523_200_000
    world = bitstamp(world, **{"ohlc/btcusd": file})
    rows, twice = bitstamp_rows(file), 1_546_992_000_000  # 2019-01-09
    assert len([row for row in rows if row.open_time == twice]) == 2
    expected = [row for row in rows if row.open_time != twice]
    assert world.candles("BTC/USD", "1d", since) == expected


def test_bitstamp_s_clock_is_the_date_of_its_answer(world: World) -> None:
    world = bitstamp(world)
    pair = min(world.rules()).replace("/", "").lower()
    world = bitstamp(world, **{f"ticker/{pair}": "ticker.btcusd.json"})
    assert world.time() == 1_514_764_807_000


# Bitfinex


BITFINEX: Answers = {  # HAND-MADE but for the candles
    "/v2/conf/pub:info:pair,pub:info:pair:futures,pub:list:pair:securities,pub:list:pair:margin": (
        hand_made(
            [
                [
                    ["BTCUSD", [None, None, None, "0.00004", "2000.0", None, None, None, 0.2, 0.1]],
                    ["LTCUSD", [None, None, None, "0.04", "5000.0", None, None, None, 0.2, 0.1]],
                ],
                [],
                [],
                ["BTCUSD"],
            ]
        )
    ),
    "/v2/tickers": hand_made(
        [
            ["tBTCUSD", 13_709, 1, 13_710, 1, 0, 0, 13_709.5, 250.5, 14_000, 13_000],
            ["tLTCUSD", 2.7446, 1, 2.745, 1, 0, 0, 2.7446, 1_000, 2.8, 2.7],
        ]
    ),
    "/v2/ticker/tBTCUSD": hand_made([13_709, 1, 13_710, 1, 0, 0, 13_709.5, 250.5, 14_000, 13_000]),
}


def bitfinex(world: World, pair: str = "", file: str = "") -> World:
    def currencies(_: dict[str, str]) -> Answer:
        return hand_made([["BTC", "LTC", "USD"], *[[] for _ in range(10)]])

    paths = ",".join(
        f"pub:{label}"
        for label in (
            "list:currency", "map:currency:sym", "map:currency:label", "map:currency:unit",
            "map:currency:undl", "map:currency:pool", "map:currency:explorer",
            "map:currency:tx:fee", "map:tx:method", "info:tx:status", "list:currency:margin",
        )
    )  # fmt: skip
    answers = {**BITFINEX, f"/v2/conf/{paths}": currencies}
    if file:
        answers[f"/v2/candles/trade:1m:t{pair}/hist"] = recorded(f"bitfinex/{file}")
    return world.of("bitfinex", answers)


@pytest.mark.parametrize(
    ("pair", "file"),
    [("BTC/USD", "candles.tBTCUSD-1m.json"), ("LTC/USD", "candles.tLTCUSD-1m.sparse.json")],
)
def test_bitfinex_s_candles_have_their_columns_in_another_order(
    world: World, pair: str, file: str
) -> None:
    rows = read(f"bitfinex/{file}")
    world = bitfinex(world, pair.replace("/", ""), file)
    candles = world.candles(pair, "1m", rows[0][0])
    assert candles == [exact(row, 0, 1, 3, 4, 2, 5) for row in rows]
    assert all(candle.low <= candle.close <= candle.high for candle in candles)


def test_bitfinex_leaves_quiet_minutes_out(world: World) -> None:
    world = bitfinex(world, "LTCUSD", "candles.tLTCUSD-1m.sparse.json")
    candles = world.candles("LTC/USD", "1m", 1_420_070_400_000)
    assert len(candles) == 16
    assert candles[-1].open_time - candles[0].open_time == 109 * 60_000
    assert not world.traits().quiet_candles
    assert world.traits().page == 10_000


def test_bitfinex_s_ticks_are_five_digits_at_the_last_price(world: World) -> None:
    rules = bitfinex(world).rules()
    assert {pair: of.tick for pair, of in rules.items()} == {
        "BTC/USD": D(1),
        "LTC/USD": D("0.0001"),
    }
    assert {of.lot for of in rules.values()} == {D("0.00000001")}
    assert rules["BTC/USD"].min_quantity == D("0.00004")
    assert (rules["BTC/USD"].maker, rules["BTC/USD"].taker) == (D("0.001"), D("0.002"))


def test_bitfinex_s_clock_and_turnover_are_derived(world: World) -> None:
    world = bitfinex(world)
    assert world.time() == 1_514_764_807_000
    assert world.turnover()["BTC/USD"] == D("250.5") * D("13709.5")


# Bybit


def bybit(world: World, **answers: str) -> World:
    return world.of(
        "bybit",
        {
            f"/v5/market/{path.replace('_', '-')}": recorded(f"bybit/{answers[path]}")
            for path in answers
        },
    )


@pytest.mark.parametrize(
    "file", ["v5-instruments-info.spot.doc.json", "v5-instruments-info.spot.json"]
)
def test_bybit_s_rules_are_its_filters(world: World, file: str) -> None:
    rules = bybit(world, instruments_info=file).rules()
    said = read(f"bybit/{file}")["result"]["list"]
    assert len(rules) == len(said)
    for each in said:
        of, lots = rules[f"{each['baseCoin']}/{each['quoteCoin']}"], each["lotSizeFilter"]
        assert of.tick == D(each["priceFilter"]["tickSize"])
        assert of.lot == D(lots["basePrecision"])
        assert (of.min_quantity, of.min_notional) == (
            D(lots["minOrderQty"]),
            D(lots["minOrderAmt"]),
        )
        assert (of.maker, of.taker) == (D("0.001"), D("0.001"))


def test_bybit_s_newest_first_rows_are_put_in_order(world: World) -> None:
    world = bybit(
        world, instruments_info="v5-instruments-info.spot.doc.json", kline="v5-kline.doc.json"
    )
    rows = read("bybit/v5-kline.doc.json")["result"]["list"]
    candles = world.candles("BTC/USDT", "1h", 1_670_601_600_000)
    assert candles == [exact(row, *IN_ORDER) for row in reversed(rows)]


def test_bybit_s_turnover_is_in_the_quote(world: World) -> None:
    world = bybit(
        world,
        instruments_info="v5-instruments-info.spot.doc.json",
        tickers="v5-tickers.spot.doc.json",
    )
    assert world.turnover() == {"BTC/USDT": D("243765620.65899866")}
