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
    asked: _Asked = frozenset({(None, "forward")})
    while (more := asked.union(*(each.asks() for each in _ordered(roots, asked, instead)))) != asked:
        asked = more
    found = _ordered(roots, asked, instead)
    numbers = {number for each in found for number in each.numbers()}
    text = "\n\n\n".join(each.text() for each in found if each.name.is_ours)
    return Bundle(f"{text}\n", [each.name for each in found], sorted(numbers))


def _ordered(roots: Iterable[Name], asked: _Asked, instead: Mapping[Name, Name]) -> "list[_Definition]":
    """All that is reached, each behind what it needs."""
    found: list[_Definition] = []
    seen: set[Name] = set()

    def visit(names: Iterable[Name]) -> None:
        for name in names:
            if name not in seen:
                seen.add(name)
                definition = _Definition(name, asked, instead)
                visit(definition.needs())
                found.append(definition)

    visit(filter(None, (resolve(*root) for root in roots)))
    return found


class _Definition(NamedTuple):
    """A class, function or constant as a file has it: with the methods that are asked for, and what replaces others.

    What is imported from another package has no nodes.
    """

    name: Name
    asked: _Asked
    instead: Mapping[Name, Name]

    def needs(self) -> Iterator[Name]:
        """What it names: definitions of this package, and imports."""
        for node in self._nodes():
            found = meant(self.name.module, node)
            if found and (found.name or not found.is_ours):
                yield self._replaced(found)

    def asks(self) -> _Asked:
        """The attributes that are read in it."""
        read = (node for node in self._nodes() if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load))
        return frozenset((self.name if _is_of(node, "self") else None, node.attr) for node in read)

    def numbers(self) -> Iterator[str]:
        """The numbers of the design that are read in it."""
        return (node.attr for node in self._nodes() if isinstance(node, ast.Attribute) and _is_of(node, DESIGN))

    def text(self) -> str:
        """Its source, with the comment above it."""
        node, lines = self._node(), list(source(self.name.module).lines)
        for line, start, end, text in sorted(self._changes(), reverse=True):
            lines[line] = lines[line][:start] + text.encode() + lines[line][end:]
        first, dropped = node.lineno - 1, self._dropped_lines()
        while first and lines[first - 1].startswith(b"#"):
            first -= 1
        kept = (lines[number] for number in range(first, node.end_lineno or 0) if number not in dropped)
        return b"\n".join(kept).decode()

    def _node(self) -> ast.stmt:
        return source(self.name.module).defined[self.name.name]

    def _nodes(self) -> Iterator[ast.AST]:
        """Its nodes, in the order of the text, without those that are dropped."""
        left: list[ast.AST] = [self._node()] if self.name.is_ours else []
        while left:
            node = left.pop(0)
            yield node
            left = [*(each for each in ast.iter_child_nodes(node) if not self._is_dropped(each, node)), *left]

    def _is_dropped(self, node: ast.AST, parent: ast.AST) -> bool:
        """Whether a node is of no use: a method that nothing asks for, a declaration for tools, the design's type."""
        if isinstance(parent, ast.arg):
            return parent.arg == DESIGN
        if not isinstance(parent, ast.ClassDef):
            return False
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("__"):
            return not any(node.name == attribute and _akin(self.name, of) for of, attribute in self.asked)
        is_dunder = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("__")
        return isinstance(node, ast.If) or is_dunder

    def _dropped_lines(self) -> set[int]:
        """The lines that are left out, from 0: those of what is dropped, and what stands above it."""
        lines: set[int] = set()
        node = self._node()
        before = node.lineno
        for each in node.body if isinstance(node, ast.ClassDef) else ():
            if self._is_dropped(each, node):
                lines |= set(range(before, each.end_lineno or 0))
            before = each.end_lineno or 0
        return lines

    def _changes(self) -> Iterator[tuple[int, int, int, str]]:
        """What is written anew: line, from and to which byte, and the text."""
        for node in self._nodes():
            if isinstance(node, ast.arg) and node.arg == DESIGN and node.annotation:
                yield _place(node.annotation, NUMBERS)
            elif (found := meant(self.name.module, node)) and found.name:
                yield _place(node, self._replaced(found).name)

    def _replaced(self, found: Name) -> Name:
        """What stands for another; but what is put in its place may be derived from it."""
        return found if self.name in self.instead.values() else self.instead.get(found, found)


def _is_of(node: ast.Attribute, owner: str) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == owner


def _akin(one: Name, other: Name | None) -> bool:
    """Whether a method of one class may be that of another: one derives from the other, or the other is not known."""
    return other is None or one in _ancestors(other) or other in _ancestors(one)


@cache
def _ancestors(name: Name) -> frozenset[Name]:
    """A class and those of ours that it is derived from."""
    node = source(name.module).defined[name.name]
    bases = [meant(name.module, base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
    return frozenset({name}).union(*(_ancestors(base) for base in bases if base and base.is_ours))


def _place(node: ast.AST, text: str) -> tuple[int, int, int, str]:
    return node.lineno - 1, node.col_offset, node.end_col_offset, text  # type: ignore[attr-defined]
