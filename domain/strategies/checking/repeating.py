"""Whether a strategy says the same when it is asked again."""

from domain.strategies.checking.asking import Lines, rows_of
from domain.strategies.checking.differences import Difference, first_difference
from domain.strategies.checking.findings import Refused, refused_at, shown
from domain.strategies.checking.inspection import Inspection
from domain.strategies.checking.running import Ran, signal_rows
from domain.strategies.checking.stretches import Stretch

_ADVICE = (
    "What it says may depend on nothing but the candles and its parameters: not on chance, the "
    "clock, files, or what it has kept from an earlier call (in a class, a module or a list)."
)


def repeat(inspection: Inspection, ran: Ran) -> None:
    """Ask a new instance about each stretch, twice and once more in reverse; raises Refused."""
    fresh = inspection.afresh()
    for done, (subject, said) in enumerate(zip(inspection.subjects, ran.said, strict=True)):
        inspection.told("says the same again", done, len(inspection.subjects))
        told = [pair for pair in zip(subject, said, strict=True) if len(pair[0].traded)]
        for stretch, before in [*told, *reversed(told)]:
            _ask_twice(fresh, stretch, before)


def _ask_twice(inspection: Inspection, stretch: Stretch, before: Lines) -> None:
    again = inspection.ask(stretch.series, stretch.candles).lines
    once_more = inspection.ask(stretch.series, stretch.candles).lines
    rows = signal_rows(stretch)
    difference = first_difference(again, once_more)
    if difference is None:
        earlier = first_difference(before, rows_of(again, rows))
        difference = earlier and earlier.later(rows.start or 0)
    if difference is not None:
        raise _refusal(stretch, difference)


def _refusal(stretch: Stretch, difference: Difference) -> Refused:
    spot = stretch.spot(difference.row)
    values = shown(difference.one, difference.other)
    return refused_at(
        spot,
        check="repeats",
        what=difference.what,
        says=f"{difference.what} at {spot} is {values[0]}, and {values[1]} when the same candles "
        "are shown again.",
        advice=_ADVICE,
        values=values,
    )
