"""Paper and backtest side by side, for people and for programs."""

from collections.abc import Iterator
from typing import Any

from application.compare import Compared, Comparison
from application.lives.entries import Entry
from domain.performance.summary import plain
from domain.values import decimal_text

_KINDS = {
    "equal": "equal", "different": "different", "only_paper": "only on paper",
    "only_backtest": "only in the backtest",
}  # fmt: skip


def as_json(comparison: Comparison) -> dict[str, Any]:
    """One document; `trades` has every pair, oldest first."""
    return {
        "account": comparison.account,
        "since": comparison.since,
        "until": comparison.until,
        "counts": {kind: comparison.kinds[kind] for kind in _KINDS},
        "causes": dict(comparison.causes),
        "trades": [_compared(each) for each in comparison.trades],
    }


def _compared(compared: Compared) -> dict[str, Any]:
    pair, cause = compared.pair, compared.cause
    return {
        "kind": pair.kind,
        "signalled_at": pair.key.at,
        "pair": pair.key.pair,
        "strategy": pair.key.strategy,
        "side": pair.key.side,
        "paper": _entry(pair.paper),
        "backtest": _entry(pair.test),
        "cause": cause and {"code": cause.code, "says": cause.says,
                            "evidence": plain(dict(cause.evidence))},
    }  # fmt: skip


def _entry(entry: Entry | None) -> dict[str, Any] | None:
    """None where nothing was signalled; without `entered_at` where it became no trade."""
    if entry is None:
        return None
    declined = None if entry.declined is None else entry.declined.reason
    return {"trade": entry.number, "declined": declined, **_opened(entry), **_closed(entry)}


def _opened(entry: Entry) -> dict[str, Any]:
    opened = entry.opened
    return (
        {}
        if opened is None
        else {
            "entered_at": opened.at,
            "quantity": decimal_text(opened.quantity),
            "entry_price": decimal_text(opened.entry_price),
        }
    )


def _closed(entry: Entry) -> dict[str, Any]:
    closed = entry.closed
    return (
        {}
        if closed is None
        else {
            "exited_at": closed.at,
            "exit_price": decimal_text(closed.exit_price),
            "exit_reason": closed.exit_reason,
            "profit": decimal_text(closed.profit),
        }
    )


def in_words(comparison: Comparison) -> Iterator[str]:
    """Line by line: what differs, then how many of each kind."""
    span = f"{comparison.since:%Y-%m-%d %H:%M} to {comparison.until:%Y-%m-%d %H:%M}"
    yield f"{comparison.account}, {span}: paper against a backtest of the same time"
    rows = [_row(each) for each in comparison.trades if each.cause is not None]
    if rows:
        yield ""
        yield from _table([("signal", "market", "paper", "backtest", "cause"), *rows])
    yield ""
    counts = (f"{comparison.kinds[kind]:,} {words}" for kind, words in _KINDS.items())
    yield f"Trades: {', '.join(counts)}."
    if comparison.causes:
        causes = (f"{count:,} {code}" for code, count in comparison.causes.most_common())
        yield f"Causes: {', '.join(causes)}."


def _row(compared: Compared) -> tuple[str, ...]:
    pair, cause = compared.pair, compared.cause
    assert cause is not None
    at = f"{pair.key.at:%Y-%m-%d %H:%M}"
    return at, f"{pair.key.pair} {pair.key.side}", _short(pair.paper), _short(pair.test), cause.says


def _short(entry: Entry | None) -> str:
    if entry is None:
        return "no signal"
    if entry.closed is not None:
        return f"{entry.closed.exit_reason} {entry.closed.profit:+,.2f}"
    if entry.opened is not None:
        return "open"
    return "no fill" if entry.declined is None else entry.declined.reason


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(
            f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)
        ).rstrip()
