"""The rules of markets in a backtest: recorded ones, or those that their candles show."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from adapters.backtesting.accounts import AccountChoice
from adapters.candle_folders import LEAST_NOTIONAL, Steps
from domain.markets import MarketRules

USUAL_FEE = Decimal("0.001")


def made_up(exchange: str, pair: str, steps: Steps) -> MarketRules:
    """The rules of a market that is known from its candles alone, as the sandbox exchange's."""
    base, _, quote = pair.partition("/")
    tick, lot = steps
    return MarketRules(
        exchange, pair, base, quote, tick, lot, lot, LEAST_NOTIONAL, USUAL_FEE, USUAL_FEE
    )


def as_chosen(rules: Iterable[MarketRules], choice: AccountChoice) -> dict[str, MarketRules]:
    """The rules by pair, with what was given in their place."""
    return {each.pair: _with(each, choice) for each in rules}


def _with(rules: MarketRules, choice: AccountChoice) -> MarketRules:
    if choice.tick is not None:
        rules = replace(rules, tick=choice.tick)
    if choice.lot is not None:
        rules = replace(rules, lot=choice.lot, min_quantity=choice.lot)
    if choice.fee is not None:
        rules = replace(rules, maker=choice.fee, taker=choice.fee)
    return rules
