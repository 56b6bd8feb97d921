"""Which strategies a source may define, told without running it."""

import ast
from collections.abc import Iterator

from adapters.strategies.sources import Source
from domain.strategies.strategy import usual_name


def may_define(source: Source, name: str | None) -> bool:
    """Whether a class of the source may be the strategy of that name, or, for None, any."""
    found = {each for text in source.files.values() for each in _names(ast.parse(text))}
    return bool(found) if name is None else not found.isdisjoint({name, None})


def _names(tree: ast.Module) -> Iterator[str | None]:
    """The names of all classes that are built on others; None for one that is computed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.bases:
            yield _name_of(node)


def _name_of(kind: ast.ClassDef) -> str | None:
    for node in kind.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="name")], value=value)
                | ast.AnnAssign(target=ast.Name(id="name"), value=value)
            ):
                return _text(value)
    return usual_name(kind.name)


def _text(value: ast.expr | None) -> str | None:
    match value:
        case ast.Constant(value=str(text)):
            return text
    return None
