"""Who may import whom, walked over the source of every module; and how long a function may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "menet_design"

GROUND = "errors values graph display files quiet"
NUMBERS = f"{GROUND} families families.configs"  # what a family is; it counts nothing
NAMES = "families.metadata families.notation families.tiers families.naming"
COUNTED = f"{NUMBERS} analysis families.architectures {NAMES} families.symbolic families.formula"
# A room is a module or a folder of the package, or a part of one: a module stands in the room that says most of its
# name. Each room may import the rooms beside it, at run time; no other.
ROOMS = {
    "errors": "",
    "values": "errors",
    "files": "errors",
    "display": "",
    "quiet": "",
    "graph": "errors values",
    "analysis": GROUND,
    "families": "errors values graph",
    "families.architectures": "errors values graph families",
    "families.configs": "errors files values families",
    "families.metadata": "errors files",
    "families.notation": "errors values families families.configs families.metadata",
    "families.tiers": "values analysis families families.architectures",
    "families.naming": "errors values families families.notation families.tiers",
    "families.symbolic": "graph families families.architectures",
    "families.formula": f"{NUMBERS} analysis families.architectures families.notation families.symbolic",
    "papers": COUNTED,
    "exploration": f"{COUNTED} files papers",
    # Networks of others, read into the graph: the files without torch, modules by running them.
    "importing": "errors graph files quiet",
    "importing.watching": "graph",
    "importing.modules": "errors graph importing importing.watching",
    "importing.sources": "errors graph quiet importing importing.modules",
    # A proof must not borrow the formulas: models know neither architectures nor analysis.
    "models": "errors values families files",
    # Models as they are deployed, by what is recorded of them.
    "deployment": "errors values graph families importing importing.modules models",
    # What models are written as: weights, programs, the source of `models` itself.
    "exporting": f"{NUMBERS} families.metadata families.naming importing models deployment",
    # Images with labels, for whoever trains or evaluates.
    "datasets": "errors files quiet",
    # Networks with their weights on images: what they see, and how often they are right.
    "classification": f"{NUMBERS} analysis families.architectures families.metadata families.notation importing models "
    "datasets",
    "verification": f"{NUMBERS} analysis families.architectures datasets models importing importing.modules "
    "importing.sources deployment",
    "measurement": f"{GROUND} analysis",
    # Runs from a recipe, which is read without torch.
    "training.recipe": "errors files values",
    "training": "errors files values families.naming datasets models exporting training.recipe",
    # Finished data in: types and constants (see `counts_nothing`); of what proves, types alone.
    "report": f"{NUMBERS} analysis papers exploration",
    "resolving": f"{COUNTED} importing importing.sources",
    "timm_models": "errors families models",
    "api": f"{COUNTED} papers exploration report importing importing.sources models deployment exporting verification "
    "measurement training training.recipe classification datasets resolving",
    "cli": f"{COUNTED} papers exploration models deployment exporting verification measurement training "
    "training.recipe report resolving api importing importing.sources classification datasets",
    "__main__": "cli",
    "__init__": "errors",
}
# What is resolved at its first use, by the rooms that may: public names, and the text of a result.
LAZILY = {("__init__", "{__name__}.{_HOMES[name]}"), ("display", "menet_design.report.results")}
# What is imported because the person who asks names it.
LAZILY |= {("importing.sources", "text"), ("models", "module")}
# What is read as text.
LAZILY |= {("exporting", "module")}
# Functions of other rooms that report may call beside those of the ground floor: none of them counts.
PURE = {"analysis.pairs.members", "analysis.difference.merged", "analysis.layout.by", "analysis.layout.strided"}
PURE |= {"analysis.figures.missed", "analysis.dependence.branch_operations"}

# Packages beyond the standard library, and the rooms that may import them: anywhere, or inside functions only.
ANYWHERE = {
    "torch": "classification datasets models deployment exporting verification measurement training importing.modules "
    "importing.watching",
    "fvcore": "verification",
    "timm": "timm_models",
    "typer": "cli",
}
INSIDE_FUNCTIONS = {
    "torch": "models importing resolving api cli",
    "onnx": "importing exporting classification",
    **dict.fromkeys(("onnxruntime", "onnxscript"), "exporting measurement classification"),
    "safetensors": "models exporting",
    **dict.fromkeys(("timm", "torchvision", "pytorchcv"), "importing"),
    "sympy": "graph analysis families.formula families.symbolic exploration report",
    "numpy": "report importing analysis exploration",
    "matplotlib": "report",
    "tabulate": "report",
    "rich": "report cli",
    "pandas": "report",
    "joblib": "exploration",
    "moocore": "exploration",
    "PIL": "datasets training",
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
        # "from menet_design import families" imports the room families; no import of the package is relative.
        module = "." * node.level + (node.module or "")
        yield from (f"{module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
        yield ast.unparse(node.args[0]).strip("f'\"")


def faults(room: str, imports: Iterator[Import]) -> list[str]:
    """What a room imports against the rules."""
    return [f"line {each.line} imports {each.module}" for each in imports if not is_allowed(room, each)]


def is_allowed(room: str, each: Import) -> bool:
    package, _, rest = each.module.partition(".")
    if (room, each.module) in LAZILY:
        return True
    if package == "menet_design":
        other = room_of(rest)
        if each.for_types and room in ("report", "cli", "resolving", "api", "__init__"):
            return other != "cli"
        return other == room or (other in ROOMS[room].split() and (room != "report" or counts_nothing(rest)))
    if package in sys.stdlib_module_names:
        return True
    if is_in(room, ANYWHERE.get(package, "")):
        return True
    return (each.in_function or each.for_types) and is_in(room, INSIDE_FUNCTIONS.get(package, ""))


def is_in(room: str, rooms: str) -> bool:
    """Whether a room is one of some, or a part of one."""
    return any(room == each or room.startswith(f"{each}.") for each in rooms.split())


def counts_nothing(name: str) -> bool:
    """Whether what is imported is a type or a constant, of the ground floor, or known to be pure."""
    return room_of(name) in GROUND.split() or name.rpartition(".")[2][0].isupper() or name in PURE


def room_of(name: str) -> str:
    """The room of a dotted name in the package."""
    parts = name.split(".")
    return next((room for n in (2, 1) if (room := ".".join(parts[:n])) in ROOMS), parts[0])


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_what_its_room_may(path):
    assert faults(room_of(dotted(path)), imports_of(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_every_module_stands_in_a_room_and_every_room_has_modules():
    assert {room_of(dotted(path)) for path in modules()} == set(ROOMS)


def test_no_arrow_runs_in_a_circle():
    below, standing = {}, dict(ROOMS)
    while standing:
        free = [room for room, others in standing.items() if set(others.split()) <= below.keys()]
        assert free, f"these import each other: {', '.join(standing)}"
        below |= {room: standing.pop(room) for room in free}


FORBIDDEN = {
    "graph": "from menet_design.families.design import Design",
    "analysis": "import sympy",
    "analysis ": "from menet_design import families",
    "families": "from menet_design.analysis.cost import count",
    "families ": "from menet_design.families.naming import parse",
    "families.architectures": "from menet_design.analysis import cost",
    "families.notation": "class A:\n    def f(self):\n        from menet_design.families.naming import parse",
    "exploration": "def f():\n    import menet_design.report.tables",
    "models": "def f():\n    return import_module(f'menet_design.families.architectures.{family}')",
    "models ": "from menet_design.families.naming import parse",
    "verification": "from menet_design.report.tables import Table",
    "report": "if TYPE_CHECKING:\n    pass\nelse:\n    from menet_design.verification.agreement import Agreement",
    "report ": "from menet_design.analysis.cost import count",
    "report  ": "from menet_design.families import figures",
    "report   ": "from menet_design.families.naming import parse",
    "api": "from menet_design.cli.options import words",
    "papers": "class A:\n    def f(self):\n        import torch",
    "errors": "from .. import cli",
    "cli": "import pydantic",
}


@pytest.mark.parametrize(("room", "source"), FORBIDDEN.items(), ids=FORBIDDEN)
def test_the_walk_finds_what_is_forbidden(room, source):
    assert len(faults(room.strip(), imports_of(ast.parse(source)))) == 1


def test_the_walk_lets_report_name_types():
    source = "if TYPE_CHECKING:\n    from menet_design.verification.agreement import Agreement"
    assert faults("report", imports_of(ast.parse(source))) == []
    assert faults("analysis", imports_of(ast.parse(source))) != []
    assert faults("report", imports_of(ast.parse("from menet_design.analysis.cost import Cost"))) == []


# What importing every module of a room loads, whoever it is that imports it.
@pytest.mark.parametrize(
    ("room", "unknown"),
    [
        ("models", ("analysis", "families.architectures", "families.naming", "families.tiers", "families.formula")),
        ("analysis", ("families", "report", "papers", "exploration")),
        ("graph", ("analysis", "families")),
        ("report", ("models", "verification", "cli", "api")),
    ],
)
def test_importing_a_room_loads_nothing_that_it_must_not_know(room, unknown):
    code = "import sys; from importlib import import_module\nfor name in sys.argv[1:]: import_module(name)\n"
    code += "print(*(name for name in sys.modules if name.startswith('menet_design.')))"
    names = [f"menet_design.{dotted(path)}" for path in modules() if room_of(dotted(path)) == room]
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("menet_design.") for name in done.stdout.split()}
    assert loaded >= {name.removeprefix("menet_design.") for name in names}
    assert sorted(name for name in loaded if any(is_in(name, other) for other in unknown)) == []


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
