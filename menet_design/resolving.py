"""What a source means: a network, a design, or a module that runs.

A source is the name of a built-in network, the path of a model config, a design, a network, an `nn.Module`, the name of
a model in a library ("timm:resnet50"), a factory ("net.py:Net", "package.module:factory") or an archive (`.pt2`,
`.onnx`). Modules, factories and libraries run their own code; archives never do.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.errors import DesignError, NotationError
from menet_design.families import architectures
from menet_design.families.design import Design
from menet_design.families.metadata import stored
from menet_design.families.naming import parse
from menet_design.graph.deployed import deployed
from menet_design.graph.network import Network
from menet_design.values import MAX_CHANNELS, check_type, check_whole, named, shapes_of

if TYPE_CHECKING:
    from torch import nn

    Source = str | Path | Design | Network | nn.Module
else:
    Source = str | Path | Design | Network
# One shape without the batch, or a shape for each input, where a network needs it said.
Input = Sequence[int] | Sequence[Sequence[int]] | None
# One name or several, or none.
Names = Iterable[str] | None


def network(
    source: Source, input: Input = None, allow: Names = None, batch: int = 1, deploy: bool = False, **settings: Any
) -> Network:
    """The network that a source means; a network is itself, or the same on another batch.

    `input` is the shape of one image, without the batch, of which `batch` are counted together. `allow` are names of
    operations of ATen that are counted as nothing where they are not known. With `deploy` its batch norms are folded,
    as `menet_design.deploy` folds those of a model. Raises DesignError where the source means no network, its code
    fails, or it calls an operation that is not known; TypeError for anything that is no source.

    >>> network("352-MENet-12x1/8").title
    '352-MENet-12×1 (g = 8)'
    """
    found = _described(source, shapes_of(input), named("allow", allow), settings)
    found = deployed(found) if deploy else found
    return found if batch == 1 else replace(found, batch=check_whole("batch", batch, 1, MAX_CHANNELS))


def _described(source: Source, shapes: list[Any], allow: tuple[str, ...], settings: dict[str, Any]) -> Network:
    if isinstance(source, Network):
        return source
    if isinstance(source, Design):
        return _of_design(source.but(**settings, **_fed(shapes)))
    module = _as_module(source)
    if module is not None:
        from menet_design.importing.sources import from_module

        return from_module(module, _given(shapes), allowed=allow)
    from menet_design.importing import is_source

    if is_source(text := _text(source)):
        from menet_design.importing.sources import describe

        return describe(text, shapes, settings, allow)
    return _of_design(parsed(text, settings | _fed(shapes)))


def _text(source: Any) -> str:
    """A name or a path as text. Raises TypeError for what is no source."""
    check_type("a network", source, (str, Path), "a name, a path, a Design, a Network or an nn.Module")
    return str(source)


def _of_design(design: Design) -> Network:
    """The network of a design; of the names of others that it says, those that mean a network by themselves."""
    found = architectures.network(design)
    said = (each._replace(instead=tuple(filter(_is_meant, each.instead))) for each in found.assumptions)
    return replace(found, assumptions=tuple(said)) if found.assumptions else found


def _is_meant(text: str) -> bool:
    """Whether a text is an option, or a name that is legal without one."""
    try:
        return text.startswith("--") or parse(text) is not None
    except DesignError:
        return False


def _fed(shapes: list[Any]) -> dict[str, Any]:
    """The numbers of a built-in network that the shape of its input gives: channels, height and width."""
    if not shapes:
        return {}
    if len(shapes) > 1 or len(shapes[0]) != 3:
        raise DesignError("a built-in network has one input of three sides", "Give input=(3, 224, 224)")
    channels, *sides = shapes[0]
    return {"channels": channels, "resolution": tuple(sides)}


def _as_module(source: Any) -> "nn.Module | None":
    """An nn.Module as what it is; who has one has imported torch. None for anything else."""
    is_module = "torch" in sys.modules and isinstance(source, sys.modules["torch"].nn.Module)
    return source if is_module else None


def _given(shapes: list[Any]) -> list[Any]:
    """The shapes of a module's inputs, which it does not say itself."""
    if not shapes:
        raise DesignError("a module needs the shape of its input", "Give input=(3, 224, 224)")
    return shapes


def parsed(name: str, settings: dict[str, Any]) -> Design:
    """The design that a name means; of one that is not built in, an error names the libraries that know it."""
    try:
        return parse(name, **settings)
    except NotationError:
        from menet_design.importing.libraries import having

        _check_no_file(name)
        homes = [f"{library}:{name}" for library in having(name.strip().lower())]
        if not homes:
            raise
        raise NotationError(f"{name} is not built in", f"{' or '.join(homes)} counts it", homes) from None


def _check_no_file(name: str) -> None:
    """Raise NotationError for the name of a file that is read in another way, or not at all."""
    if name.lower().endswith(".py"):
        raise NotationError(f"{name} names no class and no function", f"Write {name}:Net")
    if not (name.lower().endswith(".json") or stored(name)) and _exists(name):
        known = "model.json, model.safetensors, net.py:Net, model.pt2 and model.onnx are"
        raise NotationError(f"{name} is no file that is read here", known)


def _exists(name: str) -> bool:
    with suppress(OSError, ValueError):  # a name may be too long, or hold what none may
        return bool(name.strip()) and Path(name).exists()
    return False


def resized(source: Source, own: Network, sides: tuple[int, int], allow: Names, settings: dict[str, Any]) -> Network:
    """The same network on an image of this height and width. Raises DesignError where it takes no such image."""
    from menet_design.importing import is_source

    name = own.name or "the network"
    if isinstance(source, Network) or len(own.inputs) != 1 or len(own.inputs[0]) != 3:
        raise DesignError(f"{name} cannot be made for another image", "Give what it was made from, which takes one")
    shape = (own.inputs[0][0], *sides)
    if isinstance(source, str | Path) and not is_source(str(source)):
        numbers = {key: value for key, value in settings.items() if key != "deploy"}
        return network(parsed(str(source), numbers), shape, deploy=settings.get("deploy", False))
    return network(source, shape, allow, **settings)


def designed(source: Any, numbers: dict[str, Any]) -> Design:
    """The design that a source is or names. Raises TypeError for anything else."""
    if isinstance(source, Design):
        return source.but(**numbers)
    check_type("a design", source, (str, Path), "a name, a path or a Design")
    return parsed(str(source), numbers)


def modelled(
    source: Source, input: Input, settings: dict[str, Any]
) -> "Design | tuple[nn.Module, Sequence[Sequence[int]]]":
    """The design whose model can be built, or the module that a source is or makes, with the shapes of its inputs.

    Raises DesignError where the source means no model.
    """
    shapes = shapes_of(input)
    if isinstance(source, Design):
        return source.but(**settings, **_fed(shapes))
    if isinstance(source, Network):
        raise DesignError(f"{source.name or 'the network'} is no model that could run", "Give what it was made from")
    module = _as_module(source)
    if module is not None:
        return module, _given(shapes)
    from menet_design.importing import is_source

    if is_source(text := _text(source)):
        from menet_design.importing.sources import load

        return load(text, shapes, settings)
    return parsed(text, settings | _fed(shapes))


def each_of(sources: Iterable[Source | Iterable[Source]]) -> Iterator[Source]:
    """Sources out of sources and iterables of them."""
    several: Iterable[Any] = (each if isinstance(each, list | tuple | Iterator) else [each] for each in sources)
    return (source for found in several for source in found)
