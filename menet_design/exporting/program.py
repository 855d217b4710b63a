"""A model as a program of torch.export: `.pt2` files, and what `.onnx` files are made of."""

from pathlib import Path

import torch
from torch import nn
from torch.export import Dim, ExportedProgram

from menet_design.errors import DesignError, lines_of
from menet_design.exporting.difference import Difference, difference
from menet_design.exporting.subject import Subject
from menet_design.models.layers import Pooled
from menet_design.quiet import quiet

# Height and width of the images with which a program of open sizes is made: after five halvings their maps still have
# 3 pixels a side. Torch would take a side of one pixel for one that always has one.
_SIDE = 96
# The sides of an image's tensor, by the choices of what is open.
OPEN = {"batch": {0: "batch"}, "size": {0: "batch", 2: "height", 3: "width"}}


def write(subject: Subject, path: Path) -> Difference:
    """Write the model as a `.pt2` file, and compare the program with the model."""
    made = program(subject)
    with quiet():
        torch.export.save(made, path)
    return difference(subject, "torch.export", made.module())


def program(subject: Subject) -> ExportedProgram:
    """The model's program. Raises DesignError, with the first line of torch's error, where it cannot be exported."""
    is_sized = subject.dynamic == "size"
    if is_sized:
        _pool_adaptively(subject)
    opened = open_sides(subject)
    shapes = opened and tuple(dict.fromkeys(each, Dim.DYNAMIC) for each in opened)
    batch = max(2, subject.batch) if subject.dynamic else subject.batch
    images = subject.images(batch, _SIDE if is_sized else 1)
    try:
        with quiet():
            return torch.export.export(subject.runnable, images, dynamic_shapes=shapes, strict=False)
    except Exception as error:  # torch raises anything, and so does a module's own code
        remedy = "Give --dynamic batch" if is_sized else ""
        raise DesignError(f"torch cannot export {subject.title}: {lines_of(error)[0]}", remedy) from None


def open_sides(subject: Subject) -> tuple[dict[int, str], ...] | None:
    """Of each input, the names of the sides that are open, by their place in its shape; None where none is."""
    if subject.dynamic is None:
        return None
    names = OPEN[subject.dynamic]
    return tuple({side: names[side] for side in names if side <= len(each)} for each in subject.inputs)


def _pool_adaptively(subject: Subject) -> None:
    """Let the last pool average maps of any size; its window is otherwise that of the design's own resolution."""
    pools = [module for module in subject.runnable.modules() if isinstance(module, Pooled)]
    if subject.design and not pools:
        raise DesignError(f"{subject.title} takes images of this size alone", "Give --dynamic batch")
    for module in pools:
        module.pool, module.adaptive = nn.AdaptiveAvgPool2d(1), True
