"""Letting a strategy trade: it is checked, and what its file has become is told."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from adapters.indicators.engine import compute, warm_up
from adapters.strategies.check_series import check_series
from adapters.strategies.code_scan import scan_code
from adapters.strategies.errors import BadStrategy
from adapters.strategies.gathering import shown
from adapters.strategies.offers import Offer
from adapters.strategies.sources import source_in
from domain.strategies.checking import Checked, CheckSeries, Progress, check
from domain.strategies.strategy import Parameter
from domain.timeframes import Timeframe


class Use(NamedTuple):
    """How a strategy is used: on which candles, with which parameters."""

    timeframe: Timeframe
    parameters: Mapping[str, Parameter]

    def __str__(self) -> str:
        given = [f"{key} = {value}" for key, value in sorted(self.parameters.items())]
        return ", ".join([self.timeframe.name, *given])


class Drift(NamedTuple):
    """What became of the file of a strategy that was deployed from it; `differs` from it."""

    differs: bool
    says: str


def checked(
    offer: Offer, use: Use, progress: Progress, recorded: Sequence[CheckSeries] = ()
) -> Checked:
    """What is learnt of a strategy that may trade so.

    Raises Refused if it may not, BadParameter, BadStrategy.
    """
    scan_code(offer.source.files)
    strategy = offer.made(use.parameters)

    def series(frame: Timeframe, candles: int) -> list[CheckSeries]:
        return check_series(frame, candles, recorded)

    return check(strategy, use.timeframe, compute, warm_up, series, progress=progress)


def drift(deployed: Offer, folder: Path) -> Drift | None:
    """What became of the file, without running it; None where it is as deployed."""
    file = shown(folder / deployed.source.path)
    deploy = f"`papertape strategies deploy {deployed.name}`"
    if not (folder / deployed.source.path).is_file():
        return Drift(False, f"{file} is gone; what was deployed from it goes on")
    try:
        now = source_in(folder, deployed.source.module)
    except BadStrategy as bad:
        return Drift(True, f"{bad.where}: {bad.what}; what was deployed goes on")
    if now == deployed.source:
        return None
    changed = sorted(
        path
        for path in {**now.files, **deployed.source.files}
        if now.files.get(path) != deployed.source.files.get(path)
    )
    differs = ", ".join(shown(folder / path) for path in changed)
    return Drift(True, f"{differs} differs from what trades: {deploy}")
