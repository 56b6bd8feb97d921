"""A backtest, run: strategies are listened to, accounts live, results are measured, all timed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Literal

from adapters.backtesting.curves import CurveInParts
from adapters.backtesting.inputs import Inputs
from adapters.backtesting.prepared import Prepared
from adapters.indicators.engine import compute
from application.backtest import Outcome, Span, listen, live
from application.replay.lane import Stretch
from domain.account.fills import gain
from domain.account.state import Account
from domain.blocks import BLOCK
from domain.values import MONEY, ZERO


class Stopped(Exception):
    """Is raised by who watches a run, to have what is done so far."""


Doing = Literal["signals", "trading"]
Watch = Callable[[Doing, float], None]
"""Is told now and then what is being done and the share that is done; it may raise Stopped."""

_OFTEN = 64


@dataclass(slots=True)
class Lived:
    """An account that has lived up to `until` (ms), its equity then, and on the way there."""

    outcome: Outcome
    until: int
    equity: Decimal
    curve: CurveInParts


@dataclass(slots=True)
class Run:
    """What became of the accounts; `cut_short`: it was stopped before the end.

    `seconds` are those of reading, of signals and of trading.
    """

    lived: list[Lived]
    cut_short: bool = False
    seconds: dict[str, float] = field(default_factory=dict)


def run(prepared: Prepared, inputs: Inputs, watch: Watch = lambda *_: None) -> Run:
    """Run a backtest, as far as it is let."""
    running = _Running(prepared, inputs, watch)
    result = Run(running.lived, cut_short=True, seconds=running.seconds)
    with suppress(Stopped):
        running.go_on()
        result.cut_short = False
    return result


class _Running:
    def __init__(self, prepared: Prepared, inputs: Inputs, watch: Watch) -> None:
        self._prepared = prepared
        self._inputs = inputs
        self._watch = watch
        self.seconds = dict.fromkeys(("read", "signals", "trading"), 0.0)
        self._plans = prepared.plans(inputs.pairs)
        self.lived = [
            Lived(Outcome(plan, Account(plan.name)), inputs.since, plan.capital, CurveInParts(plan))
            for plan in self._plans
        ]

    def go_on(self) -> None:
        spans = iter(self._inputs.recorded.spans)
        while True:
            with self._timed("read"):
                span = next(spans, None)
            if span is None:
                return
            with self._timed("signals"):
                stretch = self._listen(span)
            for number, lived in enumerate(self.lived):
                self._live(number, lived, stretch, span)

    def _listen(self, span: Span) -> Stretch:
        blocks = self._blocks(span)

        def tick() -> None:
            self._watch("signals", self._share(span, next(blocks)))

        recorded, strategy = self._inputs.recorded, self._prepared.strategy
        return listen(recorded, span, self._plans, compute, lambda *_: strategy, tick)

    def _live(self, number: int, lived: Lived, stretch: Stretch, span: Span) -> None:
        try:
            with self._timed("trading"):
                self._trade(number, lived, stretch, span)
        finally:
            lived.curve.add(lived.outcome, stretch, lived.until)
            lived.equity = _equity(lived, stretch)

    def _trade(self, number: int, lived: Lived, stretch: Stretch, span: Span) -> None:
        lived.until = span.since
        for count, chapter in enumerate(live(lived.outcome, stretch, span)):
            lived.until = chapter.close
            if not count % _OFTEN:
                done = (chapter.close - span.since) / (span.until - span.since)
                share = 0.5 + 0.5 * (number + done) / len(self.lived)
                self._watch("trading", self._share(span, share))
        lived.until = span.until

    def _blocks(self, span: Span) -> Iterator[float]:
        """How much of a span is done after each block that is listened to."""
        length = BLOCK * self._prepared.request.frame.ms
        count = len(self._inputs.pairs) * ((span.until - span.since) // length + 2)
        done = 0
        while True:
            done = min(done + 1, count)
            yield 0.5 * done / count

    def _share(self, span: Span, of_span: float) -> float:
        """The share of the whole that is done, by that of a span."""
        since, until = self._inputs.since, self._inputs.until
        return (span.since - since + of_span * (span.until - span.since)) / (until - since)

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[what] += time.perf_counter() - began


def _equity(lived: Lived, stretch: Stretch) -> Decimal:
    """Cash and open trades at their last close, exact; at cost where there is none."""
    account = lived.outcome.account
    if not account.is_open:
        return lived.outcome.plan.capital
    loaded = stretch.loaded[account.timeframe]
    with localcontext(MONEY):
        equity = account.balance
        for trade in account.trades.values():
            price = loaded.last(trade.pair, lived.until)
            equity += ZERO if price is None else trade.left * gain(trade, price)
        return equity
