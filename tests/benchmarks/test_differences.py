"""Trades of two engines are compared one by one."""

from benchmarks.peers.answer import Trade
from benchmarks.peers.differences import differences
from benchmarks.peers.works import MINUTE

TRADE = Trade("A/USDT", MINUTE, 100.0, 5 * MINUTE, 98.0, "stop")


def test_a_trade_dated_at_the_candle_s_close_is_the_same() -> None:
    assert differences([TRADE], [TRADE._replace(exited_at=6 * MINUTE)]) == {"the same": 1}


def test_what_differs_is_named() -> None:
    later = TRADE._replace(exited_at=9 * MINUTE)
    unrounded = TRADE._replace(exit_price=98.004)
    worse = TRADE._replace(exit_price=97.0)
    dearer = TRADE._replace(entry_price=100.5)
    named = [differences([TRADE], [each]) for each in (later, unrounded, worse, dearer)]
    assert named == [
        {"left in another candle": 1},
        {"left at a price that is not rounded to the tick": 1},
        {"left at another price": 1},
        {"entered at another price": 1},
    ]


def test_a_trade_that_only_one_has_made_is_counted() -> None:
    other = TRADE._replace(entered_at=0)
    assert differences([TRADE], [other]) == {"only in the first": 1, "only in the second": 1}
