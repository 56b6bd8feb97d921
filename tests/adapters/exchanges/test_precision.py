"""Orders of the account fit the exchange: tick, lot and minimum, as ccxt itself says them.

Markets of real exchanges come to the account through the port. A second client, ccxt's own class
as it is, reads the same answers and says what an order may be. Random orders, of every kind and
over the range that a market allows, must be what it says: to the digit, never in the trader's
favour, and declined only for what it declines as well.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import cycle
from random import Random
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import ccxt
import pytest

from adapters.exchanges.ccxt_rules import market_rules
from domain.account.decide import decide
from domain.account.evolve import fold
from domain.account.facts import (
    AccountConfigured,
    AccountFact,
    AccountOpened,
    OrderFilled,
    OrderPlaced,
    OrderType,
    SignalDeclined,
    StrategyDeployed,
    TradeOpened,
)
from domain.account.period import Opinion
from domain.account.state import Account
from domain.account.terms import BANDS, ExitPlan, Side, Sizing, Terms
from domain.candles import Candle
from domain.markets import MarketRules
from domain.times import to_ms
from domain.values import MONEY, exact
from tests.adapters.exchanges import test_recorded_answers as answers
from tests.adapters.exchanges.test_recorded_answers import Answers, Replay, World
from tests.scenario import at, period

D = Decimal
NOTHING = D(0)


@dataclass
class Book:
    """The markets of an exchange: our rules of them, and ccxt's client, which knows them too."""

    client: Any
    rules: dict[str, MarketRules]
    last: Mapping[str, Decimal]

    def market(self, pair: str) -> dict[str, Any]:
        market: dict[str, Any] = self.client.market(pair)
        return market

    def least(self, pair: str, of: str) -> Decimal:
        return _number(self.market(pair)["limits"][of]["min"]) or NOTHING

    def most(self, pair: str, of: str) -> Decimal | None:
        return _number(self.market(pair)["limits"][of]["max"])

    def taker(self, pair: str) -> Decimal:
        return _number(self.market(pair)["taker"]) or NOTHING

    def cut(self, pair: str, quantity: Decimal) -> Decimal:
        """What ccxt would send of a quantity; none where it refuses to send."""
        try:
            return D(self.client.amount_to_precision(pair, quantity))
        except ccxt.InvalidOrder:
            return NOTHING

    def sent(self, pair: str, price: Decimal) -> Decimal:
        """What ccxt would send as a price; none where it refuses to send."""
        try:
            return D(self.client.price_to_precision(pair, price))
        except ccxt.InvalidOrder:
            return NOTHING

    def at_tick(self, pair: str, price: Decimal, *, up: bool) -> Decimal:
        """The next price that ccxt would send as it is, below or above."""
        precision, mode = self.market(pair)["precision"]["price"], self.client.precisionMode
        below = D(self.client.decimal_to_precision(price, ccxt.TRUNCATE, precision, mode))
        return below + self.tick(pair, price) if up and below < price else below

    def tick(self, pair: str, price: Decimal) -> Decimal:
        """The step of prices at a price, as ccxt counts."""
        said = _number(self.market(pair)["precision"]["price"])
        assert said is not None
        if self.client.precisionMode == ccxt.TICK_SIZE:
            return said
        if self.client.precisionMode == ccxt.DECIMAL_PLACES:
            return D(1).scaleb(-int(said))
        return D(1).scaleb(price.adjusted() + 1 - int(said))

    def prices(self, pair: str) -> tuple[Decimal, Decimal]:
        """From where to where prices are tried.

        Where digits are counted, not beyond the length of the last price: the tick is of that.
        """
        if self.client.precisionMode == ccxt.SIGNIFICANT_DIGITS:
            size = D(1).scaleb(self.last[pair].adjusted())
            return 2 * size, 6 * size
        tick = self.tick(pair, D(1))
        return self.least(pair, "price") or tick, self.most(pair, "price") or tick * 10**8


def _number(said: Any) -> Decimal | None:
    return None if said is None else D(str(said))


class Wish(NamedTuple):
    """An entry that somebody wants; levels are prices, or as `exits` says them."""

    pair: str
    side: Side
    type: OrderType
    sizing: Sizing
    close: Decimal
    limit: Decimal | None
    trigger: Decimal | None
    stop: Decimal | None
    target: Decimal | None
    exits: ExitPlan
    stake: Decimal
    capital: Decimal
    band: str

    @property
    def sign(self) -> int:
        """Prices that rise are good for a long, bad for a short."""
        return 1 if self.side == "long" else -1


