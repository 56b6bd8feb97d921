"""What was given to an account, given to it in another life, where numbers are others."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from msgspec.structs import replace as changed

from application.commands import Asked, OpenAccount
from application.lives.entries import Entries, Entry, Ordered
from application.lives.wish import NO_WISH, Wish
from application.opinions import Resolve
from application.replay.given import Given, command_of
from application.replay.recorded import RecordedMarket
from application.verifying.performing import Performing
from domain.account.commands import CancelOrder, CommandRefused, ExitTrade, SettleTrade
from domain.account.facts import AccountFact
from domain.account.state import Account


class Obeying:
    """Gives it as it is wished. `recorded` are the entries of the life in which it was given.

    Without those it is this life, of which `own` must become the entries otherwise. `left_out`
    counts by reason the commands that make no sense here.
    """

    def __init__(
        self, market: RecordedMarket, resolve: Resolve, asked: Mapping[UUID, Asked],
        wish: Wish = NO_WISH, recorded: Entries | None = None,
    ) -> None:  # fmt: skip
        self.own = Entries()
        self.left_out: Counter[str] = Counter()
        self._asked = dict(asked)
        self._wish = wish
        self._recorded = recorded
        self._perform = Performing(_listed_as_wished(market, wish), resolve, self._asked)

    def __call__(self, account: Account, given: Given) -> list[AccountFact]:
        """The facts that it leads to; the account is moved along."""
        try:
            if given.is_configuration:
                return self._perform(account, self._wish.of_given(given))
            self._asked[given.cause] = self._translated(account, self._command(given))
            return self._perform(account, given)
        except CommandRefused as refused:
            self.left_out[str(refused)] += 1
            return []

    def _command(self, given: Given) -> Asked:
        asked = self._asked.get(given.cause)
        return command_of(given.facts) if asked is None or isinstance(asked, OpenAccount) else asked

    def _translated(self, account: Account, command: Asked) -> Asked:
        if self._recorded is None:
            return command
        match command:
            case ExitTrade(trade=trade) | SettleTrade(trade=trade):
                return changed(command, trade=self._trade(self._recorded.of_number(trade)))
            case CancelOrder(order=order):
                return changed(command, order=self._order(account, self._recorded.order(order)))
        return command

    def _trade(self, recorded: Entry | None) -> int:
        """The number of a recorded trade in this life."""
        here = None if recorded is None else self.own.by_key.get(recorded.key)
        if here is None:
            raise CommandRefused("its trade does not exist in the other life")
        return here.number

    def _order(self, account: Account, recorded: Ordered | None) -> int:
        """The number of a recorded order in this life, in which it must wait."""
        wanted = None if recorded is None else (self._trade(recorded.entry), recorded.purpose)
        for order in account.orders.values():
            if (order.trade, order.purpose) == wanted:
                return order.number
        raise CommandRefused("its order does not wait in the other life")


class _AsWished:
    """A market tape on which markets are listed with other fees."""

    def __init__(self, market: RecordedMarket, wish: Wish) -> None:
        self._market = market
        self._wish = wish

    def listings(self) -> list[Any]:
        listings = self._market.listings()
        return [(position, self._wish.of_listing(fact)) for position, fact in listings]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._market, name)


def _listed_as_wished(market: RecordedMarket, wish: Wish) -> RecordedMarket:
    return market if wish.fee is None else cast(RecordedMarket, _AsWished(market, wish))
