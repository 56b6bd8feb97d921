"""What is given of each account: its name, its exchange, its configurations and commands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from application.replay.given import NAMING, Given, Named, givens_of
from application.replay.tape import Interest
from application.tapes import account_stream
from application.verifying.comparing import read
from application.verifying.recorded import RecordedFact, RecordedTrading
from domain.account.facts import AccountConfigured, AccountFact, AccountOpened, StrategyDeployed


@dataclass(frozen=True, slots=True)
class Story:
    """One account's; `exchange` is empty where its opening is not recorded."""

    account: str
    exchange: str
    givens: tuple[Given, ...]

    @property
    def stream(self) -> UUID:
        return account_stream(self.account)

    @property
    def facts(self) -> Iterable[AccountFact]:
        """Those that name what was given."""
        return (fact for given in self.givens for fact in given.facts)


def stories_of(trading: RecordedTrading) -> list[Story]:
    """All accounts, by name."""
    found: dict[str, list[Named]] = {}
    for stream, row in trading.of_topics(NAMING):
        named = _named(row)
        if named is not None and account_stream(named.fact.account) == stream:
            found.setdefault(named.fact.account, []).append(named)
    return [_story(account, found[account]) for account in sorted(found)]


def interest_of(stories: Sequence[Story]) -> Interest:
    """What accounts ever looked at, all together."""
    warm_ups: dict[str, int] = {}
    pairs: dict[str, None] = {}
    for fact in (fact for story in stories for fact in story.facts):
        if isinstance(fact, AccountConfigured):
            warm_ups.setdefault(fact.timeframe, 0)
            pairs.update(dict.fromkeys(fact.pairs))
        elif isinstance(fact, StrategyDeployed):
            known = warm_ups.get(fact.timeframe, 0)
            warm_ups[fact.timeframe] = max(known, fact.warm_up or 0)
    return Interest(warm_ups, list(pairs))


def _story(account: str, named: Sequence[Named]) -> Story:
    opened = (each.fact for each in named if isinstance(each.fact, AccountOpened))
    exchange = next((fact.exchange for fact in opened), "")
    return Story(account, exchange, tuple(givens_of(named)))


def _named(row: RecordedFact) -> Named | None:
    """None for what cannot be read: it will differ from what follows."""
    fact = read(row)
    try:
        cause = UUID(str(row.said.get("causation_id")))
    except ValueError:
        return None
    return Named(fact, row.version, row.position, cause) if isinstance(fact, AccountFact) else None
