"""What the names in a piece of code stand for: imports followed through aliases and scopes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

_INNER = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.ClassDef,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
Meaning = str | ast.expr | None
"""A path such as `datetime.date`, an expression that has one, or something else."""


@dataclass(slots=True)
class Scope:
    """The names that are bound in a module, class or function, within its outer scope."""

    outer: "Scope | None"
    meanings: dict[str, list[Meaning]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    """Modules of which all names were imported."""

    def paths(self, node: ast.AST) -> list[str]:
        """What an expression may stand for, as paths; `builtins.open` for a name of Python's."""
        match node:
            case ast.Name(id=name):
                return self._paths_of_name(name)
            case ast.Attribute(value=value, attr=name):
                return [f"{path}.{name}" for path in self.paths(value)]
            case ast.Call(
                func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(name)), *_]
            ):
                return [f"{path}.{name}" for path in self.paths(value)]
        return []

    def _paths_of_name(self, name: str) -> list[str]:
        if name in self.meanings:
            meanings = self.meanings.pop(name)  # an alias of itself means nothing
            found = [path for each in meanings for path in self._paths_of(each)]
            self.meanings[name] = meanings
            return found
        if self.outer is not None:
            return self.outer._paths_of_name(name)
        return [f"builtins.{name}", *(f"{module}.{name}" for module in self.stars)]

    def _paths_of(self, meaning: Meaning) -> list[str]:
        if isinstance(meaning, ast.expr):
            return self.paths(meaning)
        return [meaning] if meaning is not None else []

    def bind(self, name: str, meaning: Meaning) -> None:
        """Let a name stand for this too."""
        self.meanings.setdefault(name, []).append(meaning)


def scope_of(node: ast.AST, outer: Scope | None) -> Scope:
    """The scope that a module, class, function or comprehension opens."""
    scope = Scope(outer)
    for child in _within(node):
        _bind(child, scope)
    return scope


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes in a scope; of inner ones their names only."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _INNER):
            yield from _within(child)


def _bind(node: ast.AST, scope: Scope) -> None:
    match node:
        case ast.Import(names=names):
            for each in names:
                first = each.name.partition(".")[0]
                scope.bind(each.asname or first, each.name if each.asname else first)
        case ast.ImportFrom():
            _bind_from(node, scope)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            scope.bind(name, value)
        case ast.Name(id=name, ctx=ast.Store()):
            scope.bind(name, None)
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            scope.bind(name, None)
        case ast.ClassDef(name=name):
            scope.bind(name, None)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            scope.bind(name, None)


def _bind_from(node: ast.ImportFrom, scope: Scope) -> None:
    for each in node.names:
        path = None if node.level else f"{node.module}.{each.name}"
        if each.name != "*":
            scope.bind(each.asname or each.name, path)
        elif path is not None:
            scope.stars.append(str(node.module))
