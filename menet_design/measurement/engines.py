"""Engines: what runs a model. Each makes of a model and its inputs a function that runs it once."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from menet_design.errors import DesignError
from menet_design.measurement.conditions import Conditions
from menet_design.quiet import quiet


class Prepared(NamedTuple):
    """A copy of a model, ready to run: `run` does it once on the inputs; `archive` is what an engine has exported."""

    model: nn.Module
    inputs: tuple[Tensor, ...]
    run: Callable[[], object]
    archive: bytes = b""


def prepare(model: nn.Module, shapes: Sequence[Sequence[int]], batch: int, conditions: Conditions) -> Prepared:
    """A copy of a model in evaluation mode, and random inputs of these shapes without the batch, for an engine."""
    dtype: torch.dtype = getattr(torch, conditions.precision)
    layout = torch.channels_last if conditions.channels_last else torch.contiguous_format
    generator = torch.Generator().manual_seed(0)
    copy: Any = deepcopy(model).eval().to("cpu", dtype)
    images = (torch.rand(batch, *shape, generator=generator).to(dtype) for shape in shapes)
    if conditions.channels_last:
        copy = copy.to(memory_format=layout)
    inputs = tuple(each.contiguous(memory_format=layout) if each.dim() == 4 else each for each in images)
    return _MAKERS[conditions.engine](copy, inputs, conditions)


def _eager(model: nn.Module, inputs: tuple[Tensor, ...], conditions: Conditions) -> Prepared:
    return Prepared(model, inputs, lambda: model(*inputs))


def _compiled(model: nn.Module, inputs: tuple[Tensor, ...], conditions: Conditions) -> Prepared:
    compiled = torch.compile(model)
    return Prepared(model, inputs, lambda: compiled(*inputs))


def _onnxruntime(model: nn.Module, inputs: tuple[Tensor, ...], conditions: Conditions) -> Prepared:
    import onnxruntime

    archive = exported(model, inputs)
    session = onnxruntime.InferenceSession(archive, session_options(conditions), providers=["CPUExecutionProvider"])
    fed = feeds(session, inputs)
    return Prepared(model, inputs, lambda: session.run(None, fed), archive)


_MAKERS: Mapping[str, Callable[[nn.Module, tuple[Tensor, ...], Conditions], Prepared]] = {
    "eager": _eager,
    "compiled": _compiled,
    "onnxruntime": _onnxruntime,
}


def exported(model: nn.Module, inputs: tuple[Tensor, ...]) -> bytes:
    """A model as torch's exporter writes it to ONNX."""
    import onnxscript  # noqa: F401, what the exporter needs and torch does not bring along

    with quiet():
        program = torch.onnx.export(model, inputs, dynamo=True, verbose=False)
    if program is None:
        raise DesignError(f"{type(model).__name__} was not exported to ONNX")
    return bytes(program.model_proto.SerializeToString())


def session_options(conditions: Conditions) -> Any:
    """What onnxruntime is told: so many threads, which do not keep cores busy in the turns of others."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = conditions.threads, 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def feeds(session: Any, inputs: tuple[Tensor, ...]) -> dict[str, object]:
    """The inputs of a session, by name."""
    names = (each.name for each in session.get_inputs())
    return {name: each.numpy() for name, each in zip(names, inputs, strict=True)}
