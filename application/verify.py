"""`papertape verify`: all trading, derived from the market tape once more and compared.

Given are the configurations and the commands of operators, in their places; everything else must
follow from the periods and candles of the market tape, byte for byte.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from application.verifying.difference import Difference
from application.verifying.elsewhere import lost_commands, sources_gone, unknown_streams, unopened
from application.verifying.exchange_check import ExchangeCheck
from application.verifying.spans import EngineSpan, engine_difference, spans_of
from application.verifying.stories import Story, stories_of
from application.verifying.tally import Tally
from application.verifying.tapes import Tapes


class UnknownAccount(LookupError):
    """The trading tape knows no account of that name."""


@dataclass(slots=True)
class Verdict:
    """What was checked, and what was found: differences in the order of the market tape.

    `position` is how far the market tape was traded; `behind` periods wait there. `unchecked` are
    the spans of other engines or libraries; `sources_gone` are not kept any more, by strategy.
    """

    position: int
    behind: int
    accounts: list[str]
    tally: Tally = field(default_factory=Tally)
    unchecked: list[EngineSpan] = field(default_factory=list)
    sources_gone: dict[str, list[str]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether facts are there, and none of them could be derived."""
        return bool(self.unchecked) and not self.tally.facts

    @property
    def ok(self) -> bool:
        return not self.differences and not self.is_empty


Tick = Callable[[int, int], None]
"""Is told how many positions of how many are gone through."""


def verify(tapes: Tapes, only: str | None = None, tick: Tick = lambda *_: None) -> Verdict:
    """Check all accounts, or `only` one; raises UnknownAccount."""
    stories = [each for each in stories_of(tapes.trading) if only in (None, each.account)]
    if only is not None and not stories:
        raise UnknownAccount(f"there is no account {only!r} on the trading tape")
    position = tapes.trading.handled()
    behind = tapes.market("").periods_behind(position)
    verdict = Verdict(position, behind, [story.account for story in stories])
    spans = spans_of(tapes.trading, position)
    ours = [span for span in spans if span.is_of(tapes.libraries)]
    verdict.unchecked = [span for span in spans if span not in ours]
    verdict.sources_gone = sources_gone(tapes.trading, stories)
    verdict.differences += _derived(tapes, stories, ours, verdict.tally, tick)
    verdict.differences += unopened(stories)
    verdict.differences += lost_commands(stories, tapes.trading.carried_out(), position)
    if only is None:
        verdict.differences += unknown_streams(tapes.trading, stories)
        verdict.differences += engine_difference(tapes, position)
    verdict.differences.sort(key=lambda each: (each.position, each.account, each.version))
    return verdict


def _derived(
    tapes: Tapes, stories: list[Story], spans: list[EngineSpan], tally: Tally, tick: Tick
) -> Iterator[Difference]:
    """Where the accounts differ, span by span."""
    exchanges = sorted({story.exchange for story in stories if story.exchange})
    asked = {
        id_: each.command
        for id_, each in tapes.trading.carried_out().items()
        if each.command is not None
    }
    done, all_ = 0, len(exchanges) * sum(span.until - span.after for span in spans)
    for span in spans:
        for exchange in exchanges:
            of_it = [story for story in stories if story.exchange == exchange]
            check = ExchangeCheck(tapes, exchange, of_it, span, asked, tally)
            for position in check.run():
                tick(done + position - span.after, all_)
            yield from check.differences
            done += span.until - span.after
