"""Whether the warm-up is enough: whether a strategy forgets where its history began."""

from domain.strategies.checking.differences import Difference
from domain.strategies.checking.findings import Refused, refused_at, shown
from domain.strategies.checking.history import History
from domain.strategies.checking.inspection import Inspection
from domain.strategies.checking.stretches import Stretch

BEGINNINGS = (0, 7)
"""The rows on which the longer histories begin."""

MARGIN = 10
"""What is missing of a warm-up is told with a tenth more."""

_DEPENDS = (
    "It depends on where the history begins, which is another candle live than in a backtest. So "
    "do a running total, the highest or lowest since the beginning, a count of candles, and what "
    "is carried on from candle to candle: let it see a fixed number of candles only."
)


def look_at_beginnings(inspection: Inspection, warm_up: int) -> None:
    """Raises Refused where a longer history says something else."""
    for done, subject in enumerate(inspection.subjects):
        inspection.told("forgets where its history began", done, len(inspection.subjects))
        if subject[0].series.is_market and subject[0].first < subject[0].end:
            for begin in BEGINNINGS:
                _compare(inspection, subject, begin, warm_up)


def _compare(
    inspection: Inspection, subject: tuple[Stretch, ...], begin: int, warm_up: int
) -> None:
    history = History(inspection, subject[0], begin)
    later = [stretch for stretch in subject if stretch.start > begin]
    for stretch in later:
        difference = history.difference(stretch, stretch.start)
        if difference is not None:
            advice = _advice(inspection, history, later, warm_up)
            raise _refusal(history, stretch, difference, advice)


def _refusal(history: History, stretch: Stretch, found: Difference, advice: str) -> Refused:
    spot = stretch.spot(found.row)
    values = shown(found.one, found.other)
    known = found.row + 1
    longer = stretch.start + known - history.begin
    return refused_at(
        spot,
        check="warm-up",
        what=found.what,
        says=f"{found.what} at {spot} is {values[0]} as computed from {known} candles, and "
        f"{values[1]} from {longer}.",
        advice=advice,
        values=values,
    )


def _advice(
    inspection: Inspection, history: History, stretches: list[Stretch], warm_up: int
) -> str:
    missing = _missing_in_all(history, stretches)
    if missing is None:
        return _DEPENDS
    missing += -(-missing // MARGIN)
    strategy = inspection.question.strategy
    return (
        f"Its warm-up of {warm_up} candles is too short: about {warm_up + missing} would do. Set "
        f"`lookback = {strategy.lookback + missing}` in {type(strategy).__name__}: "
        "how many candles its rules look back beyond its indicators."
    )


def _missing_in_all(history: History, stretches: list[Stretch]) -> int | None:
    """How many candles more would do in all windows with so much history, or None if none do.

    With twice and three times as many it must be the same.
    """
    missing: int | None = 0
    for stretch in reversed(stretches):
        if missing is not None and _differs(history, stretch, missing):
            missing = _missing(history, stretch)
    if missing is None or any(
        _differs(history, stretch, times * missing) for stretch in stretches for times in (1, 2, 3)
    ):
        return None
    return missing


def _differs(history: History, stretch: Stretch, more: int) -> bool:
    """Whether with so many candles more something else is said; no, where there are too few."""
    reaches = _reaches(history, stretch, more)
    return reaches and history.difference(stretch, stretch.start - more) is not None


def _missing(history: History, stretch: Stretch) -> int | None:
    """How many candles more give what the longest history gives, or None if half of it does not."""
    more = 1
    while _differs(history, stretch, more):
        more *= 2
    if not _reaches(history, stretch, more):
        return None
    few = more // 2
    while more - few > 1:
        middle = (few + more) // 2
        few, more = (middle, more) if _differs(history, stretch, middle) else (few, middle)
    return more


def _reaches(history: History, stretch: Stretch, more: int) -> bool:
    """Whether so many candles more are no more than half of the longest history's."""
    return 2 * more <= stretch.start - history.begin
