"""A model's weights as a file of safetensors, with the design that they belong to in its metadata."""

from pathlib import Path

from torch import nn

from menet_design.errors import missing
from menet_design.exporting.subject import Subject
from menet_design.families import metadata
from menet_design.families.design import Design
from menet_design.families.naming import options


def write(subject: Subject, path: Path) -> None:
    """Write the state dict under the names that it has here. Raises MissingPackage without safetensors."""
    save(subject.model, subject.design, path)


def save(model: nn.Module, design: Design | None, path: Path) -> None:
    """Write the state dict of a model, and its design where it has one. Raises MissingPackage without safetensors."""
    try:
        from safetensors.torch import save as serialised
    except ModuleNotFoundError as error:
        raise missing(error) from None
    # Tensors that share memory, as tied weights do, are copied: safetensors refuses them.
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in model.state_dict().items()}
    said = metadata.written(design.name, options(design)) if design else None
    path.write_bytes(serialised(tensors, said))