def between(random: Random, low: Decimal, high: Decimal) -> Decimal:
    """A number with many digits; small ones are as likely as large ones."""
    return exact(math.exp(random.uniform(math.log(low), math.log(high))))


def share(random: Random, low: float, high: float) -> Decimal:
    return exact(random.uniform(low, high))


def some_wish(random: Random, book: Book, pair: str) -> Wish:
    side: Side = random.choice(("long", "short"))
    type_: OrderType = random.choice(("market", "limit", "stop", "stop_limit"))
    sizing: Sizing = random.choice(("quote", "quantity", "equity", "risk"))
    close = book.sent(pair, between(random, *book.prices(pair)))
    close = close or book.tick(pair, close)
    limit = close * share(random, 0.9, 1.1) if "limit" in type_ else None
    trigger = close * share(random, 0.9, 1.1) if "stop" in type_ else None
    prices = [price for price in (limit, trigger) if price is not None] or [close]
    down, up = (share(random, 0.0005, 0.25) for _ in range(2))
    low, high = min(prices) * (1 - down), max(prices) * (1 + up)
    stop, target = (low, high) if side == "long" else (high, low)
    losing, winning = (down, up) if side == "long" else (up, down)
    ways = ("fixed", "distance", "rate") if sizing == "risk" else ("fixed", "distance", "rate", "")
    by, to = random.choice(ways), random.choice(("fixed", "distance", "rate", ""))
    plan = ExitPlan(
        stop_distance=losing * close if by == "distance" else None,
        stop_rate=losing if by == "rate" else None,
        target_distance=winning * close if to == "distance" else None,
        target_rate=winning if to == "rate" else None,
    )
    price = prices[0]
    quantity = some_quantity(random, book, pair, price)
    capital = quantity * price * random.choice((D("0.5"), D("1.01"), D(3), D(3), D(50), D(1_000)))
    stakes: dict[str, Decimal] = {
        "quote": quantity * price,
        "quantity": quantity,
        "equity": quantity * price / capital,
        "risk": quantity * losing * price / capital,
    }
    return Wish(
        pair, side, type_, sizing, close, limit, trigger,
        stop if by == "fixed" else None, target if to == "fixed" else None, plan,
        stakes[sizing], capital, random.choice([*BANDS]),
    )  # fmt: skip


def some_quantity(random: Random, book: Book, pair: str, price: Decimal) -> Decimal:
    """From a little less than the exchange takes up to its most."""
    least = max(book.least(pair, "amount"), book.least(pair, "cost") / price, book.rules[pair].lot)
    most = min(
        book.most(pair, "amount") or least * 10**6,
        (book.most(pair, "cost") or least * 10**6 * price) / price,
    )
    return between(random, least * D("0.7"), max(most, least * 2))


def account_of(wish: Wish) -> Account:
    by, why = "operator", "test"
    terms = Terms(sizing=wish.sizing, shorts=True, fills=BANDS[wish.band])
    pairs = [wish.pair]
    facts: list[AccountFact] = [
        AccountOpened(at(0), "main", "recorded", "any", wish.capital, 1, by, why),
        AccountConfigured(at(0), "main", "1h", wish.stake, 1, pairs, 1, by, why, terms),
        StrategyDeployed(at(0), "main", "cross", "1h", {}, "00" * 32, 1, by, why),
    ]
    return fold(Account("main"), facts)


def placed(account: Account, book: Book, wish: Wish) -> AccountFact:
    """What the account makes of a wish: an order, or a reason."""
    opinion = Opinion(
        "cross", wish.pair, wish.side, None, wish.close, wish.stop, wish.target, {},
        wish.limit, wish.trigger, wish.exits,
    )  # fmt: skip
    markets = {wish.pair: book.rules[wish.pair]}
    _, answer = decide(account, period(at(9), opinions=[opinion], markets=markets))
    return answer


