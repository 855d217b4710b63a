"""Networks of other people by what they are called: a name in a library, a factory in a package or a file, an archive.

Factories, classes and libraries run their code; archives (`.pt2`, `.onnx`) never do.
"""

import contextlib
import inspect
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from menet_design.errors import DesignError, NotationError, missing
from menet_design.graph.network import Assumption, Network
from menet_design.importing import ARCHIVES
from menet_design.importing.blocks import blocks
from menet_design.importing.calls import Trace
from menet_design.importing.graph import Graph, read
from menet_design.importing.libraries import LIBRARIES, check_name
from menet_design.quiet import quiet

if TYPE_CHECKING:
    from torch import nn

Shape = Sequence[int]
_IMAGE = (3, 224, 224)


class SourceError(NotationError):
    """A source that names no network, or whose code does not make one."""


def describe(
    text: str, inputs: Sequence[Shape] = (), settings: Mapping[str, Any] | None = None, allowed: Collection[str] = ()
) -> Network:
    """The network of a source, on inputs of these shapes without the batch; `settings` are passed to a factory.

    Raises DesignError where the source means no network, its code fails, or an operation is not known and not allowed.
    """
    if text.lower().endswith(ARCHIVES):
        if settings:
            raise SourceError(f"{text} was exported with its settings", "Leave out --set")
        trace = _read_file(Path(text), inputs)
        exported = [tuple(value.shape[1:]) for value in trace.inputs]
        if inputs and exported != list(map(tuple, inputs)):
            taken = ", ".join("x".join(map(str, shape)) for shape in exported)
            raise SourceError(f"{text} was exported with input {taken}", "Leave out --input")
        return described(trace, Path(text).name, text, {}, allowed)
    module, shapes = load(text, inputs, settings or {})
    return from_module(module, shapes, name=text, settings=settings or {}, allowed=allowed)


def from_module(
    module: "nn.Module",
    inputs: Sequence[Shape],
    *,
    name: str = "",
    settings: Mapping[str, Any] | None = None,
    allowed: Collection[str] = (),
) -> Network:
    """The network of a module, by one forward pass on inputs of these shapes without the batch."""
    from menet_design.importing.modules import record

    title = type(module).__name__
    return described(record(module, inputs), title, name or title, settings or {}, allowed)


def described(
    trace: Trace, title: str, name: str, settings: Mapping[str, Any], allowed: Collection[str] = ()
) -> Network:
    """The network of a trace."""
    return assembled(trace, read(trace, allowed), title, name, settings)


def assembled(trace: Trace, graph: Graph, title: str, name: str, settings: Mapping[str, Any]) -> Network:
    """The network of a trace that was read; DesignError where it computes nothing."""
    if not graph.operations:
        raise DesignError(f"{name:.60} computes nothing: its forward pass calls no operation")
    found = blocks(graph.operations, graph.modules, trace.modules)
    nothing = Assumption("counted as nothing", ", ".join(graph.ignored), "since --allow says so")
    decided = Assumption("control flow", "that of an input of ones", "since numbers of tensors are read out")
    return Network(
        blocks=found,
        inputs=graph.inputs,
        outputs=graph.outputs,
        name=name,
        title=title if title in name else f"{title} ({name})",
        source=name.partition(":")[0],
        numbers=dict(settings),
        assumptions=(*[nothing] * bool(graph.ignored), *[decided] * graph.branched),
    )


