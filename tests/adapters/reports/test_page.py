"""The page: it stands alone, says what matters first, and holds whatever it is given."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from adapters.reports.page import page
from adapters.reports.report import Report
from domain.performance.curve import EquityCurve
from tests.adapters.reports.samples import (
    HARSH,
    PLAIN,
    SOME_TRADES,
    random_curve,
    report_of,
    run_of,
)
from tests.domain.performance.closed import closed, trades_of

MARKUP = "<script>alert('x')</script>&"
SAID = "&lt;script&gt;alert("
VOID = {"meta", "br", "img", "link", "input"}
MAY_STAY_OPEN = {"tr", "td", "th", "thead", "p", "dd", "dt"}
EMPTY = EquityCurve(random_curve(1).at[:0], random_curve(1).equity[:0])
MINUTE = 60_000


class Tags(HTMLParser):
    """Notes elements that are closed by another's end."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.crossed: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """It is closed at once."""

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1] != tag and self.open[-1] in MAY_STAY_OPEN:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)


def words_of(html: str) -> str:
    """What a reader sees, without markup and style."""
    body = html.split("</head>")[1]
    plain = re.sub(r"<[^>]*>", " ", body).replace("\u202f", " ").replace("\u2212", "-")
    return re.sub(r"\s+", " ", plain)


@pytest.mark.parametrize(
    "report", [report_of(PLAIN), report_of(PLAIN, HARSH), report_of(run_of([], EMPTY))]
)
def test_a_page_stands_alone(report: Report) -> None:
    html = page(report)
    assert not re.search(r"https?:|//|<script|<link|<img|src=|url\(|@import", html)
    assert html.count("<style>") == 1


@pytest.mark.parametrize("report", [report_of(PLAIN), report_of(PLAIN, HARSH, cut_short=True)])
def test_every_element_is_closed_where_it_must_be(report: Report) -> None:
    tags = Tags()
    tags.feed(page(report))
    assert (tags.crossed, tags.open) == ([], [])


def test_nothing_from_outside_becomes_markup() -> None:
    run = replace(
        PLAIN, name=MARKUP, declined={MARKUP: 3}, warnings=[MARKUP],
        trades=[closed("5", pair=MARKUP), *SOME_TRADES],
    )  # fmt: skip
    given = Report(
        MARKUP, MARKUP, {MARKUP: MARKUP}, MARKUP, [MARKUP, MARKUP], MARKUP, MARKUP,
        report_of(run).since, report_of(run).until, [run, replace(run, name="other")],
        {MARKUP: [MARKUP]}, {MARKUP: MARKUP},
    )  # fmt: skip
    html = page(given)
    assert "<script" not in html
    assert html.count(SAID) > 20


def test_warnings_stand_before_the_result_and_say_of_which_run_they_are() -> None:
    harsh = replace(HARSH, warnings=["Few trades.", "Much is ambiguous."])
    said = words_of(page(report_of(replace(PLAIN, warnings=["Few trades."]), harsh)))
    assert said.count("Few trades.") == 1
    assert said.index("Few trades.") < said.index("harsh: Much is ambiguous.")
    assert said.index("harsh: Much is ambiguous.") < said.index("Result")


def test_a_run_that_was_stopped_says_so_and_until_when_it_came() -> None:
    said = words_of(page(report_of(PLAIN, cut_short=True)))
    until = "What follows ends on 24 Mar 2024 08:00 UTC; 31 Mar 2024 00:00 was asked for."
    assert f"Stopped before its end. {until}" in said
    assert "Stopped" not in words_of(page(report_of(PLAIN)))


def test_what_matters_comes_first() -> None:
    said = words_of(page(report_of(PLAIN)))
    order = [
        "cross", "BTC/USDT · 1h · binance", "fast 10", "capital 10 000", "Net profit +15.00 USDT",
        "Annual return", "Max drawdown", "Sharpe", "Win rate 40.0 %", "Trades 5", "Equity, USDT",
        "Monthly returns", "By market", "By exit reason", "By side", "Declined signals",
        "How to reproduce it", "papertape backtest --strategy cross",
    ]  # fmt: skip
    places = [said.index(each) for each in order]
    assert places == sorted(places)


def test_declined_signals_are_told_in_plain_words_the_most_frequent_first() -> None:
    declined = {"stale": 2, "max_open_trades": 1_234, "a_reason_of_tomorrow": 1}
    said = words_of(page(report_of(replace(PLAIN, declined=declined))))
    assert (
        "All places for open trades were taken. 1 234 "
        "It was seen too late after the close to enter. 2 a reason of tomorrow 1"
    ) in said


def test_several_runs_stand_side_by_side() -> None:
    said = words_of(page(report_of(PLAIN, HARSH)))
    assert "plain; 2 runs side by side below" in said
    assert "Net profit +15.00 -14.00" in said
    assert "Win rate 40.0 % 40.0 %" in said


def test_of_many_trades_the_first_and_the_last_are_told_and_how_many_there_are() -> None:
    html = page(report_of(run_of(trades_of(*["1"] * 1_000))))
    said = words_of(html)
    assert "There are 1 000 closed trades in all: here are the first 200 and the last 200." in said
    assert "600 trades between these" in said
    shown = re.findall(r"<tr><td>(\d+)<th", html)
    assert [int(number) for number in shown] == [*range(1, 201), *range(801, 1_001)]


def test_few_trades_are_all_told() -> None:
    html = page(report_of(run_of(trades_of(*["1"] * 400))))
    assert len(re.findall(r"<tr><td>\d+<th", html)) == 400
    assert "in all" not in words_of(html).split("Trades No.")[0].split("Declined")[1]


def test_a_run_without_trades_or_equity_is_a_page() -> None:
    said = words_of(page(report_of(run_of([], EMPTY))))
    assert "No trade was closed." in said
    assert "No signal was declined." in said
    assert "Sharpe –" in said


def test_the_names_of_many_markets_are_folded() -> None:
    pairs = [f"A{number}/USDT" for number in range(20)]
    html = page(replace(report_of(PLAIN), pairs=pairs))
    assert "<summary>Names of the 20 markets</summary>" in html


def test_equal_reports_are_equal_pages() -> None:
    assert page(report_of(PLAIN, HARSH)) == page(report_of(PLAIN, HARSH))


def test_light_and_dark_are_one_drawing() -> None:
    html = page(report_of(PLAIN))
    assert "prefers-color-scheme: dark" in html
    drawn = "".join(re.findall(r"<svg.*?</svg>", html, re.DOTALL))
    assert re.findall(r'="#[0-9a-f]{6}"', drawn) == []
    used, known = set(re.findall(r"var\((--[\w-]+)\)", html)), set(re.findall(r"(--[\w-]+):", html))
    assert used <= known


def test_a_million_closes_and_four_runs_are_a_light_page() -> None:
    long = random_curve(1_000_000, every=MINUTE)
    runs = [run_of(trades_of(*["1"] * 500), long, name) for name in ("a", "b", "c", "d")]
    assert len(page(report_of(runs[0])).encode()) < 250_000
    assert len(page(report_of(*runs)).encode()) < 500_000
