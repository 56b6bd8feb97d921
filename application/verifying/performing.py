"""What was given to an account, done once more: plans are applied, commands carried out."""

from collections.abc import Mapping
from uuid import UUID

from application.commands import Asked, OpenAccount
from application.opinions import Resolve
from application.replay.given import Given, command_of
from application.replay.listed import Listed
from application.replay.planning import plan_behind
from application.replay.recorded import ClosedAt, RecordedMarket
from application.setup import apply_plan
from application.tapes import event_id, period_stream
from application.trading import AsOf
from application.verifying.order import PlaceOnTape, of_command, of_period
from domain.account.commands import CommandRefused, perform
from domain.account.facts import AccountFact, AccountOpened
from domain.account.period import Period
from domain.account.state import Account
from domain.times import from_ms


class Performing:
    """Takes from recorded facts what was wanted, and nothing else.

    `asked` are the commands as operators put them; one that is not among them is taken from the
    fact that names it. Of the facts made last, `cause` is the id of what led to them, `turn` where
    they belong, and `is_asked_for` says whether their command was there.
    """

    def __init__(
        self, market: RecordedMarket, resolve: Resolve, asked: Mapping[UUID, Asked]
    ) -> None:
        self._market = market
        self._resolve = resolve
        self._asked = asked
        self._listed = Listed(market.listings())
        self.cause = UUID(int=0)
        self.turn: PlaceOnTape = of_command(0)
        self.is_asked_for = False

    def __call__(self, account: Account, given: Given) -> list[AccountFact]:
        """The facts; the account is moved along. Raises CommandRefused."""
        self.is_asked_for = given.cause in self._asked
        if given.is_configuration:
            return self._configure(account, given)
        return self._carry_out(account, given)

    def _configure(self, account: Account, given: Given) -> list[AccountFact]:
        """With the next period, as at a start of trading; or an account that was opened early."""
        plan = plan_behind(account, given.facts, self._resolve)
        position = self._market.acted_before(given.position + 1)
        closed = self._market.period_behind(given.position)
        if self._was_opened(given, closed):
            self.cause, self.turn = given.cause, of_command(position)
            handled = self._newest(plan.timeframe, position)
            return apply_plan(account, plan, from_ms(handled.seen_at), position)
        if closed is None:
            raise CommandRefused("no period has closed behind it: nothing was configured there")
        self.cause = cause_of(self._market.exchange, closed)
        self.turn = of_period(closed.position, account.name)
        position = self._market.acted_before(closed.position)
        return apply_plan(account, plan, from_ms(closed.close), position)

    def _was_opened(self, given: Given, closed: ClosedAt | None) -> bool:
        """Whether it was by a command, not at a start."""
        if isinstance(self._asked.get(given.cause), OpenAccount):
            return True
        if not isinstance(given.facts[0], AccountOpened):
            return False
        return closed is None or given.facts[0].at != from_ms(closed.close)

    def _carry_out(self, account: Account, given: Given) -> list[AccountFact]:
        asked = self._asked.get(given.cause)
        if asked is None or isinstance(asked, OpenAccount):
            asked = command_of(given.facts)
        position = self._market.acted_before(given.position + 1)
        self.cause, self.turn = given.cause, of_command(position)
        closed = self._newest(account.timeframe, position)
        history = self._market.history(account.timeframe)
        moment = Period(
            exchange=self._market.exchange,
            timeframe=account.timeframe,
            closed_at=from_ms(closed.close),
            seen_at=from_ms(closed.seen_at),
            candles={},
            rules=self._listed.as_of(position).rules,
            history=AsOf(history, position, closed.close),
        )
        return perform(account, asked, moment, position)

    def _newest(self, frame: str, position: int) -> ClosedAt:
        closed = self._market.period_before(frame, position)
        if closed is None:
            raise CommandRefused(f"no period of {self._market.exchange} {frame} had closed yet")
        return closed


def cause_of(exchange: str, closed: ClosedAt) -> UUID:
    """The id of the event that says that a period is over."""
    return event_id(period_stream(exchange, closed.timeframe), closed.close)
