"""Weights from files, read without running anything that the file may hold."""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from menet_design import families
from menet_design.errors import CheckpointError
from menet_design.models import model_module

_WEIGHT_TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_COUNTER_TYPES = (torch.int64, torch.int32)
Model = TypeVar("Model", bound=nn.Module)


def load_checkpoint(model: Model, path: str | Path) -> Model:
    """Load a state dict, or a dict that holds one as "state_dict", into a model that `build` made; return it.

    Layer names may be ours, the authors' or pytorchcv's, with or without DataParallel's "module." prefix.
    Only tensors are unpickled (`weights_only`), on the CPU. Raises CheckpointError, and leaves the model as
    it was, where the file cannot be read, holds anything but tensors, or does not fit the model.
    """
    tensors = _renamed(_read(Path(path)), _rename_of(model), path)
    _check_fit(model, tensors, path)
    model.load_state_dict(tensors, strict=False)
    return model


def _rename_of(model: nn.Module) -> Callable[[str], str]:
    family = type(model).__module__.rpartition(".")[2]
    if family not in map(families.module, families.FAMILIES):
        raise CheckpointError(f"{type(model).__name__} is not a model of this package", "Make one with build")
    rename: Callable[[str], str] = getattr(model_module(family), "rename_key", str)
    return rename


def _read(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of foreign pickles, which are refused below
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from None
    except Exception as error:  # a damaged file can make the unpickler raise anything
        if "unsupported global" in str(error).lower():
            raise CheckpointError(f"{path} holds more than tensors and is not loaded: it could run code") from None
        raise CheckpointError(f"{path} is not a whole checkpoint of PyTorch") from None
    state = content.get("state_dict", content) if isinstance(content, Mapping) else content
    if not isinstance(state, Mapping) or not state or not all(map(_is_entry, state.items())):
        raise CheckpointError(f"{path} holds no state dict of dense tensors of numbers")
    return dict(state)


def _renamed(state: Mapping[str, Tensor], rename: Callable[[str], str], path: str | Path) -> dict[str, Tensor]:
    """The tensors by our names; two tensors for one name are refused."""
    tensors: dict[str, Tensor] = {}
    for key, tensor in state.items():
        name = rename(key.removeprefix("module."))
        if name in tensors:
            raise CheckpointError(f"{path} holds two tensors for {_printed(name)}")
        tensors[name] = tensor
    return tensors


def _printed(name: str) -> str:
    """A name of any file's making, on one line."""
    return " ".join(name.split())[:80]


def _is_entry(item: tuple[Any, Any]) -> bool:
    key, value = item
    if not isinstance(key, str) or not isinstance(value, Tensor) or value.is_nested:
        return False
    dense = value.layout == torch.strided and value.device.type == "cpu"
    return dense and value.dtype in (_COUNTER_TYPES if key.endswith("num_batches_tracked") else _WEIGHT_TYPES)


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
            raise CheckpointError(f"{path} does not fit the design, which has no {_printed(name)}")
