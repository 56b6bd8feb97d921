"""What came of a check, for programs."""

from typing import Any

from application.replay.recorded import ClosedAt
from application.verify import Verdict
from application.verifying.comparing import Agreement
from application.verifying.difference import Difference
from application.verifying.recorded import RecordedFact
from application.verifying.spans import EngineSpan
from domain.times import from_ms
from domain.values import decimal_text


def as_json(verdict: Verdict) -> dict[str, Any]:
    """One document; `first_difference` is the first on the market tape, `differences` are all."""
    differences = [_difference(each) for each in verdict.differences]
    return {
        "ok": verdict.ok,
        "checked": _checked(verdict),
        "sources_gone": verdict.sources_gone,
        "not_checked": [_span(each) for each in verdict.unchecked],
        "first_difference": differences[0] if differences else None,
        "differences": differences,
    }


def _checked(verdict: Verdict) -> dict[str, Any]:
    tally = verdict.tally
    return {
        "accounts": verdict.accounts,
        "facts": tally.facts,
        "periods": tally.periods,
        "candles": tally.candles,
        "position": verdict.position,
        "periods_behind": verdict.behind,
        "given": dict(sorted(tally.given.items())),
        "commands": tally.commands,
        "commands_as_asked": tally.asked_for,
        "facts_in_an_older_form": tally.agreed[Agreement.OLDER],
        "failures_in_other_words": tally.agreed[Agreement.OTHER_WORDS],
        "confirmed_by_trading": tally.confirmed,
    }


def _span(span: EngineSpan) -> dict[str, Any]:
    return {
        "engine": span.engine.engine,
        "libraries": span.engine.libraries,
        "after": span.after,
        "until": span.until,
        "facts": span.facts,
    }


def _difference(found: Difference) -> dict[str, Any]:
    evidence, closed = found.evidence, found.closed
    candle = evidence.candle
    return {
        "account": found.account,
        "version": found.version,
        "position": found.position,
        "why": found.why,
        "pair": found.pair,
        **_period(closed),
        "fields": found.fields,
        "recorded": _fact(found.recorded),
        "derived": _fact(found.derived),
        "candle": candle and {name: decimal_text(number) for name, number in candle.items()},
        "candle_as_told": evidence.told,
        "indicators": evidence.indicators,
        "hints": evidence.hints,
    }


def _period(closed: ClosedAt | None) -> dict[str, Any]:
    if closed is None:
        return {"timeframe": None, "closed_at": None}
    return {"timeframe": closed.timeframe, "closed_at": from_ms(closed.close)}


def _fact(fact: RecordedFact | None) -> dict[str, Any] | None:
    """As it lies on the tape; what was derived has no position there."""
    if fact is None:
        return None
    return {"topic": fact.topic, "position": fact.position or None, "fact": fact.said}
