"""What may import what, and that a new folder is a decision."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
OUTSIDE_THE_LAYERS = {"tests", "benchmarks", "alembic"}
PURE = {
    "abc", "ast", "bisect", "collections", "contextlib", "dataclasses", "datetime", "decimal",
    "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "math", "operator", "re",
    "statistics", "types", "typing", "uuid", "msgspec", "numpy", "domain",
}  # fmt: skip
DOMAIN = sorted((ROOT / "domain").rglob("*.py"))


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_domain_imports_nothing_that_reaches_outside(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert set(_imported(tree)) <= PURE


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_domain_asks_neither_clock_nor_chance_nor_files(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert not _called(tree) & {
        "now",
        "utcnow",
        "today",
        "uuid1",
        "uuid4",
        "open",
        "print",
        "input",
    }
    assert not _attributes(tree) & {"random", "environ"}


def test_every_folder_of_code_is_in_the_layers() -> None:
    layers = [contract for contract in SETTINGS["contracts"] if contract["type"] == "layers"]
    in_layers = {
        name.strip() for contract in layers for layer in contract["layers"]
        for name in layer.split("|")
    }  # fmt: skip
    assert set(SETTINGS["root_packages"]) == in_layers
    assert set(_folders_of_code()) - OUTSIDE_THE_LAYERS == in_layers


def test_the_migrations_are_no_package() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_every_layer_is_a_package() -> None:
    for name in SETTINGS["root_packages"]:
        folders = {path.parent for path in (ROOT / name).rglob("*.py")}
        assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def test_the_layers_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _imported(tree: ast.AST) -> Iterator[str]:
    """The top-level names of all imports, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def _called(tree: ast.AST) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        call.id if isinstance(call, ast.Name) else call.attr
        for call in calls
        if isinstance(call, ast.Name | ast.Attribute)
    }


def _attributes(tree: ast.AST) -> set[str]:
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _folders_of_code() -> Iterator[str]:
    for folder in ROOT.iterdir():
        if folder.is_dir() and not folder.name.startswith(".") and any(folder.rglob("*.py")):
            yield folder.name
