"""What came of a check, for people."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from application.verify import Verdict
from application.verifying.comparing import Agreement
from application.verifying.difference import Difference
from domain.times import from_ms
from domain.values import decimal_text

_TIME = "%Y-%m-%d %H:%M"


def in_words(verdict: Verdict) -> Iterator[str]:
    """Line by line: every difference, then what was checked, given, and left out."""
    for number, found in enumerate(verdict.differences):
        yield from _first(found) if number == 0 else [_headline(found)]
    yield from [""] if verdict.differences else []
    yield from _summary(verdict)


def _first(found: Difference) -> Iterator[str]:
    """The first in full."""
    yield _headline(found)
    rows = [("", "recorded", "derived"), *_fields(found)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, recorded, derived in rows:
        yield f"  {name:<{widths[0]}}  {recorded:<{widths[1]}}  {derived}".rstrip()
    evidence = found.evidence
    if evidence.candle:
        yield "  candle: " + _numbers(evidence.candle)
    if evidence.told:
        yield "  the same, as its own event says: " + _numbers(evidence.told)
    for strategy, values in evidence.indicators.items():
        yield f"  {strategy}: " + _numbers(values)
    yield from (f"  {hint}" for hint in evidence.hints)


def _headline(found: Difference) -> str:
    who = f"{found.account}, fact {found.version:,}" if found.account else "the engine's own facts"
    return f"{who}{_where(found)}: {found.why}"


def _where(found: Difference) -> str:
    parts = [found.pair] if found.pair else []
    if found.closed is not None:
        parts.append(f"{found.closed.timeframe} period to {from_ms(found.closed.close):{_TIME}}")
    if found.position:
        parts.append(f"market position {found.position:,}")
    if found.recorded is not None:
        parts.append(f"trading position {found.recorded.position:,}")
    return f" ({', '.join(parts)})" if parts else ""


def _fields(found: Difference) -> Iterator[tuple[str, str, str]]:
    """Both facts field by field; those that differ have a star."""
    sides = (found.recorded, found.derived)
    said = [{} if each is None else {"topic": each.topic, **each.said} for each in sides]
    for name in dict.fromkeys((*said[0], *said[1])):
        recorded, derived = (_value(each, name) for each in said)
        if recorded or derived:
            yield ("* " if name in found.fields else "  ") + name, recorded, derived


def _value(said: Mapping[str, object], name: str) -> str:
    if not said:
        return "-"
    value = said.get(name)
    return _numbers(value) if isinstance(value, dict) else "" if value is None else str(value)


def _numbers(of: Mapping[str, object]) -> str:
    """Names with their numbers."""
    return "  ".join(f"{name} {_text(value)}" for name, value in of.items())


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return decimal_text(value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _summary(verdict: Verdict) -> Iterator[str]:
    tally = verdict.tally
    accounts = _count(len(verdict.accounts), "account")
    yield (
        f"{accounts}: {tally.facts:,} facts follow from {tally.periods:,} periods and "
        f"{tally.candles:,} candles, up to position {verdict.position:,} of the market tape."
    )
    if tally.given:
        given = ", ".join(f"{count:,} {topic}" for topic, count in sorted(tally.given.items()))
        yield f"Taken as given, in their places: what {given} say was wanted."
    if tally.commands:
        yield (
            f"{tally.commands:,} commands were carried out again, {tally.asked_for:,} of them as "
            "their requests say; the others as their own facts say."
        )
    yield from _notes(verdict)
    yield _outcome(verdict)


def _notes(verdict: Verdict) -> Iterator[str]:
    tally = verdict.tally
    if tally.agreed[Agreement.OLDER]:
        yield f"{tally.agreed[Agreement.OLDER]:,} facts are the same in an older form."
    if tally.agreed[Agreement.OTHER_WORDS]:
        yield f"{tally.agreed[Agreement.OTHER_WORDS]:,} failures have other words today."
    if tally.confirmed:
        yield (
            f"{tally.confirmed:,} differences of the replay were none: trading itself, asked "
            "period by period, makes what is recorded."
        )
    for strategy, sources in verdict.sources_gone.items():
        short = ", ".join(source[:12] for source in sources)
        yield f"The source {short} of {strategy} is not kept: what is installed spoke for it."
    if verdict.behind:
        yield f"{verdict.behind:,} periods are closed and not traded yet."
    for span in verdict.unchecked:
        libraries = ", ".join(f"{name} {number}" for name, number in span.engine.libraries.items())
        yield (
            f"Not checked: {span.facts:,} facts up to position {span.until:,}. They need a release "
            f"with engine {span.engine.engine} ({libraries})."
        )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _outcome(verdict: Verdict) -> str:
    if verdict.differences:
        many = _count(len(verdict.differences), "difference")
        return f"{many}: what is recorded does not follow."
    if verdict.is_empty:
        return "Nothing was checked: no fact could be derived with this release."
    return "All as recorded." if verdict.tally.facts else "Nothing is recorded yet."
