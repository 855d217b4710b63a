"""Weights from files, read without running anything that the file may hold."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from menet_design.errors import CheckpointError
from menet_design.models import model_module

Model = TypeVar("Model", bound=nn.Module)


def load_checkpoint(model: Model, path: str | Path) -> Model:
    """Load a state dict, or a dict that holds one as "state_dict", into a model that `build` made; return it.

    Layer names may be ours, the authors' or pytorchcv's, with or without DataParallel's "module." prefix.
    Only tensors are unpickled (`weights_only`), on the CPU. Raises CheckpointError, and leaves the model as
    it was, where the file cannot be read, holds anything but tensors, or does not fit the model.
    """
    rename = model_module(type(model).__module__.rpartition(".")[2]).rename_key
    tensors = {rename(key.removeprefix("module.")): tensor for key, tensor in _read(Path(path)).items()}
    _check_fit(model, tensors, path)
    model.load_state_dict(tensors, strict=False)
    return model


def _read(path: Path) -> dict[str, Tensor]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror or error}") from None
    except Exception as error:  # a damaged file can make the unpickler raise anything
        if "weights_only" in str(error):
            raise CheckpointError(f"{path} holds more than tensors and is not loaded: it could run code") from None
        raise CheckpointError(f"{path} is not a whole checkpoint of PyTorch") from None
    state = content.get("state_dict", content) if isinstance(content, Mapping) else content
    if not isinstance(state, Mapping) or not state or not all(map(_is_entry, state.items())):
        raise CheckpointError(f"{path} holds no state dict of dense tensors")
    return dict(state)


def _is_entry(item: tuple[Any, Any]) -> bool:
    key, value = item
    dense = isinstance(value, Tensor) and value.layout == torch.strided and value.device.type == "cpu"
    return isinstance(key, str) and dense and not value.is_quantized and not value.is_complex()


def _check_fit(model: nn.Module, tensors: Mapping[str, Tensor], path: str | Path) -> None:
    """Both sides hold the same names with the same shapes; batch counters may be missing."""
    expected = model.state_dict()
    for name, tensor in expected.items():
        if name not in tensors and name.endswith("num_batches_tracked"):
            continue
        if name not in tensors:
            raise CheckpointError(f"{path} does not fit the design: it has no {name}")
        if tensors[name].shape != tensor.shape:
            shapes = f"{tuple(tensors[name].shape)} there, {tuple(tensor.shape)} in the design"
            raise CheckpointError(f"{path} does not fit the design: {name} is {shapes}")
    for name in tensors:
        if name not in expected:
            raise CheckpointError(f"{path} does not fit the design, which has no {name}")