def filled(
    account: Account, book: Book, wish: Wish, order: OrderPlaced, random: Random
) -> tuple[Candle, list[AccountFact]]:
    """A next candle, and what it does to the order."""
    mid = order.limit or order.trigger or wish.close
    near = (mid * share(random, 0.97, 1.03), wish.close, mid)
    first, last = (book.sent(wish.pair, random.choice(near)) for _ in range(2))
    first, last = first or wish.close, last or wish.close
    ends = (first, last, book.sent(wish.pair, order.trigger or mid), book.sent(wish.pair, mid))
    low = book.at_tick(wish.pair, min(ends) * share(random, 0.95, 1), up=False)
    high = book.at_tick(wish.pair, max(ends) * share(random, 1, 1.05), up=True)
    volume = order.quantity * share(random, 1, 40)
    candle = Candle(to_ms(at(9)), first, high, low or min(ends), last, volume)
    markets = {wish.pair: book.rules[wish.pair]}
    return candle, decide(account, period(at(10), {wish.pair: candle}, markets=markets))


class Expected(NamedTuple):
    """An order by ccxt's rounding and limits, or the reasons any of which is why there is none."""

    reasons: Set[str] = frozenset()
    limit: Decimal | None = None
    trigger: Decimal | None = None
    quantity: Decimal = NOTHING


