"""Looks through a strategy's code for what no strategy may depend on, without running it.

It finds what authors do without thinking of it; it is no sandbox for code that is not trusted.
"""

import ast
import warnings
from collections.abc import Iterator, Mapping

from adapters.strategies.code_names import Scope, scope_of
from adapters.strategies.code_words import CLOCK, STATE, ZONE, Fault, fault_of
from domain.strategies.checking import Finding, Refused

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def scan_code(files: Mapping[str, str]) -> None:
    """Raises Refused with the first thing found in files, given as texts by path."""
    for path, text in files.items():
        found = sorted(_mentions(_parsed(path, text)), key=lambda each: each[0])
        for line, what, fault in found[:1]:
            raise Refused(
                Finding(
                    check="source",
                    says=f"{path}, line {line}: `{what}` {fault.says}.",
                    advice=fault.advice,
                    what=what,
                    file=path,
                    line=line,
                )
            )


Mention = tuple[int, str, Fault]
"""A line, what stands there, and what is wrong with it."""


def _parsed(path: str, text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise Refused(
            Finding(
                check="source",
                says=f"{path}, line {line or 1}: it is not Python ({error}).",
                advice="Mend what Python does not understand.",
                file=path,
                line=line,
            )
        ) from error


def _mentions(tree: ast.Module) -> Iterator[Mention]:
    yield from _of_children(tree, scope_of(tree, None))


def _of_children(node: ast.AST, scope: Scope) -> Iterator[Mention]:
    for child in ast.iter_child_nodes(node):
        if _is_main(child):
            continue
        yield from _of_node(child, scope)
        inner = scope_of(child, scope) if isinstance(child, _SCOPES) else scope
        yield from _of_children(child, inner)


def _of_node(node: ast.AST, scope: Scope) -> Iterator[Mention]:
    match node:
        case ast.Import(names=names):
            yield from _faulty(node, [each.name for each in names])
        case ast.ImportFrom(module=str(module), names=names, level=0):
            yield from _faulty(node, [_imported(module, each.name) for each in names])
        case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
            yield from _faulty(node, scope.paths(node))
        case ast.Call():
            yield from _of_call(node, scope)
        case ast.Global(names=[name, *_]):
            yield node.lineno, f"global {name}", STATE


def _imported(module: str, name: str) -> str:
    return module if name == "*" else f"{module}.{name}"


def _faulty(node: ast.stmt | ast.expr, paths: list[str]) -> Iterator[Mention]:
    for path in paths:
        fault = fault_of(path)
        if fault is not None:
            yield node.lineno, ast.unparse(node), fault


def _of_call(node: ast.Call, scope: Scope) -> Iterator[Mention]:
    """What only a call tells."""
    given = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    for path in scope.paths(node.func):
        if path == "numpy.datetime64" and given in ("now", "today"):
            yield node.lineno, ast.unparse(node), CLOCK
        if path.endswith(".fromtimestamp") and len(node.args) + len(node.keywords) < 2:
            yield node.lineno, ast.unparse(node), ZONE
    yield from _faulty(node, scope.paths(node))


def _is_main(node: ast.AST) -> bool:
    """Whether it only runs when the file is started as a program."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"
