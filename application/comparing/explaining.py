"""From a pair that differs to its cause: each kind is looked for where it would show."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from application.comparing.candles import ChangedCandles
from application.comparing.cause import UNEXPLAINED, Cause
from application.comparing.given_before import OF_CASH, GivenBefore, reasons_of
from application.comparing.pairs import Pair
from application.lives.witness import Witness
from domain.account.facts import AccountFact, StrategyFailed, TradeFrozen, TradeThawed
from domain.timeframes import timeframe
from domain.times import from_ms, to_ms

OF_GUARDS = {"locked", "halted"}


class Explaining:
    """`paper` and `derived` are all facts of both; `begun` (ms) is the first close on paper."""

    def __init__(
        self, witness: Witness, paper: Sequence[AccountFact], derived: Sequence[AccountFact],
        begun: int,
    ) -> None:  # fmt: skip
        self._market = witness.market
        self._given = GivenBefore(witness.story.givens)
        self._candles = ChangedCandles(witness.market, begun)
        self._warm_ups = witness.interest.warm_ups
        self._failures = _of_one(paper, derived)
        self._differing: list[Pair] = []

    def cause(self, pair: Pair) -> Cause:
        """Its cause; pairs must come in order."""
        looks: list[Callable[[Pair], Cause | None]] = [
            self._given.operator, self._stale, self._listing, self._failed, self._away,
            self._given.configuration, self._follows, self._revised, self._late,
        ]  # fmt: skip
        found = next((cause for look in looks if (cause := look(pair)) is not None), UNEXPLAINED)
        self._differing.append(pair)
        return found

    def _stale(self, pair: Pair) -> Cause | None:
        declined = pair.paper and pair.paper.declined
        if not declined or declined.reason != "stale":
            return None
        late = int(declined.numbers["seconds_late"])
        words = f"its signal was seen {late:,} s after the close: too late to trade"
        return Cause("seen_late", words, {"seconds_late": late})

    def _listing(self, pair: Pair) -> Cause | None:
        for entry in (pair.paper, pair.test):
            facts = [] if entry is None else entry.facts
            if entry is not None and entry.declined and entry.declined.reason == "not_listed":
                return Cause("listing", f"{pair.key.pair} was not listed then")
            frozen = next((f for f in facts if isinstance(f, TradeFrozen | TradeThawed)), None)
            if frozen is not None:
                words = f"{pair.key.pair} was taken from the list at {frozen.at:%m-%d %H:%M}"
                return Cause("listing", words, {"at": frozen.at})
        return None

    def _failed(self, pair: Pair) -> Cause | None:
        for each in self._failures:
            is_of_it = (each.strategy, each.pair) == (pair.key.strategy, pair.key.pair)
            if is_of_it and each.at <= (pair.end or each.at):
                words = f"{each.strategy} failed in {each.pair} at {each.at:%m-%d %H:%M}"
                return Cause("strategy_failed", words, {"at": each.at, "error": each.error})
        return None

    def _away(self, pair: Pair) -> Cause | None:
        """A close that was never traded on paper: at the signal, or while the trade was open."""
        entry = pair.test or pair.paper
        assert entry is not None
        frame, close = timeframe(entry.signal.timeframe), to_ms(pair.key.at)
        parting = to_ms(pair.parting)
        for moment in range(close, max(close, parting) + 1, frame.ms):
            if self._market.period_at(frame.name, moment) is None:
                words = f"the close of {from_ms(moment):%m-%d %H:%M} was never traded on paper"
                return Cause("away", words, {"close": from_ms(moment), "timeframe": frame.name})
        return None

    def _follows(self, pair: Pair) -> Cause | None:
        """Places, cash and guards hang on earlier trades; so does a size."""
        reasons = {*reasons_of(pair.paper), *reasons_of(pair.test)}
        open_then = [
            each for each in self._differing if each.end is None or each.end >= pair.key.at
        ]
        if "already_open" in reasons:
            return _after([each for each in open_then if each.key.pair == pair.key.pair])
        if "max_open_trades" in reasons:
            return _after(open_then)
        if reasons & OF_CASH or reasons & OF_GUARDS or pair.has_other_size:
            return _after(self._differing)
        return None

    def _revised(self, pair: Pair) -> Cause | None:
        return self._of_signal(pair) if pair.is_other_entry else self._of_trade(pair)

    def _of_signal(self, pair: Pair) -> Cause | None:
        entry = pair.paper or pair.test
        assert entry is not None
        frame = entry.signal.timeframe
        closed = self._market.period_at(frame, to_ms(pair.key.at))
        if closed is None:
            return None
        found = self._candles.of_warm_up(pair.key.pair, closed, self._warm_ups.get(frame, 0))
        return found or self._of_trade(pair)

    def _of_trade(self, pair: Pair) -> Cause | None:
        """Candles from the signal until the trade was over, and what strategies saw then."""
        end = pair.end or pair.parting
        for frame in self._warm_ups:
            length = timeframe(frame).ms
            until = to_ms(end) + length
            found = self._candles.of_span(pair.key.pair, frame, to_ms(pair.key.at) - length, until)
            closed = self._market.period_before(frame, self._place(frame, pair.parting))
            if found is None and closed is not None:
                found = self._candles.of_warm_up(pair.key.pair, closed, self._warm_ups[frame])
            if found is not None:
                return found
        return None

    def _place(self, frame: str, moment: datetime) -> int:
        closed = self._market.period_from(frame, to_ms(moment))
        return 2**62 if closed is None else closed.position

    def _late(self, pair: Pair) -> Cause | None:
        """A period that was seen when the next one was over already."""
        end, since = to_ms(pair.end or pair.parting), to_ms(pair.key.at)
        for frame in self._warm_ups:
            length = timeframe(frame).ms
            for close in range(since - since % length, end + length + 1, length):
                closed = self._market.period_at(frame, close)
                if closed is not None and closed.seen_at >= close + length:
                    late = (closed.seen_at - close) // 1_000
                    words = f"the close of {from_ms(close):%m-%d %H:%M} was seen {late:,} s late"
                    return Cause(
                        "seen_late", words, {"close": from_ms(close), "seconds_late": late}
                    )
        return None


def _after(differing: Sequence[Pair]) -> Cause | None:
    """That it follows from the last of these."""
    if not differing:
        return None
    pair = differing[-1]
    entry, where = (pair.paper, "paper") if pair.is_on_paper else (pair.test, "backtest")
    assert entry is not None
    words = f"follows from trade {entry.number} ({where}, {pair.key.pair})"
    return Cause("follows", words, {"trade": entry.number, "of": where})


def _of_one(paper: Iterable[AccountFact], derived: Iterable[AccountFact]) -> list[StrategyFailed]:
    """The failures that only one of both has."""
    both = [{(f.strategy, f.pair, f.at): f for f in facts if isinstance(f, StrategyFailed)}
            for facts in (paper, derived)]  # fmt: skip
    return [
        fact for key, fact in (both[0] | both[1]).items() if not (key in both[0] and key in both[1])
    ]
