"""What happens on the trading tape, told on the terminal in one line each."""

from threading import Event

from rich.console import Console
from rich.markup import escape

from adapters.postgres.follower import Follower
from domain.account.facts import (
    OrderPlaced,
    SignalDeclined,
    StopHit,
    StrategyFailed,
    TargetHit,
    TradeClosed,
    TradeOpened,
)
from domain.facts import Fact, decode
from domain.values import decimal_text

PAGE = 200


def narrate(url: str, stop: Event) -> None:
    """Tell what is new until told to stop."""
    console = Console(highlight=False)
    follower = Follower(url, "trading", "narrator")
    try:
        position = follower.head()
        while not stop.is_set():
            for row in follower.page(position, PAGE):
                position = row.position
                line = told(decode(row.topic, row.state))
                if line is not None:
                    console.print(line)
            follower.wait(0.5)
    finally:
        follower.close()


def told(fact: Fact) -> str | None:
    """A fact in a line, or None where it goes without saying."""
    match fact:
        case OrderPlaced(purpose="enter"):
            what = f"order    {fact.side} {decimal_text(fact.quantity)} at the next open"
        case TradeOpened():
            stop = "none" if fact.stop is None else decimal_text(fact.stop)
            target = "none" if fact.target is None else decimal_text(fact.target)
            price = decimal_text(fact.entry_price)
            what = f"[bold]entered[/bold]  {fact.side} at {price}, stop {stop}, target {target}"
        case StopHit():
            what = f"[red]stop[/red]     hit at {decimal_text(fact.price)}"
        case TargetHit():
            what = f"[green]target[/green]   hit at {decimal_text(fact.price)}"
        case TradeClosed():
            color = "green" if fact.profit > 0 else "red"
            profit = f"{fact.profit:+.2f}"
            what = f"closed   [{color}]{profit}[/{color}] after fees, by {fact.exit_reason}"
        case SignalDeclined():
            what = f"[dim]declined {fact.reason.replace('_', ' ')}[/dim]"
        case StrategyFailed():
            what = f"[red]failed[/red]   {fact.strategy}: {escape(fact.error)}"
        case _:
            return None
    return f"{fact.at:%m-%d %H:%M}  {fact.pair:<12} {what}"
