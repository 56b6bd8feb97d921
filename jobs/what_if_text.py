"""Two lives side by side, for people and for programs."""

from collections.abc import Iterator
from typing import Any

from application.lives.differing import Kind
from application.lives.measuring import Lived
from application.what_if import Answer, Question
from domain.performance.summary import summary

_MONEY = ("net_profit", "fees")
_SHARES = ("total_return", "max_drawdown", "win_rate")
_FIGURES = (
    ("net profit", "net_profit"), ("return", "total_return"), ("max drawdown", "max_drawdown"),
    ("Sharpe", "sharpe"), ("win rate", "win_rate"), ("trades", "trades"),
    ("open trades", "open_trades"), ("fees", "fees"),
)  # fmt: skip
_KINDS: dict[Kind, str] = {
    "same": "the same",
    "other_end": "with another end",
    "other_size": "of another size or price",
    "only_recorded": "only as recorded",
    "only_what_if": "only in the what-if",
}


def as_json(answer: Answer) -> dict[str, Any]:
    """One document."""
    return {
        "recorded": _described(answer.recorded),
        "what_if": _described(answer.what_if),
        "trades": dict(answer.trades),
        "commands_left_out": dict(answer.left_out),
        "own_exits": answer.own_exits,
        "moved_cash": answer.moved_cash,
        "is_as_recorded": answer.is_as_recorded,
    }


def _described(lived: Lived) -> dict[str, Any]:
    return {**summary(lived.metrics), "declined": dict(lived.declined)}


def in_words(answer: Answer, question: Question) -> Iterator[str]:
    """Line by line."""
    metrics = answer.recorded.metrics
    span = f"{metrics.first:%Y-%m-%d %H:%M} to {metrics.last:%Y-%m-%d %H:%M}"
    yield f"{question.account}, {span}, amounts in {answer.account.quote}"
    yield ""
    yield from _table(_rows(answer))
    yield ""
    told = (f"{answer.trades[kind]:,} {words}" for kind, words in _KINDS.items())
    yield f"Trades: {', '.join(told)}."
    yield from notes(answer, question)


def _rows(answer: Answer) -> Iterator[tuple[str, str, str]]:
    recorded, wished = answer.recorded, answer.what_if
    yield "", "recorded", "what-if"
    was, is_now = summary(recorded.metrics), summary(wished.metrics)
    for title, name in _FIGURES:
        yield title, _figure(name, was[name]), _figure(name, is_now[name])
    yield "declined", _sum(recorded), _sum(wished)
    for reason in dict.fromkeys((*recorded.declined, *wished.declined)):
        counts = (each.declined.get(reason, 0) for each in (recorded, wished))
        yield f"  {reason}", f"{next(counts):,}", f"{next(counts):,}"


def _sum(lived: Lived) -> str:
    return f"{sum(lived.declined.values()):,}"


def _figure(name: str, value: object) -> str:
    if value is None:
        return "-"
    if name in _MONEY:
        return f"{float(str(value)):,.2f}"
    if name in _SHARES:
        return f"{value:.2%}"
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}"


def _table(rows: Iterator[tuple[str, str, str]]) -> Iterator[str]:
    listed = list(rows)
    widths = [max(len(row[column]) for row in listed) for column in range(3)]
    for title, recorded, otherwise in listed:
        yield f"{title:<{widths[0]}}  {recorded:>{widths[1]}}  {otherwise:>{widths[2]}}"


def notes(answer: Answer, question: Question) -> Iterator[str]:
    """What one should know before one believes it."""
    if answer.left_out:
        count = sum(answer.left_out.values())
        reasons = "; ".join(f"{number:,}: {reason}" for reason, number in answer.left_out.items())
        yield f"{count:,} commands of operators were left out. {reasons}."
    if answer.own_exits and not question.override:
        yield (
            f"{answer.own_exits:,} entries have their strategy's own stops or targets, which win "
            "over those of the account: --override-exits sets them aside."
        )
    if answer.moved_cash:
        yield (
            f"Cash was paid in or out, or the account reset, {answer.moved_cash:,} times: return "
            "and drawdown count it as profit and loss, in both lives."
        )
    if not answer.is_as_recorded:
        yield (
            "The recorded facts do not all follow from the tape with this release; both columns "
            "are what this release makes of it. `papertape verify` tells where they differ."
        )