def load(text: str, inputs: Sequence[Shape], settings: Mapping[str, Any]) -> "tuple[nn.Module, Sequence[Shape]]":
    """The module that a source makes, and the shapes of its inputs: the given ones, or those that its library says.

    Raises SourceError for an archive, which holds no code, and where the source's own code makes no module.
    """
    if text.lower().endswith(ARCHIVES):
        raise SourceError(f"{text} holds no code that could run", "Name the module that it was exported from")
    home, _, name = text.rpartition(":")
    if not (name and (home.endswith(".py") or all(part.isidentifier() for part in home.split(".")))):
        raise SourceError(f"{text!r:.60} names no model", "Write net.py:Net, package.module:factory or timm:NAME")
    with quiet():
        try:
            if home in LIBRARIES:
                check_name(home, name)
                module = _built(text, LIBRARIES[home].build, name, settings)
                return module, inputs or [LIBRARIES[home].input_of(module)]
            return _made(text, _attribute(_home(home), name, text), settings), inputs or [_IMAGE]
        except ModuleNotFoundError as error:
            raise missing(error) if error.name == "torch" else SourceError(f"{text}: {error}") from None
        except SystemExit:
            raise SourceError(f"{text} ends the program that calls it", "Name what makes a module") from None


def _built(text: str, build: Any, name: str, settings: Mapping[str, Any]) -> "nn.Module":
    try:
        module: nn.Module = build(name, settings)
    except (DesignError, ModuleNotFoundError):
        raise
    except Exception as error:  # a library may raise anything, at its import too
        remedy = "Install a torchvision that is built for this torch" if "torchvision::" in str(error) else ""
        raise SourceError(f"{text} cannot be built: {_last_line(error)}", remedy) from None
    return module


def _home(text: str) -> ModuleType:
    """The module of Python that a package's name or the path of a file means."""
    folder = Path(text).resolve().parent if text.endswith(".py") else Path.cwd()
    with _importable(folder):
        try:
            return _run(Path(text)) if text.endswith(".py") else import_module(text)
        except (SourceError, ModuleNotFoundError):
            raise
        except Exception as error:
            raise SourceError(f"{text} cannot be run: {_last_line(error)}") from None


def _run(path: Path) -> ModuleType:
    """The module that a file makes when it is run."""
    if not path.is_file():
        raise SourceError(f"there is no file {path}")
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise SourceError(f"{path} is not a file of Python")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _attribute(home: ModuleType, name: str, text: str) -> Any:
    found = home
    for part in name.split("."):
        if not hasattr(found, part):
            from difflib import get_close_matches

            known = [each for each, value in vars(home).items() if callable(value) and not each.startswith("_")]
            nearest = get_close_matches(name, known, n=3, cutoff=0.5) or known[:3]
            remedy = f"It has {', '.join(nearest)}" if nearest else ""
            raise SourceError(f"{text}: there is no {part!r:.40}", remedy, nearest)
        found = getattr(found, part)
    return found


def _made(text: str, factory: Any, settings: Mapping[str, Any]) -> "nn.Module":
    """What a factory makes with settings; a module is itself."""
    from torch import nn

    if isinstance(factory, nn.Module) and not settings:
        return factory
    if not callable(factory):
        raise SourceError(f"{text} is a {type(factory).__name__}, which makes no module")
    try:
        module = factory(**settings)
    except TypeError as error:
        taken = ", ".join(_parameters(factory))
        raise SourceError(f"{text}: {_last_line(error)}", f"It takes {taken}: give --set NAME=VALUE") from None
    except Exception as error:
        raise SourceError(f"{text} cannot be built: {_last_line(error)}") from None
    if not isinstance(module, nn.Module):
        raise SourceError(f"{text} makes a {type(module).__name__}, not an nn.Module")
    return module


def _parameters(factory: Any) -> list[str]:
    try:
        return list(inspect.signature(factory).parameters) or ["nothing"]
    except (TypeError, ValueError):
        return ["other arguments"]


def _read_file(path: Path, inputs: Sequence[Shape]) -> Trace:
    """The trace of an archive; the sides that an `.onnx` file leaves open are those of the inputs."""
    if path.suffix.lower() == ".pt2":
        from menet_design.importing.pt2 import read_archive

        return read_archive(path)
    from menet_design.importing.onnx import read_onnx

    return read_onnx(path, inputs)


def _last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[-1][:200]}" if lines else type(error).__name__


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let modules of a folder be imported inside."""
    sys.path.insert(0, os.fspath(folder))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(os.fspath(folder))
