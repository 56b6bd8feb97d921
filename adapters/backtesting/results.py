"""What came of a backtest: trades, equity, metrics, warnings, reasons why not."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from adapters.backtesting.inputs import Inputs
from adapters.backtesting.prepared import Prepared
from adapters.backtesting.running import Lived, Run
from application.backtest import Outcome
from application.plans import AccountPlan
from domain.account.facts import AccountFact, SignalDeclined, StrategyFailed, TradeClosed
from domain.performance.curve import EquityCurve
from domain.performance.metrics import Metrics, measure
from domain.performance.warnings import ResultWarning, warnings_of
from domain.times import from_ms


@dataclass(frozen=True, slots=True)
class AccountResult:
    """What an account has come to; `equity` counts open trades at their last close.

    `trades` are the closed ones in the order in which they were closed; `failures` say in which
    market the strategy's code failed, and how.
    """

    plan: AccountPlan
    outcome: Outcome
    equity: Decimal
    curve: EquityCurve
    trades: list[TradeClosed]
    metrics: Metrics
    warnings: list[ResultWarning]
    declined: Mapping[str, int]
    failures: list[str]

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def cash(self) -> Decimal:
        account = self.outcome.account
        return account.cash if account.is_open else self.plan.capital


@dataclass(frozen=True, slots=True)
class Result:
    """A backtest with what gives the same again; `accounts` in the order of the fill bands.

    `seconds` by what they were spent on.
    """

    prepared: Prepared
    inputs: Inputs
    accounts: list[AccountResult]
    candles: int
    candle_hash: str
    cut_short: bool
    seconds: dict[str, float]


def result_of(prepared: Prepared, inputs: Inputs, run: Run) -> Result:
    """Measure what a run has led to."""
    fingerprint = inputs.fingerprint
    longest = fingerprint.longest(prepared.request.timeframe)
    accounts = [_account(prepared, inputs, lived, longest) for lived in run.lived]
    return Result(
        prepared, inputs, accounts, fingerprint.candles, fingerprint.hexdigest(),
        run.cut_short, run.seconds,
    )  # fmt: skip


def facts_of(outcome: Outcome) -> Iterable[AccountFact]:
    """All facts of an account, in order."""
    return (fact for chapter in outcome.chapters for fact in chapter.facts)


def _account(prepared: Prepared, inputs: Inputs, lived: Lived, candles: int) -> AccountResult:
    outcome, curve = lived.outcome, lived.curve.whole()
    told = _Told(outcome)
    metrics = measure(
        told.trades,
        curve,
        capital=outcome.plan.capital,
        first=from_ms(inputs.since),
        last=from_ms(lived.until),
        open_trades=list(outcome.account.trades.values()),
    )
    warnings = warnings_of(
        metrics, parameters=len(prepared.parameters), warm_up=prepared.warm_up, candles=candles
    )
    declined = dict(sorted(told.declined.items(), key=lambda each: (-each[1], each[0])))
    return AccountResult(
        outcome.plan, outcome, lived.equity, curve, told.trades, metrics, warnings, declined,
        told.failures,
    )  # fmt: skip


class _Told:
    """What the facts of an account tell at the end."""

    def __init__(self, outcome: Outcome) -> None:
        self.trades = list[TradeClosed]()
        self.declined = Counter[str]()
        self.failures = list[str]()
        for fact in facts_of(outcome):
            match fact:
                case TradeClosed():
                    self.trades.append(fact)
                case SignalDeclined():
                    self.declined[fact.reason] += 1
                case StrategyFailed():
                    self.failures.append(f"{fact.strategy} failed in {fact.pair}: {fact.error}")
