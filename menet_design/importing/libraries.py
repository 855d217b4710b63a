"""Libraries of models whose names can be asked for: "timm:resnet50", "torchvision:resnet50", "pytorchcv:resnet50".

What a library knows is looked up in its source files, so that a mistyped name costs no import of torch.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from menet_design.errors import MissingPackage, NotationError

if TYPE_CHECKING:
    from torch import nn


class Library(NamedTuple):
    """Where a library defines its models, how it builds one without weights, and what a model says of its input."""

    files: str
    defined: re.Pattern[str]
    build: "Callable[[str, Mapping[str, Any]], nn.Module]"
    input_of: Callable[[Any], Any]


def _timm(name: str, settings: Mapping[str, Any]) -> "nn.Module":
    module: nn.Module = import_module("timm").create_model(name, pretrained=False, **settings)
    return module


def _torchvision(name: str, settings: Mapping[str, Any]) -> "nn.Module":
    module: nn.Module = import_module("torchvision.models").get_model(name, weights=None, **settings)
    return module


def _pytorchcv(name: str, settings: Mapping[str, Any]) -> "nn.Module":
    module: nn.Module = import_module("pytorchcv.model_provider").get_model(name, pretrained=False, **settings)
    return module


_DEFINED = re.compile(r"^def ([a-z][a-z0-9_]*)\(", re.MULTILINE)
LIBRARIES: Mapping[str, Library] = {
    "timm": Library("models/*.py", _DEFINED, _timm, lambda module: module.default_cfg["input_size"]),
    "torchvision": Library("models/*.py", _DEFINED, _torchvision, lambda module: (3, 224, 224)),
    "pytorchcv": Library(
        "model_provider.py",
        re.compile(r"^ *'([a-z][a-z0-9_]*)': ", re.MULTILINE),
        _pytorchcv,
        lambda module: (3, *module.in_size),
    ),
}


def untrained(source: object) -> bool:
    """Whether a source is a library's model by its name: it is built without trained weights."""
    return isinstance(source, str) and source.partition(":")[0] in LIBRARIES


@cache
def names(library: str) -> frozenset[str]:
    """The names that an installed library knows; none where it is not installed."""
    found = find_spec(library)
    folders = found.submodule_search_locations if found else None
    if not folders:
        return frozenset()
    files = Path(folders[0]).glob(LIBRARIES[library].files)
    defined = LIBRARIES[library].defined
    return frozenset(name for file in files for name in defined.findall(file.read_text(encoding="utf-8")))


def having(name: str) -> Iterator[str]:
    """The installed libraries that know a name."""
    return (library for library in LIBRARIES if name in names(library))


def check_name(library: str, name: str) -> None:
    """Raise an error that names what comes nearest unless a library knows a name, with any tag behind a point."""
    if find_spec(library) is None:
        raise MissingPackage(f"{library} is not installed", f"pip install {library}")
    known = names(library)
    if name.partition(".")[0] not in known:
        from difflib import get_close_matches

        nearest = get_close_matches(name[:60], known, n=3, cutoff=0.7)
        remedy = f"Did you mean {', '.join(f'{library}:{each}' for each in nearest)}?" if nearest else ""
        raise NotationError(f"{library} has no model {name!r:.60}", remedy, nearest)
