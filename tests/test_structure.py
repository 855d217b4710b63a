"""Who may import whom, walked over the source of every module; and how long a function may be."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "menet_design"

# A room is a module or a folder of the package. Each may import the rooms beside it, at run time; no other.
ROOMS = {
    "errors": "",
    "design": "errors",
    "zoo": "errors design",
    "notation": "errors design zoo",
    "architectures": "errors design zoo notation",
    "analysis": "errors design zoo notation architectures",
    "search": "errors design zoo notation architectures analysis",
    # A proof must not borrow the formulas: models know neither architectures nor analysis.
    "models": "errors design zoo",
    "verification": "errors design zoo architectures analysis models",
    # Finished data in: what proves and what asks is unknown to report, but for the types of TYPE_CHECKING blocks.
    "report": "errors design zoo notation architectures analysis search",
    "cli": "errors design zoo notation architectures analysis search models verification report",
    "__main__": "cli",
    "__init__": "errors",  # resolves its names lazily
}

# Packages beyond the standard library, and the rooms that may import them: anywhere, or inside functions only.
ANYWHERE = {"torch": "models verification", "fvcore": "verification", "typer": "cli"}
INSIDE_FUNCTIONS = {
    "torch": "models",
    "fvcore": "models",
    "sympy": "architectures analysis report",
    "numpy": "analysis report",
    "matplotlib": "report",
    "tabulate": "report",
    "rich": "report cli",
    "PIL": "verification",
}


class Import(NamedTuple):
    """An import of a module: which, on which line, and whether in a function or a TYPE_CHECKING block."""

    module: str
    line: int
    in_function: bool = False
    for_types: bool = False


def imports_of(node: ast.AST, in_function: bool = False, for_types: bool = False) -> Iterator[Import]:
    """Every import below a node, dynamic ones by import_module included."""
    for child in ast.iter_child_nodes(node):
        names = list(imported_names(child))
        yield from (Import(name, child.lineno, in_function, for_types) for name in names)
        inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            yield from imports_of(ast.Module(child.body, []), inside, for_types=True)
            yield from imports_of(ast.Module(child.orelse, []), inside, for_types)
        else:
            yield from imports_of(child, inside, for_types)


def imported_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        # "from menet_design import zoo" imports the room zoo; no import of the package is relative.
        module = "." * node.level + (node.module or "")
        yield from (f"{module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
        yield ast.unparse(node.args[0]).strip("f'\"")


def faults(room: str, imports: Iterator[Import]) -> list[str]:
    """What a room imports against the rules."""
    return [f"line {each.line} imports {each.module}" for each in imports if not is_allowed(room, each)]


def is_allowed(room: str, each: Import) -> bool:
    package, _, rest = each.module.partition(".")
    if package == "menet_design":
        other = rest.partition(".")[0]
        only_types = each.for_types and room in ("report", "cli", "__init__")
        return other == room or other in ROOMS[room].split() or (only_types and other != "cli")
    if package in sys.stdlib_module_names:
        return True
    if room in ANYWHERE.get(package, "").split():
        return True
    return (each.in_function or each.for_types) and room in INSIDE_FUNCTIONS.get(package, "").split()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_what_its_room_may(path):
    imports = imports_of(ast.parse(path.read_text(encoding="utf-8")))
    lazily = {"{__name__}.{_HOMES[name]}", "menet_design.zoo.{name}"}  # the second imports its own room
    assert faults(room_of(path), (each for each in imports if each.module not in lazily)) == []


def test_every_module_stands_in_a_room_and_every_room_has_modules():
    assert {room_of(path) for path in modules()} == set(ROOMS)


FORBIDDEN = {
    "design": "from menet_design.zoo import family",
    "architectures": "from menet_design import analysis",
    "analysis": "import sympy",
    "search": "def f():\n    import menet_design.report.tables",
    "models": "def f():\n    return import_module(f'menet_design.architectures.{family}')",
    "verification": "from menet_design.report.tables import Table",
    "report": "if TYPE_CHECKING:\n    pass\nelse:\n    from menet_design.verification.agreement import Agreement",
    "notation": "class A:\n    def f(self):\n        import torch",
    "zoo": "from .. import cli",
    "cli": "import pydantic",
}


@pytest.mark.parametrize(("room", "source"), FORBIDDEN.items(), ids=FORBIDDEN)
def test_the_walk_finds_what_is_forbidden(room, source):
    assert len(faults(room, imports_of(ast.parse(source)))) == 1


def test_the_walk_lets_report_name_types():
    source = "if TYPE_CHECKING:\n    from menet_design.verification.agreement import Agreement"
    assert faults("report", imports_of(ast.parse(source))) == []
    assert faults("analysis", imports_of(ast.parse(source))) != []


def functions() -> list[tuple[str, ast.FunctionDef]]:
    return [
        (f"{path.relative_to(PACKAGE).as_posix()}:{node.name}", node)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def statements(function: ast.FunctionDef) -> int:
    """The statements of a function, those of inner functions included, its docstring not."""
    docstring = ast.get_docstring(function) is not None
    return sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1 - docstring


def test_no_function_is_longer_than_25_statements():
    assert {name: statements(node) for name, node in functions() if statements(node) > 25} == {}


def test_statements_are_counted():
    source = 'def f():\n    """Say."""\n    if x:\n        y = 1\n    else:\n        z = 1; u = 2\n    return y'
    assert statements(ast.parse(source).body[0]) == 5  # if, y, z, u, return
