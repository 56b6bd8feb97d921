"""What the documents say is so: settings, commands, paths, tests and links that they name."""

import ast
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

import numpy as np
import pytest
from pydantic import BaseModel
from typer.main import get_command

from adapters.indicators.engine import compute
from adapters.settings import PREFIX, Settings, read_settings
from adapters.strategies.discovery import offers_of
from domain.candles import Candles
from domain.strategies import STRATEGIES
from jobs.cli import app
from tests.strategies import candles_of_warm_up

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "papertape.example.toml"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FORBIDDEN = ("../shared",)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \|(.+)\|$", re.MULTILINE)
AT_THE_TOP = "At the top"


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def described() -> dict[str, dict[str, list[str]]]:
    """The rows of docs/configuration.md by section and key."""
    _, *parts = HEADING.split(text("docs/configuration.md"))
    return {
        heading.strip("`[]"): {
            key: [cell.strip() for cell in cells.split(" | ")] for key, cells in ROW.findall(body)
        }
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }


def settings_classes(
    kind: type[BaseModel] = Settings, at: str = ""
) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every class of settings, and its place in the file."""
    yield at or AT_THE_TOP, kind
    for name, field in kind.model_fields.items():
        for inner in get_args(field.annotation):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from settings_classes(inner, f"{at}.{name}".lstrip("."))


def commands() -> set[str]:
    """`run`, `db upgrade` and all others."""
    found = set()
    for name, command in getattr(get_command(app), "commands").items():  # noqa: B009 untyped
        inner = getattr(command, "commands", None)
        found |= {name} if inner is None else {f"{name} {each}" for each in inner}
    return found


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is configured."""
    for name in (PREFIX + key.upper() for key in [*Settings.model_fields, "config"]):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_every_setting_is_described_and_nothing_else() -> None:
    wanted = {place: set(kind.model_fields) for place, kind in settings_classes()}
    assert {place: set(rows) for place, rows in described().items()} == wanted


@pytest.mark.parametrize(
    ("place", "key"),
    [(place, key) for place, kind in settings_classes() for key in kind.model_fields],
)
def test_a_described_default_is_the_default(place: str, key: str) -> None:
    field = dict(settings_classes())[place].model_fields[key]
    says = described()[place][key][1]
    if field.is_required():
        assert says == "required"
    elif field.default_factory is None and field.default not in ("", None):
        assert says == f"`{'[]' if field.default == () else field.default}`"
    else:
        assert not says.startswith("`")


def test_every_variable_is_described_and_no_other() -> None:
    said = set(re.findall(rf"{PREFIX}[A-Z_]+", text("docs/configuration.md")))
    assert said == {PREFIX + key.upper() for key in [*Settings.model_fields, "config"]}


@pytest.mark.usefixtures("no_environment")
def test_the_example_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}CONFIG", str(EXAMPLE))
    settings = read_settings()
    written = tomllib.loads(EXAMPLE.read_text("utf-8"))
    assert [each.name for each in settings.accounts] == [
        each["name"] for each in written["accounts"]
    ]


@pytest.mark.usefixtures("no_environment")
def test_all_that_the_example_leaves_out_can_be_switched_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    complete = tmp_path / "complete.toml"
    lines = EXAMPLE.read_text("utf-8").splitlines()
    complete.write_text("\n".join(re.sub(r"^# (?=\w+ = )", "", line) for line in lines), "utf-8")
    monkeypatch.setenv(f"{PREFIX}CONFIG", str(complete))
    read_settings()
    keys = set(re.findall(r"^(\w+) = |^\[+(?:\w+\.)?(\w+)\]", complete.read_text("utf-8"), re.M))
    shown = {name for pair in keys for name in pair if name}
    assert shown == {key for _, kind in settings_classes() for key in kind.model_fields}


def test_every_path_of_the_architecture_exists() -> None:
    paths = [token for token in CODE.findall(text("ARCHITECTURE.md")) if "/" in token or
             token.endswith((".py", ".md", ".toml"))]  # fmt: skip
    assert len(paths) > 50
    assert [path for path in paths if not (ROOT / path.split("::")[0]).exists()] == []


def test_every_test_of_the_architecture_exists() -> None:
    tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text("ARCHITECTURE.md"))
    assert len(tests) > 10
    for path, name in tests:
        tree = ast.parse(text(path))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(FENCE.sub("", document.read_text("utf-8")))
    within = [unquote(link.split("#")[0]) for link in links if "://" not in link]
    assert [link for link in within if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_document_speaks_of_the_project_alone(document: Path) -> None:
    assert [word for word in FORBIDDEN if word in document.read_text("utf-8")] == []


def test_the_readme_s_recipes_are_in_the_makefile() -> None:
    recipes = set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))
    named_ones = set(re.findall(r"(?:^    |`)make (\w+)", text("README.md"), re.MULTILINE))
    assert {"demo", "test"} <= named_ones <= recipes


def test_the_readme_names_every_command_and_no_other() -> None:
    table = re.findall(r"`papertape ([a-z -]+)`", text("README.md"))
    assert set(table) == commands()


def test_the_decisions_are_all_in_their_index() -> None:
    index = ROOT / "docs" / "adr" / "README.md"
    listed = LINK.findall(index.read_text("utf-8"))
    assert listed == sorted(path.name for path in index.parent.glob("[0-9]*.md"))


@pytest.mark.parametrize("document", ["README.md", "docs/strategies.md"])
def test_a_document_s_first_strategy_has_at_most_25_lines_and_runs_from_a_file(
    document: str, tmp_path: Path
) -> None:
    source = re.findall(r"```python\n(.*?)```", text(document), re.DOTALL)[0]
    assert len(source.splitlines()) <= 25
    file = tmp_path / "breakout.py"
    file.write_text(source, "utf-8")
    (offer,) = offers_of(file)
    strategy, candles = offer.made({}), waves(600)
    values = {name: compute(each, candles) for name, each in strategy.indicators().items()}
    rules = strategy.rules(candles, values).checked(len(candles))
    assert 0 < candles_of_warm_up(strategy) < len(candles)
    assert rules.enter_long.any()
    assert rules.exit_long.any()


def waves(count: int) -> Candles:
    """Candles that go up and down."""
    close = 100 + 10 * np.sin(np.arange(count) / 20)
    times = np.arange(count, dtype=np.int64) * 60_000
    return Candles(times, close, close + 1, close - 1, close, np.ones(count))


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_a_built_in_strategy_is_explained_with_its_parameters_and_a_picture(name: str) -> None:
    _, _, behind = text("docs/strategies.md").partition(f"### `{name}`\n")
    section = behind.partition("\n### ")[0]
    assert (ROOT / "docs" / "strategies" / f"{name}.png").is_file()
    assert f"(strategies/{name}.png)" in section
    assert f"{name} on simulated candles" in section
    explained = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", section, re.MULTILINE))
    defaults = STRATEGIES[name]().parameters()
    assert {key: Decimal(value) for key, value in explained.items()} == defaults
