"""Two facts agree byte for byte, or it is said how they do not."""

import msgspec
import pytest

from application.tapes import TapeEvent, account_stream
from application.verifying.comparing import (
    Agreement,
    agreement,
    differing,
    differs_in_last_digits,
)
from application.verifying.recorded import RecordedFact, as_recorded
from domain.account.facts import AccountFact, OrderFilled, SignalRaised, StrategyFailed
from tests.scenario import BTC, D, at

IDS = {"id": "a", "correlation_id": "b", "causation_id": "c"}
FILLED = OrderFilled(at(1), "main", 1, BTC, 1, "long", "enter", D(2), D("100.5"), D("0.2"))
RAISED = SignalRaised(
    at(1), "main", 1, BTC, "ema_cross", "1h", "long", "enter", D(100), None, None, {"fast": D(3)}
)
FAILED = StrategyFailed(at(1), "main", "ema_cross", BTC, "1h", "ZeroDivisionError: division")


def event(fact: AccountFact) -> TapeEvent:
    return TapeEvent(account_stream("main"), 7, fact, IDS)


def recorded(fact: AccountFact, **changed: object) -> RecordedFact:
    """As it would be recorded, but for some fields; those that are None are left out."""
    row = as_recorded(event(fact))
    said = {name: each for name, each in {**row.said, **changed}.items() if each is not None}
    return row._replace(state=msgspec.json.encode(said, order="sorted"))


def test_the_same_bytes_are_the_same_fact() -> None:
    assert agreement(as_recorded(event(FILLED)), event(FILLED)) is Agreement.SAME


@pytest.mark.parametrize(
    ("name", "value"),
    [("price", "100.50"), ("causation_id", "d"), ("extra", 1), ("at", "2024-01-11T01:00:00+00:00")],
)
def test_another_way_to_write_it_is_another_fact(name: str, value: object) -> None:
    row = recorded(FILLED, **{name: value})
    assert agreement(row, event(FILLED)) is Agreement.NONE
    assert differing(row, as_recorded(event(FILLED))) == [name]


def test_what_an_older_form_lacks_is_what_was_so_by_default() -> None:
    assert agreement(recorded(FILLED, v=1, slippage=None), event(FILLED)) is Agreement.OLDER
    worse = msgspec.structs.replace(FILLED, slippage=D(1))
    assert agreement(recorded(worse, v=1, slippage=None), event(worse)) is Agreement.NONE
    assert agreement(recorded(FILLED, v=1, slippage=None, id="z"), event(FILLED)) is Agreement.NONE
    assert agreement(recorded(FILLED, v=1, extra=1), event(FILLED)) is Agreement.NONE


def test_the_words_of_an_error_may_be_others_and_nothing_else() -> None:
    assert agreement(recorded(FAILED, error="another"), event(FAILED)) is Agreement.OTHER_WORDS
    both = recorded(FAILED, error="another", timeframe="2h")
    assert agreement(both, event(FAILED)) is Agreement.NONE


def test_what_cannot_be_read_is_another_fact() -> None:
    row = as_recorded(event(FILLED))
    assert agreement(row._replace(state=b"{"), event(FILLED)) is Agreement.NONE
    assert agreement(row._replace(topic="Unheard"), event(FILLED)) is Agreement.NONE


def test_last_digits_are_told_from_others() -> None:
    ours = as_recorded(event(RAISED))
    close = recorded(RAISED, indicators={"fast": "3.00000000001"})
    assert differs_in_last_digits(close, ours)
    assert not differs_in_last_digits(recorded(RAISED, indicators={"fast": "3.01"}), ours)
    assert not differs_in_last_digits(recorded(RAISED, side="short"), ours)
    assert not differs_in_last_digits(ours, ours)
