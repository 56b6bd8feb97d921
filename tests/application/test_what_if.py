"""What if, on real Postgres: an eventful past, lived once more as it was and otherwise."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from msgspec.structs import asdict

from adapters.indicators.engine import compute
from adapters.postgres.verifying import TradingTapeRead, WitnessedTape, snapshot
from application.lives.wish import Wish
from application.tapes import MarketTape
from application.verify import UnknownAccount
from application.verifying.tapes import Tapes
from application.what_if import Answer, CannotBeOtherwise, Question, what_if
from domain.account.terms import BANDS
from domain.times import to_ms
from tests.application.eventful import PLANS, live
from tests.application.test_trading import Office, open_office
from tests.scenario import D, at


@pytest.fixture
def office(database: str) -> Iterator[Office]:
    with open_office(database) as made:
        yield made


@contextmanager
def tapes_of(office: Office) -> Iterator[Tapes]:
    with snapshot(office.url) as connection:
        market = cache(lambda exchange: WitnessedTape(connection, exchange))
        trading = TradingTapeRead(connection)
        yield Tapes(trading, market, compute, office.resolve, {"numpy": "2"})


def answered(office: Office, question: Question) -> Answer:
    with tapes_of(office) as tapes:
        return what_if(tapes, question)


@pytest.mark.parametrize("seed", [1, 2])
def test_without_a_wish_the_other_life_is_the_recorded_one(
    office: Office, market_tape: MarketTape, seed: int
) -> None:
    live(office, market_tape, seed)
    for plan in PLANS:
        answer = answered(office, Question(plan.name))
        assert answer.is_as_recorded
        assert answer.what_if.metrics == answer.recorded.metrics
        assert answer.what_if.trades == answer.recorded.trades
        assert sum(answer.trades.values()) == answer.trades["same"]
        assert not answer.left_out


def test_the_same_wish_as_it_was_changes_nothing_and_another_does(
    office: Office, market_tape: MarketTape
) -> None:
    live(office, market_tape, 3)
    same = answered(office, Question("main", Wish(plan={"max_open_trades": 5})))
    assert same.what_if.metrics == same.recorded.metrics
    dear = answered(office, Question("main", Wish(fee=D("0.02"))))
    assert dear.is_as_recorded
    assert dear.what_if.metrics.tally.fees > dear.recorded.metrics.tally.fees
    assert dear.trades["same"] == 0
    pessimist = asdict(BANDS["pessimistic"])
    slipped = answered(office, Question("main", Wish(fills=pessimist)))
    assert slipped.what_if.metrics.tally.slippage > 0


def test_a_wish_of_exits_leaves_what_strategies_say_unless_they_are_overridden(
    office: Office, market_tape: MarketTape
) -> None:
    live(office, market_tape, 3)
    wish = Wish(exits={"stop_rate": D("0.001")})
    left = answered(office, Question("main", wish))
    assert left.own_exits > 0
    assert left.trades["other_end"] == 0
    taken = answered(office, Question("main", wish, override=True))
    assert taken.own_exits == 0
    assert taken.trades["other_end"] > 0


def test_from_a_moment_on_the_other_life_begins_as_the_recorded_one_is(
    office: Office, market_tape: MarketTape
) -> None:
    live(office, market_tape, 3)
    since = to_ms(at(262))
    plain = answered(office, Question("main", since=since))
    assert plain.what_if.metrics == plain.recorded.metrics
    smaller = answered(office, Question("main", Wish(plan={"stake": D(100)}), since))
    assert smaller.recorded.metrics == plain.recorded.metrics
    assert smaller.what_if.trades != plain.recorded.trades
    assert smaller.what_if.metrics.capital == plain.recorded.metrics.capital


def test_what_is_unknown_is_said(office: Office, market_tape: MarketTape) -> None:
    live(office, market_tape, 3, 20)
    with pytest.raises(UnknownAccount, match=r"known: .*main"):
        answered(office, Question("nobody"))
    with pytest.raises(CannotBeOtherwise, match="no period of binance 5m"):
        answered(office, Question("main", Wish(plan={"timeframe": "5m"})))
    with pytest.raises(CannotBeOtherwise, match="leave out --from"):
        answered(office, Question("main", Wish(plan={"capital": D(5)}), to_ms(at(260))))
    with pytest.raises(CannotBeOtherwise, match="no period in that time"):
        answered(office, Question("main", until=0))


def test_commands_about_what_the_other_life_has_not_are_left_out_and_counted(
    office: Office, market_tape: MarketTape
) -> None:
    live(office, market_tape, 2)
    poor = Wish(plan={"capital": D(10), "stake": D(1)})
    answers = [answered(office, Question(plan.name, poor)) for plan in PLANS]
    assert {answer.what_if.metrics.tally.trades for answer in answers} == {0}
    reasons = Counter[str]()
    for answer in answers:
        reasons.update(answer.left_out)
    assert any("does not wait" in reason or "is not open" in reason for reason in reasons)
