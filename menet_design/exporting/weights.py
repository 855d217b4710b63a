"""A model's weights as a file of safetensors, with the design that they belong to in its metadata."""

from pathlib import Path

from menet_design.errors import missing
from menet_design.exporting.subject import Subject
from menet_design.families import metadata
from menet_design.families.naming import options


def write(subject: Subject, path: Path) -> None:
    """Write the state dict under the names that it has here. Raises MissingPackage without safetensors."""
    try:
        from safetensors.torch import save
    except ModuleNotFoundError as error:
        raise missing(error) from None
    # Tensors that share memory, as tied weights do, are copied: safetensors refuses them.
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in subject.model.state_dict().items()}
    design = subject.design
    said = metadata.written(design.name, options(design)) if design else None
    path.write_bytes(save(tensors, said))
