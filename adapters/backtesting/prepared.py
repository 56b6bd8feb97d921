"""From a request to what is to be run: the strategy, and an account for each fill band."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from adapters.backtesting.accounts import (
    ACCOUNT_PARAMETERS,
    NAME,
    AccountChoice,
    chosen_account,
)
from adapters.backtesting.request import BadRequest, Request
from adapters.strategies.library import Library
from adapters.strategies.sources import Source
from application.plans import AccountPlan, StrategyPlan
from domain.account.terms import BANDS, FillModel
from domain.strategies.strategy import Strategy
from domain.timeframes import Timeframe, timeframe


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that can be run as soon as there are candles.

    `warm_up` candles must lie before one that may signal. `parameters` are the strategy's.
    """

    request: Request
    strategy: Strategy
    source: Source
    warm_up: int
    choice: AccountChoice

    @property
    def parameters(self) -> Mapping[str, Decimal]:
        return self.strategy.parameters()

    @property
    def execution(self) -> Timeframe:
        """The timeframe on whose candles fills are judged."""
        return timeframe(self.choice.execution or self.request.timeframe)

    @property
    def frames(self) -> list[Timeframe]:
        """All that is read, shortest first."""
        return sorted({self.execution, self.request.frame}, key=lambda each: (each.ms, each.name))

    def plans(self, pairs: tuple[str, ...]) -> list[AccountPlan]:
        """An account for each fill band, named after it when there are several."""
        bands = self.request.fills
        if len(bands) < 2:
            fills = BANDS[bands[0]] if bands else self.choice.terms.fills
            return [self._plan(NAME, fills, pairs)]
        return [self._plan(band, BANDS[band], pairs) for band in bands]

    def _plan(self, name: str, fills: FillModel, pairs: tuple[str, ...]) -> AccountPlan:
        choice, request = self.choice, self.request
        deployed = StrategyPlan(
            self.strategy, request.timeframe, self.source.sha256, self.warm_up
        )  # fmt: skip
        return AccountPlan(
            name=name,
            exchange=request.exchange,
            quote=request.quote,
            capital=choice.capital,
            stake=choice.stake,
            max_open_trades=choice.max_open_trades,
            timeframe=self.execution.name,
            pairs=pairs,
            strategies=(deployed,),
            terms=replace(choice.terms, fills=fills),
        )


def prepare(request: Request, library: Library) -> Prepared:
    """Find the strategy and what is wished of the account.

    Raises BadRequest, UnknownStrategy, BadParameter, BadStrategy.
    """
    of_strategy, of_account = _sorted_out(request, library)
    choice = chosen_account(request, of_account)
    strategy, source = library.configured(request.strategy, of_strategy)
    warm_up = library.offer(request.strategy).warm_up(strategy, request.frame)
    return Prepared(request, strategy, source, warm_up, choice)


def _sorted_out(request: Request, library: Library) -> tuple[dict[str, str], dict[str, str]]:
    """The parameters of the strategy, and those of the account."""
    own = library.offer(request.strategy).kind.__struct_fields__
    of_strategy, of_account = {}, {}
    for name, text in request.parameters.items():
        if name in own:
            of_strategy[name] = text
        elif name in ACCOUNT_PARAMETERS:
            of_account[name] = text
        else:
            known = f"{', '.join(sorted(own)) or 'none'}; the account {_listed()}"
            raise BadRequest(f"{request.strategy} has no parameter {name!r}. It has {known}")
    return of_strategy, of_account


def _listed() -> str:
    return ", ".join(ACCOUNT_PARAMETERS)