def levels(book: Book, wish: Wish, price: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Stop and target of a trade entered at a price: away from profit, and to the harder side."""
    is_long, plan = wish.side == "long", wish.exits
    found = []
    for fixed, distance, rate, below in (
        (wish.stop, plan.stop_distance, plan.stop_rate, is_long),
        (wish.target, plan.target_distance, plan.target_rate, not is_long),
    ):
        far = price * rate if distance is None and rate is not None else distance
        level = fixed
        if fixed is None and far is not None:
            level = price - far if below else price + far
        found.append(None if level is None else book.at_tick(wish.pair, level, up=not below))
    return found[0], found[1]


def expected(book: Book, wish: Wish) -> Expected:
    """What docs/paper-account.md says of a wish, with ccxt's rounding and limits."""
    pair, is_long = wish.pair, wish.side == "long"
    limit = None if wish.limit is None else book.at_tick(pair, wish.limit, up=not is_long)
    trigger = None if wish.trigger is None else book.at_tick(pair, wish.trigger, up=is_long)
    if NOTHING in (limit, trigger):
        return Expected({"bad_price"})
    price = limit or trigger or wish.close
    reasons = {*unsound(book, wish, price), *unsound(book, wish, trigger or price)}
    if reasons:
        return Expected(reasons)
    stop, _ = levels(book, wish, price)
    unit = price * (1 + book.taker(pair))
    wanted = wish.stake
    if wish.sizing == "quote":
        wanted = wish.stake / price
    elif wish.sizing == "equity":
        wanted = min(wish.stake * wish.capital / price, wish.capital / unit)
    elif wish.sizing == "risk":
        assert stop is not None
        wanted = min(wish.stake * wish.capital / abs(price - stop), wish.capital / unit)
    quantity = book.cut(pair, wanted)
    if not takes(book, pair, quantity, price):
        return Expected({"below_minimum"}, quantity=quantity)
    if quantity * unit > wish.capital:
        return Expected({"insufficient_cash"}, quantity=quantity)
    assert quantity <= wanted
    return Expected(frozenset(), limit, trigger, quantity)


def unsound(book: Book, wish: Wish, price: Decimal) -> Iterator[str]:
    """Why the levels make no sense for a trade entered at a price."""
    stop, target = levels(book, wish, price)
    if stop is not None and (stop <= 0 or (price - stop) * wish.sign <= 0):
        yield "stop_not_protective"
    if target is not None and (target <= 0 or (target - price) * wish.sign <= 0):
        yield "target_not_profitable"


def takes(book: Book, pair: str, quantity: Decimal, price: Decimal) -> bool:
    """Whether the exchange takes an order of that size, by ccxt's limits."""
    is_enough = quantity * price >= book.least(pair, "cost")
    return quantity > 0 and quantity >= book.least(pair, "amount") and is_enough


def order_faults(book: Book, wish: Wish, answer: AccountFact) -> Iterator[str]:
    """What is wrong with an order, or with there being none."""
    should = expected(book, wish)
    if isinstance(answer, SignalDeclined):
        if answer.reason not in should.reasons:
            yield f"declined, but should be {should}"
        elif answer.reason == "below_minimum" and answer.numbers["quantity"] != should.quantity:
            yield f"the quantity that is too small is not {should.quantity}"
        return
    assert isinstance(answer, OrderPlaced)
    if should.reasons:
        yield f"not declined, but should be {should}"
        return
    pair, is_long = wish.pair, wish.side == "long"
    if (answer.limit, answer.trigger) != (should.limit, should.trigger):
        yield f"its prices are not {should}"
    if answer.quantity != should.quantity or answer.quantity != book.cut(pair, answer.quantity):
        yield f"its quantity is not {should.quantity}"
    price = answer.limit or answer.trigger or wish.close
    if not takes(book, pair, answer.quantity, price):
        yield "it is less than the exchange takes"
    for name, goes_up in (
        ("limit", not is_long), ("trigger", is_long), ("stop", not is_long), ("target", is_long),
    ):  # fmt: skip
        is_at, wanted = getattr(answer, name), getattr(wish, name)
        if is_at is None or wanted is None:
            if is_at != wanted:
                yield f"its {name} came from nowhere, or is lost"
            continue
        yield from tick_faults(book, pair, name, is_at)
        if is_at != wanted and (is_at > wanted) != goes_up:
            yield f"its {name} is rounded to the better side of {wanted}"
        if abs(is_at - wanted) >= book.tick(pair, wanted):
            yield f"its {name} is a tick or more from {wanted}"


def tick_faults(book: Book, pair: str, name: str, price: Decimal) -> Iterator[str]:
    if book.sent(pair, price) != price:
        yield f"its {name} {price} is not at the tick: ccxt would send {book.sent(pair, price)}"


def fill_faults(
    book: Book, wish: Wish, order: OrderPlaced, candle: Candle, facts: list[AccountFact]
) -> Iterator[str]:
    """What is wrong with the trade that an order became."""
    pair = wish.pair
    for fact in facts:
        if isinstance(fact, OrderFilled) and fact.purpose == "enter":
            yield from tick_faults(book, pair, "fill", fact.price)
            if fact.quantity != book.cut(pair, fact.quantity) or fact.quantity > order.quantity:
                yield f"what fills, {fact.quantity}, is not at the lot or too much"
            if fact.quantity < order.quantity and not takes(book, pair, fact.quantity, fact.price):
                yield f"what fills, {fact.quantity}, is less than the exchange takes"
            best = {"market": candle.open, "stop": order.trigger}.get(order.type)
            if best is not None and (fact.price - best) * wish.sign < 0:
                yield f"it fills at {fact.price}, better than {best}"
            worst = order.limit
            if worst is not None and (fact.price - worst) * wish.sign > 0:
                yield f"it fills at {fact.price}, beyond its limit"
        if isinstance(fact, TradeOpened):
            wanted = levels(book, wish, fact.entry_price)
            held = tuple(level if level is None or level > 0 else None for level in wanted)
            if (fact.stop, fact.target) != held:
                yield f"its levels are {fact.stop}, {fact.target} for a fill at {fact.entry_price}"
            for name, level in (("stop", fact.stop), ("target", fact.target)):
                if (
                    level
                ):  # a level relative to a fill at the very last ticks may be zero: never hit
                    yield from tick_faults(book, pair, name, level)


KINDS = (
    "market", "limit", "stop", "stop_limit", "long", "short", "quote", "quantity", "equity", "risk",
    "filled", "below_minimum",
)  # fmt: skip


def try_orders(name: str, book: Book, orders: int) -> None:
    """Wish for orders in all markets by turns until so many were placed; none has a fault."""
    counts: Counter[str] = Counter()
    faults: list[str] = []
    with localcontext(MONEY):
        for number, pair in enumerate(cycle(sorted(book.rules))):
            if counts["placed"] >= orders or number >= 2 * orders:
                break
            random = Random(f"{name} {pair} {number}")
            wish = some_wish(random, book, pair)
            account = account_of(wish)
            answer = placed(account, book, wish)
            found = list(order_faults(book, wish, answer))
            if isinstance(answer, OrderPlaced):
                counts.update(("placed", wish.type, wish.side, wish.sizing))
                candle, facts = filled(account, book, wish, answer, random)
                counts["filled"] += any(isinstance(fact, TradeOpened) for fact in facts)
                found += fill_faults(book, wish, answer, candle, facts)
            elif isinstance(answer, SignalDeclined):
                counts[answer.reason] += 1
            faults += [f"{name}, {pair}, {number}: {fault}\n{wish}\n{answer}" for fault in found]
    assert not faults, f"{len(faults)} faults, first of all\n" + "\n\n".join(faults[:5])
    assert counts["placed"] >= orders, counts
    assert all(counts[kind] for kind in KINDS), counts


# Recorded exchanges


def kraken_of_2021(world: World) -> World:
    """HAND-MADE: `status` of the pairs, and the assets, of which currencies have four decimals.

    Without the dark pools: ccxt takes them for the pairs of the same name.
    """
    recorded = json.loads(answers.recorded("kraken/AssetPairs.2021-04.json").body)["result"]
    pairs = {name: pair for name, pair in recorded.items() if "." not in name}
    assets = {pair[part] for pair in pairs.values() for part in ("base", "quote")}
    said: Answers = {
        "/0/public/AssetPairs": answers.hand_made(
            {"error": [], "result": {name: {**pairs[name], "status": "online"} for name in pairs}}
        ),
        "/0/public/Assets": answers.hand_made(
            {"error": [], "result": {name: kraken_asset(name) for name in assets}}
        ),
    }
    return world.of("kraken", said)


def kraken_asset(name: str) -> dict[str, object]:
    has_prefix = len(name) == 4 and name[0] in "XZ"
    altname = name[1:] if has_prefix else name
    decimals = 4 if has_prefix and name[0] == "Z" else 10
    return {"aclass": "currency", "altname": altname, "decimals": decimals}


class Recorded(NamedTuple):
    """An exchange, what it answered, and how many markets that has at least and orders get."""

    ccxt_id: str
    said: str
    world: Callable[[World], World]
    markets: int
    orders: int

    @property
    def name(self) -> str:
        return f"{self.ccxt_id}, {self.said}"


def of_binance(ccxt_id: str, markets: int, orders: int) -> Recorded:
    said = "exchangeInfo.2021-10"
    file = f"{ccxt_id}/{said}.json"
    return Recorded(
        ccxt_id,
        said,
        lambda world: world.of(ccxt_id, {answers.BINANCE: answers.recorded(file)}),
        markets,
        orders,
    )


def of_bybit(said: str, markets: int, orders: int) -> Recorded:
    return Recorded(
        "bybit",
        said,
        lambda world: answers.bybit(world, instruments_info=f"{said}.json"),
        markets,
        orders,
    )


def kraken_of_2025(world: World) -> World:
    return answers.kraken(world, answers.recorded(answers.PAIRS_OF_2025))


RECORDED = [
    of_binance("binance", 1_200, 7_000),
    Recorded("binance", "exchangeInfo.2024-trimmed", answers.binance, 12, 300),
    of_binance("binanceus", 110, 1_000),
    Recorded("kraken", "AssetPairs.2021-04", kraken_of_2021, 280, 1_500),
    Recorded("kraken", "AssetPairs.2025-11-trimmed", kraken_of_2025, 1, 200),
    Recorded("bitstamp", "trading-pairs-info", answers.bitstamp, 95, 1_000),
    of_bybit("v5-instruments-info.spot", 2, 200),
    of_bybit("v5-instruments-info.spot.doc", 1, 200),
]
"""At least 10,000 orders in all."""


@pytest.fixture(scope="module")
def replayed() -> Iterator[tuple[Replay, str]]:
    replay = Replay()
    with answers.serving(replay) as url:
        yield replay, url


def book_of(ccxt_id: str, world: World, replay: Replay) -> Book:
    rules = world.rules()
    client = getattr(ccxt, ccxt_id)(PLAIN)

    def fetch(url: str, *_: Any) -> Any:
        said = replay.answer(unquote(urlsplit(url).path), {})
        return client.parse_json(said.body.decode())

    client.fetch = fetch
    client.load_markets()
    last: dict[str, Decimal] = {}
    if client.precisionMode == ccxt.SIGNIFICANT_DIGITS:
        last = {pair: D(str(ticker["last"])) for pair, ticker in client.fetch_tickers().items()}
    return Book(client, rules, last)


PLAIN = {
    "enableRateLimit": False,
    "options": {
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
        "fetchMargins": False,
    },
}
"""ccxt's class as it is, but for what of the exchange it reads."""


@pytest.mark.skipif(not answers.INDEX.is_file(), reason="no recorded answers here")
@pytest.mark.parametrize("of", RECORDED, ids=lambda of: of.name)
def test_orders_fit_a_recorded_exchange(replayed: tuple[Replay, str], of: Recorded) -> None:
    book = book_of(of.ccxt_id, of.world(World(*replayed)), replayed[0])
    assert len(book.rules) >= of.markets
    try_orders(of.name, book, of.orders)


def test_orders_fit_bitfinex_which_counts_digits(replayed: tuple[Replay, str]) -> None:
    book = book_of("bitfinex", answers.bitfinex(World(*replayed)), replayed[0])
    try_orders("bitfinex", book, 300)


# HAND-MADE markets


class Made(NamedTuple):
    """A market: steps, or digits and decimals, of price and quantity, and limits (lower, upper)."""

    price: float
    amount: float
    prices: tuple[float | None, float | None] = (None, None)
    amounts: tuple[float | None, float | None] = (None, None)
    costs: tuple[float | None, float | None] = (None, None)
    last: str = "1"


STEPS = [
    Made(0.01, 0.00001, (0.01, 1_000_000.0), (0.00001, 9_000.0), (10.0, 9_000_000.0)),
    Made(1e-8, 1.0, (1e-8, 1_000.0), (1.0, 9e10), (0.0001, None)),
    Made(0.5, 0.1, (None, None), (0.5, None), (None, None)),
    Made(0.025, 0.25, (None, None), (1.0, 10_000.0), (5.0, None)),
    Made(5.0, 1e-8, (5.0, 10_000_000.0), (0.00002, 100.0), (None, 1_000_000.0)),
    Made(0.0003, 10.0, (None, None), (None, None), (1.0, None)),
    Made(1e-12, 1_000.0, (None, None), (1_000.0, 1e12), (None, None)),
]
DIGITS = [
    Made(5, 8, amounts=(0.00004, 2_000.0), last="13709.5"),
    Made(5, 8, amounts=(0.04, 5_000.0), last="2.7446"),
    Made(4, 4, costs=(500.0, 5e9), last="135812000"),
    Made(4, 4, costs=(500.0, 5e9), last="0.8713"),
]
DECIMALS = [
    Made(2, 5, amounts=(0.0001, 100.0), costs=(10.0, None)),
    Made(8, 0, amounts=(1.0, 9_000_000.0)),
    Made(0, 3, costs=(1_000.0, None)),
]


def made_book(client: Any, markets: list[Made]) -> Book:
    """HAND-MADE markets, as a client of ccxt would hold them."""
    known = {f"M{number}/USD": market for number, market in enumerate(markets)}
    client.set_markets([made_market(pair, market) for pair, market in known.items()])
    last = {pair: D(market.last) for pair, market in known.items()}
    rules = {
        pair: market_rules("made", client.market(pair), client.precisionMode, last[pair])
        for pair in known
    }
    return Book(client, rules, last)


def made_market(pair: str, market: Made) -> dict[str, Any]:
    def limits(of: tuple[float | None, float | None]) -> dict[str, float | None]:
        return {"min": of[0], "max": of[1]}

    base, quote = pair.split("/")
    return {
        "id": base + quote, "symbol": pair, "base": base, "quote": quote,
        "baseId": base, "quoteId": quote, "type": "spot", "spot": True, "active": True,
        "maker": 0.001, "taker": 0.002,
        "precision": {"price": market.price, "amount": market.amount},
        "limits": {
            "price": limits(market.prices),
            "amount": limits(market.amounts),
            "cost": limits(market.costs),
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ccxt_id", "markets"),
    [("binance", STEPS), ("kraken", STEPS), ("bitfinex", DIGITS[:2]), ("bithumb", DIGITS)],
)
def test_orders_fit_hand_made_markets(ccxt_id: str, markets: list[Made]) -> None:
    try_orders(f"made for {ccxt_id}", made_book(getattr(ccxt, ccxt_id)(), markets), 500)


def test_orders_fit_where_decimals_are_counted() -> None:
    """No exchange of ccxt does so today; its base class still does."""
    client = ccxt.Exchange({"precisionMode": ccxt.DECIMAL_PLACES})
    try_orders("made of decimals", made_book(client, DECIMALS), 500)
