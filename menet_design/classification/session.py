"""Programs in `.onnx` files, run by onnxruntime. Nothing is read but the file itself."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from menet_design.errors import DesignError, missing
from menet_design.files import read_file

# What protobuf reads at most.
_LARGEST = 2**31


class Session(NamedTuple):
    """What runs a program on images, by which engine, and the digest of its file."""

    run: Callable[[Tensor], Tensor]
    engine: str
    fingerprint: str


def session(path: Path) -> Session:
    """What runs the program in a file, which takes one image or any number of them.

    Raises DesignError for a program with data in other files, which onnxruntime would read wherever they are, and for
    one that it cannot run; MissingPackage without onnx and onnxruntime.
    """
    try:
        import onnx
        import onnxruntime
    except ModuleNotFoundError as error:
        raise missing(error) from None
    content = read_file(path, _LARGEST)
    _check_whole(onnx.load_model_from_string(content), path)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised, too
    try:
        made = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise DesignError(f"onnxruntime cannot run {path}: {str(error).splitlines()[0]:.200}") from None
    return Session(_running(made, path), f"onnxruntime {onnxruntime.__version__}", sha256(content).hexdigest())


def _check_whole(model: Any, path: Path) -> None:
    for each in _messages(model):
        if type(each).__name__ == "TensorProto" and (each.data_location or each.external_data):
            remedy = "Export it as one file: torch.onnx.export(…, external_data=False)"
            raise DesignError(f"{path} has weights in another file, which is not read", remedy)


def _messages(message: Any) -> Iterator[Any]:
    """All messages of protobuf in one, itself included."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for each in [value] if hasattr(value, "ListFields") else value:
                yield from _messages(each)


def _running(made: Any, path: Path) -> Callable[[Tensor], Tensor]:
    """What runs a session, with as many images at once as it takes: one, or all."""
    inputs, outputs = made.get_inputs(), made.get_outputs()
    if ([each.type for each in inputs], len(outputs)) != (["tensor(float)"], 1):
        raise DesignError(
            f"{path} is no classifier: it takes more than one image in float32, or gives more than logits"
        )
    name, batch = inputs[0].name, inputs[0].shape[0]

    def run(images: Tensor) -> Tensor:
        parts = torch.split(images, batch if isinstance(batch, int) else len(images))
        return torch.cat([torch.from_numpy(made.run(None, {name: part.numpy()})[0]) for part in parts])

    return run
