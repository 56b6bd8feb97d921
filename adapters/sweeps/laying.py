"""From a request to what workers need: candles in a folder, and beside them what is asked."""

import hashlib
import pickle
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from adapters.backtesting.inputs import Inputs
from adapters.backtesting.prepared import Prepared
from adapters.backtesting.request import BadRequest, Request
from adapters.indicators.engine import versions
from adapters.strategies.library import Library
from adapters.sweeps import columns
from adapters.sweeps.asked import Asked, prepared
from adapters.sweeps.worker import ASKED
from application.sweeping.bench import Refused
from application.sweeping.space import Combination
from application.sweeping.tried import Candidate
from application.trading import ENGINE
from domain.times import from_ms

Read = Callable[[Prepared], Inputs]
"""Reads the candles of a request, with the warm-up that it needs before them."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Candles that are laid out in a folder; `prepared` is what needs the most of them."""

    prepared: Prepared
    inputs: Inputs

    def depends_on(self) -> dict[str, Any]:
        """All that results depend on, but for what is tried."""
        request, inputs = self.prepared.request, self.inputs
        return {
            "engine": ENGINE,
            "libraries": versions(),
            "strategy": request.strategy,
            "source": self.prepared.source.sha256,
            "parameters": dict(request.parameters),
            "account": msgspec.to_builtins(self.prepared.choice),
            "exchange": request.exchange,
            "pairs": list(inputs.pairs),
            "timeframe": request.timeframe,
            "execution": self.prepared.execution.name,
            "fills": list(request.fills),
            "since": from_ms(inputs.since).isoformat(),
            "until": from_ms(inputs.until).isoformat(),
            "candles": inputs.fingerprint.candles,
            "candle_hash": inputs.fingerprint.hexdigest(),
        }

    def identity(self, candidates: Sequence[Candidate]) -> str:
        """The SHA-256 of what is tried and of all that its results depend on."""
        whole = [self.depends_on(), candidates]
        return hashlib.sha256(msgspec.json.encode(whole, order="deterministic")).hexdigest()


def lay_out(
    request: Request, combinations: Sequence[Combination], library: Library, folder: Path,
    read: Read,
) -> Laid:  # fmt: skip
    """Lay out the candles on which the combinations can be tried.

    Raises BadRequest, and Refused where every combination is.
    """
    if len(request.fills) > 1:
        raise BadRequest("a sweep has one fill band: give --fills once")
    longest = _longest(request, combinations, library)
    inputs = read(longest)
    columns.write(folder, (span.candles for span in inputs.recorded.spans))
    source = longest.source
    is_filed = library.offer(request.strategy).origin == "file"
    asked = Asked(
        replace(request, account=_copied(request.account, folder)),
        inputs.pairs,
        inputs.recorded.rules,
        source if is_filed else None,
    )
    (folder / ASKED).write_bytes(pickle.dumps(asked))
    return Laid(replace(longest, request=request), inputs)


def _longest(request: Request, combinations: Sequence[Combination], library: Library) -> Prepared:
    """The request with the combination that needs the most candles before it may signal."""
    found: Prepared | None = None
    refused: Refused | None = None
    for each in combinations:
        try:
            of_each = prepared(request, each, library)
        except Refused as error:
            refused = refused or error
        else:
            found = of_each if found is None or of_each.warm_up > found.warm_up else found
    if found is None:
        raise refused or Refused("there is nothing to try")
    return found


def _copied(account: Path | None, folder: Path) -> Path | None:
    """The account's file as it is now, whatever becomes of it while it is used."""
    return None if account is None else Path(shutil.copy(account, folder / "account.toml"))
