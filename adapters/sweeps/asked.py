"""What a combination of parameters makes of a request, in any process."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from adapters.backtesting.prepared import Prepared, prepare
from adapters.backtesting.request import BadRequest, Request
from adapters.backtesting.rules import as_chosen
from adapters.strategies.errors import BadStrategy
from adapters.strategies.library import Library
from adapters.strategies.sources import Source
from application.sweeping.bench import Configured, Refused
from application.sweeping.space import Combination
from domain.markets import MarketRules
from domain.strategies.strategy import BadParameter


def prepared(request: Request, combination: Combination, library: Library) -> Prepared:
    """The request with the parameters of a combination; raises Refused."""
    parameters = {**request.parameters, **combination}
    try:
        return prepare(replace(request, parameters=parameters), library)
    except (BadParameter, BadRequest, BadStrategy) as error:
        raise Refused(str(error)) from error


@dataclass(frozen=True)
class Asked:
    """A request over markets that are known; `code` is the strategy's where it is of a file."""

    request: Request
    pairs: tuple[str, ...]
    rules: Mapping[str, MarketRules]
    code: Source | None = None

    def configured(self, combination: Combination) -> Configured:
        """The account and the rules of a combination; raises Refused."""
        found = prepared(self.request, combination, self._library)
        (plan,) = found.plans(self.pairs)
        return Configured(plan, as_chosen(self.rules.values(), found.choice))

    @cached_property
    def _library(self) -> Library:
        """The strategy as it was when the sweep began, whatever its file has become."""
        if self.code is None:
            return Library()
        text = self.code.text
        return Library(None, {self.request.strategy: self.code.sha256}, lambda _: text)
