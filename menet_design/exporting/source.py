"""A design as one file of Python: the classes that its model is made of, its numbers, and a function that builds it."""

import json
import re
import sys
from collections.abc import Iterable
from fractions import Fraction
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from menet_design.exporting.bundle import NUMBERS, bundle
from menet_design.exporting.names import Name
from menet_design.exporting.subject import Subject
from menet_design.families.design import Design, sides
from menet_design.models import described
from menet_design.models.layers import ChannelShuffle
from menet_design.models.shuffles import SHUFFLES, lacking
from menet_design.values import check_known, reduced

_FILE = '''"""{title} in PyTorch: images (batch, {channels}, {height}, {width}) to (batch, {classes}) logits.

Written by menet-design {version}; it needs torch alone. `{function}()` has fresh weights. Those of a file that
menet-design wrote have the same names: `model.load_state_dict(safetensors.torch.load_file("weights.safetensors"))`.
"""

{imports}

DESIGN = SimpleNamespace(
{numbers}
)


{text}

def {function}() -> {model}:
    """The model in training mode, with fresh weights."""
    model = {model}(DESIGN)
    {initialise}(model)
    return model
'''


def write(subject: Subject, path: Path) -> None:
    """Write the design as one file of Python that needs this package no more; DesignError for what has no design."""
    path.write_text(source(subject.known_design(), subject.shuffle), encoding="utf-8")


def source(design: Design, shuffle: str) -> str:
    """The file's text: what the modules of this package say, no second writing of it."""
    model, initialise = map(_name, described(design))
    check_known("shuffle", shuffle, tuple(SHUFFLES))
    kind = _name(SHUFFLES[shuffle])
    found = bundle([model, initialise], {_name(ChannelShuffle): kind})
    if shuffle != "5d" and kind not in found.names:
        raise lacking(model.name)
    numbers = {key: reduced(getattr(design, key)) for key in found.numbers}
    height, width = sides(design.resolution)
    fractions = [Name("fractions", "Fraction")] * any(isinstance(each, Fraction) for each in numbers.values())
    return _FILE.format(
        title=design.title,
        channels=design.channels,
        height=height,
        width=width,
        classes=design.classes,
        version=version("menet-design"),
        function=re.sub(r"\W", "_", design.identifier),
        imports=_imports({*(each for each in found.names if not each.is_ours), *fractions, Name("types", NUMBERS)}),
        numbers="\n".join(f"    {key}={_literal(value)}," for key, value in numbers.items()),
        text=found.text,
        model=model.name,
        initialise=initialise.name,
    )


def _literal(value: Any) -> str:
    """A number or a word of a design as Python writes it, words in double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _name(definition: Any) -> Name:
    return Name(definition.__module__, definition.__name__)


def _imports(names: Iterable[Name]) -> str:
    """The lines that import names: those of the standard library first, each part in its usual order."""
    parts: dict[bool, list[str]] = {False: [], True: []}
    for module, group in groupby(sorted(names), key=lambda each: each.module):
        found = [each.name for each in group]
        members = ", ".join(sorted(filter(None, found), key=lambda name: (name[0].islower(), name)))
        lines = [f"import {module}"] * ("" in found) + [f"from {module} import {members}"] * bool(members)
        parts[module.partition(".")[0] not in sys.stdlib_module_names] += lines
    return "\n\n".join("\n".join(sorted(lines, key=lambda line: line.startswith("from"))) for lines in parts.values())
