"""One file out of what a model's source reaches: classes, functions and constants, with the methods that are called.

The text is that of the modules of this package. Taken out is what nothing calls, written anew are a name that a module
has under another one, and the type of the design, of which the file has the numbers alone.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from menet_design.exporting.names import Name, meant, resolve, source

# The name of a network's numbers wherever models take them, and the type that they have in a file.
DESIGN, NUMBERS = "design", "SimpleNamespace"
# An attribute that is read, and the class of the object where that is `self`: what keeps a method.
_Asked = frozenset[tuple[Name | None, str]]


class Bundle(NamedTuple):
    """The text of definitions, each behind those that it needs, the names in it, and the numbers that it reads."""

    text: str
    names: list[Name]
    numbers: list[str]


def bundle(roots: Iterable[Name], instead: Mapping[Name, Name]) -> Bundle:
    """What some definitions need to run without this package, with some definitions in the place of others."""
    starts = [resolve(*root) for root in roots]
    asked: _Asked = frozenset({(None, "forward")})
    while (more := asked | _asked(names := _ordered(starts, asked, instead), asked)) != asked:
        asked = more
    parts = [_text(name, asked, instead) for name in names if name.is_ours]
    read = {attribute for name in names if name.is_ours for attribute in _numbers(name, asked)}
    return Bundle("\n\n\n".join(parts) + "\n", names, sorted(read))


def _ordered(starts: Iterable[Name | None], asked: _Asked, instead: Mapping[Name, Name]) -> list[Name]:
    """All that is reached, each behind what it needs."""
    found: list[Name] = []
    seen: set[Name] = set()

    def visit(names: Iterable[Name]) -> None:
        for name in names:
            if name not in seen:
                seen.add(name)
                visit(_needed(name, asked, instead) if name.is_ours else ())
                found.append(name)

    visit(filter(None, starts))
    return found


def _needed(name: Name, asked: _Asked, instead: Mapping[Name, Name]) -> Iterator[Name]:
    for node in _nodes(name, asked):
        found = meant(name.module, node)
        if found and (found.name or not found.is_ours):
            yield _replaced(found, name, instead)


def _replaced(found: Name, name: Name, instead: Mapping[Name, Name]) -> Name:
    """What stands for something in a definition; what is put in the place of another may be derived from it."""
    return found if name in instead.values() else instead.get(found, found)


def _nodes(name: Name, asked: _Asked) -> Iterator[ast.AST]:
    """The nodes of a definition, but for methods that nothing asks for and the type of the design."""
    left: list[ast.AST] = [source(name.module).defined[name.name]]
    while left:
        node = left.pop(0)
        yield node
        children = [each for each in ast.iter_child_nodes(node) if not _is_dropped(name, each, asked, node)]
        left = [*children, *left]


def _is_dropped(name: Name, node: ast.AST, asked: _Asked, parent: ast.AST) -> bool:
    """Whether a node is of no use in a file: a method that nothing asks for, a declaration for tools, a type."""
    if isinstance(parent, ast.arg):
        return parent.arg == DESIGN
    if not isinstance(parent, ast.ClassDef):
        return False
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("__"):
        return not any(node.name == attribute and _akin(name, of) for of, attribute in asked)
    is_dunder = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("__")
    return isinstance(node, ast.If) or is_dunder


def _akin(one: Name, other: Name | None) -> bool:
    """Whether a method of one class may be that of another: one derives from the other, or the other is not known."""
    return other is None or one in _ancestors(other) or other in _ancestors(one)


@cache
def _ancestors(name: Name) -> frozenset[Name]:
    """A class and those of ours that it is derived from."""
    node = source(name.module).defined[name.name]
    bases = [meant(name.module, base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
    return frozenset({name}).union(*(_ancestors(base) for base in bases if base and base.is_ours))


def _asked(names: Iterable[Name], asked: _Asked) -> _Asked:
    """The attributes that are read in what is kept."""
    return frozenset(
        (name if isinstance(node.value, ast.Name) and node.value.id == "self" else None, node.attr)
        for name in names
        if name.is_ours
        for node in _nodes(name, asked)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    )


def _numbers(name: Name, asked: _Asked) -> Iterator[str]:
    """The numbers of the design that are read."""
    for node in _nodes(name, asked):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == DESIGN:
            yield node.attr


def _text(name: Name, asked: _Asked, instead: Mapping[Name, Name]) -> str:
    """The source of a definition, with the comment above it."""
    node, lines = source(name.module).defined[name.name], list(source(name.module).lines)
    for line, start, end, text in sorted(_changes(name, asked, instead), reverse=True):
        lines[line] = lines[line][:start] + text.encode() + lines[line][end:]
    first, dropped = node.lineno - 1, _dropped_lines(name, node, asked)
    while first and lines[first - 1].startswith(b"#"):
        first -= 1
    kept = (lines[number] for number in range(first, node.end_lineno or 0) if number not in dropped)
    return b"\n".join(kept).decode()


def _changes(name: Name, asked: _Asked, instead: Mapping[Name, Name]) -> Iterator[tuple[int, int, int, str]]:
    """What is written anew in a definition: line, from and to which byte, and the text."""
    for node in _nodes(name, asked):
        if isinstance(node, ast.arg) and node.arg == DESIGN and node.annotation:
            yield _place(node.annotation, NUMBERS)
        elif (found := meant(name.module, node)) and found.name:
            yield _place(node, _replaced(found, name, instead).name)


def _place(node: ast.AST, text: str) -> tuple[int, int, int, str]:
    return node.lineno - 1, node.col_offset, node.end_col_offset, text  # type: ignore[attr-defined]


def _dropped_lines(name: Name, node: ast.stmt, asked: _Asked) -> set[int]:
    """The lines of a class that are left out, from 0: those of what is dropped, and what stands above it."""
    lines: set[int] = set()
    before = node.lineno
    for each in node.body if isinstance(node, ast.ClassDef) else ():
        if _is_dropped(name, each, asked, node):
            lines |= set(range(before, each.end_lineno or 0))
        before = each.end_lineno or 0
    return lines
