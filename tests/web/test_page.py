"""The page and its charts: whole without JavaScript, and nothing from outside."""

import dataclasses
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import httpx
import pytest

from application.tapes import MarketTape, TradingTape
from domain.account.facts import ExitReason, StopKind
from domain.account.terms import GuardKind
from projections.orders import OrderRow
from tests.web.recorded import START, Recording, close_period, project, record_market
from web.pages import words


@pytest.fixture
def lived(database: str, market_tape: MarketTape, paper: Recording) -> None:
    """A market with candles, and an account with orders, trades and a declined signal."""
    record_market(market_tape, 60)
    close_period(market_tape, 60)
    paper.open()
    trade = paper.order(40)
    paper.fill(40, trade)
    paper.stop(46, trade)
    paper.fill(50, paper.order(50))
    paper.decline(55)
    paper.order(60)
    project(database)


def test_an_empty_page_says_what_it_waits_for(client: httpx.Client) -> None:
    text = _text(client.get("/").text)
    assert "Waiting for the first period" in text
    assert "No account is open yet." in text
    assert "There are no candles yet." in text


@pytest.mark.usefixtures("lived")
def test_the_page_shows_what_the_account_did(client: httpx.Client) -> None:
    text = _text(client.get("/").text)
    assert "Running" in text
    assert "3 Mar 12:00" in text
    assert "\u221217.58" in text
    assert "stop, ambiguous" in text
    assert "It needs 1\u202f001 in cash; 12.5 is free." in text


@pytest.mark.usefixtures("lived")
def test_the_page_shows_what_holds_an_account_back(
    database: str, client: httpx.Client, paper: Recording
) -> None:
    paper.move_stop(56, 2)
    paper.freeze(57, 2)
    paper.pause(58)
    paper.lock(58)
    paper.halt(59)
    project(database)
    text = " ".join(_text(client.get("/").text).split())
    assert "sandbox · 1h · plain fills" in text
    assert "Paused: no entries until it is resumed." in text
    assert "All entries are halted until 3 Mar 16:00: too much was lost today." in text
    assert "BTC/USDT is locked for long entries until 3 Mar 11:00: a trade has just closed." in text
    assert "100.0 % 1 trade" in text
    assert "break-even 64 000.5" in text
    assert "frozen: market gone" in text


@pytest.mark.usefixtures("lived")
def test_the_page_describes_its_chart_and_labels_its_tables(client: httpx.Client) -> None:
    page = client.get("/").text
    assert page.count("<caption") == page.count("<table") == 4
    assert page.count("<h1") == 1
    assert re.search(r'<img src="/v1/charts/[^>]+ alt="BTC/USDT on sandbox, the last 60 ', page)
    assert 'media="(prefers-color-scheme: dark)"' in page


@pytest.mark.usefixtures("lived")
def test_nothing_is_loaded_from_outside(client: httpx.Client) -> None:
    answer = client.get("/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|srcset|href|action)="([^"]*)"', answer.text)
    assert addresses
    assert all(address.startswith(("/", "#")) for address in addresses)
    assert not re.search(r"style=\"|<script>|<style", answer.text)
    for name in ("page.css", "page.js", "icon.svg"):
        content = client.get(f"/static/{name}").raise_for_status().text
        assert set(re.findall(r"https?://[^\"\s)]+", content)) <= {"http://www.w3.org/2000/svg"}
    for path in ("/docs", "/redoc"):
        assert client.get(path).status_code == 404


@pytest.mark.usefixtures("lived")
def test_another_market_is_chosen_by_address(
    database: str, client: httpx.Client, market_tape: MarketTape
) -> None:
    record_market(market_tape, 3, "ETH/USDT")
    page = client.get("/?chart=sandbox/ETH-USDT/1h").text
    assert 'src="/v1/charts/sandbox/ETH-USDT/1h.svg' in page
    assert 'value="sandbox/ETH-USDT/1h" selected' in page


@pytest.mark.usefixtures("lived")
def test_names_are_shown_as_text(
    database: str, client: httpx.Client, trading_tape: TradingTape
) -> None:
    evil = Recording(trading_tape, "<script>alert(1)</script>")
    evil.open()
    project(database)
    assert "<script>alert" not in client.get("/").text
    assert "&lt;script&gt;alert" in client.get("/").text


def test_every_reason_to_decline_has_its_words() -> None:
    page = (Path(__file__).parents[2] / "docs" / "paper-account.md").read_text("utf-8")
    table = page.split("| `SignalDeclined.reason` |")[1].split("\n\n")[0]
    codes = (row.split("|")[1] for row in table.splitlines()[2:])
    assert {code for each in codes for code in re.findall("`(.+?)`", each)} == words.REASONS.keys()


def test_every_reason_to_exit_and_every_guard_has_its_words() -> None:
    assert set(get_args(ExitReason)) == words.EXIT_REASONS.keys()
    assert set(get_args(GuardKind)) == words.GUARDS.keys()
    assert words.STOP_KINDS.keys() <= set(get_args(StopKind))


def test_an_order_says_what_it_waits_for() -> None:
    def placed(**fields: object) -> str:
        given = {field.name: None for field in dataclasses.fields(OrderRow)}
        return words.instruction(OrderRow(**{**given, **fields}))  # type: ignore[arg-type]

    limit, trigger = Decimal("98.50"), Decimal(105)
    assert placed(type="market") == "market"
    assert placed(type="limit", limit=limit) == "limit 98.5"
    assert placed(type="stop", trigger=trigger) == "stop 105"
    assert placed(type="stop_limit", limit=limit, trigger=trigger) == "stop 105 limit 98.5"
    assert placed(type="stop_limit", limit=limit, trigger=trigger, triggered_at=START) == (
        "limit 98.5, triggered"
    )


def test_an_unknown_reason_stands_for_itself() -> None:
    assert words.reason("moon_phase", None) == "Moon phase."
    assert "an unknown number" in words.reason("stale", {})


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("64250.10", "64\u202f250.1"),
        ("0.00001234", "0.00001234"),
        ("-1234.5", "-1\u202f234.5"),
        ("-0.5", "-0.5"),
        ("1000000", "1\u202f000\u202f000"),
        ("0.1234567891", "0.12345679"),
    ],
)
def test_numbers_are_written_for_people(number: str, text: str) -> None:
    assert words.number(Decimal(number)) == text


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _text(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    return " ".join(" ".join(parser.parts).split(" "))
