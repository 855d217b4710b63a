"""What the names in the source of this package mean, read from the text of its modules."""

import ast
from functools import cache
from importlib import import_module
from inspect import getsource
from types import ModuleType
from typing import NamedTuple

_PACKAGE = __name__.partition(".")[0]


class Name(NamedTuple):
    """What stands at the top of a module; without a name it is the module."""

    module: str
    name: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether its source is a part of this package."""
        return self.module.partition(".")[0] == _PACKAGE


class Source(NamedTuple):
    """A module as text: its lines, what it defines at its top, and what it imports, by the names that it has there."""

    lines: list[bytes]
    defined: dict[str, ast.stmt]
    imported: dict[str, Name]


@cache
def source(module: str) -> Source:
    """The text of a module of this package."""
    text = getsource(import_module(module))
    body = ast.parse(text).body
    imported = {
        alias.asname or alias.name: _imported(node.module or "", alias.name)
        for node in body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    plain = [alias.name for node in body if isinstance(node, ast.Import) for alias in node.names]
    defined = {name: node for node in body for name in _defines(node)}
    return Source(text.encode().splitlines(), defined, imported | {name: Name(name) for name in plain})


def _imported(module: str, name: str) -> Name:
    """What an import gives: a module of this package, or a name in any."""
    inner = Name(f"{module}.{name}")
    is_module = inner.is_ours and isinstance(getattr(import_module(module), name, None), ModuleType)
    return inner if is_module else Name(module, name)


def _defines(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    return [each.id for each in node.targets if isinstance(each, ast.Name)] if isinstance(node, ast.Assign) else []


def resolve(module: str, name: str) -> Name | None:
    """Where a name of a module is defined; None for what is built in or local."""
    home = source(module)
    if name in home.imported:
        found = home.imported[name]
        return resolve(*found) if found.is_ours and found.name else found
    node = home.defined.get(name)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Attribute):  # another name of something
        return meant(module, node.value) or Name(module, name)
    return Name(module, name) if node else None


def meant(module: str, node: ast.AST) -> Name | None:
    """What a name in a module's text means, `layers.Ending` included; None for anything else."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        home = resolve(module, node.value.id)
        return resolve(home.module, node.attr) if home and home.is_ours and not home.name else None
    return resolve(module, node.id) if isinstance(node, ast.Name) else None
