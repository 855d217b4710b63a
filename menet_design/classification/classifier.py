"""A network with its weights, ready to run, by torch or by onnxruntime: what it takes and what it gives."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from menet_design.analysis.memory import memory
from menet_design.classification.session import session
from menet_design.datasets.transforms import Evaluation
from menet_design.errors import DesignError, NotationError, check_memory, lines_of
from menet_design.families import architectures
from menet_design.families.design import Design, sides
from menet_design.families.metadata import stored
from menet_design.families.notation import read_or_none
from menet_design.files import WEIGHTS, open_file
from menet_design.graph.network import Network
from menet_design.importing import ARCHIVES
from menet_design.models import described
from menet_design.models.checkpoint import load_checkpoint

_ENDINGS = re.compile(r"(\.(pth|pt|tar|ckpt|bin|safetensors))+$", re.IGNORECASE)


@dataclass(frozen=True)
class Classifier:
    """What runs on images (batch, channels, height, width) of a shape, and gives logits (batch, classes).

    `name` and `title` are the network's, `weights` the file of its weights, None where it has them by itself; `engine`
    is what runs it, `fingerprint` a digest of weights and network.
    """

    name: str
    title: str
    weights: str | None
    engine: str
    shape: tuple[int, int, int]
    classes: int
    fingerprint: str = field(repr=False)
    run: Callable[[Tensor], Tensor] = field(repr=False, compare=False)

    @property
    def origin(self) -> str:
        """Where the weights come from, in words."""
        return f"weights of {self.weights}" if self.weights else "its own weights"

    @property
    def transform(self) -> Evaluation:
        """What makes of a picture what the network takes."""
        return Evaluation(self.shape)

    def logits(self, images: Tensor) -> Tensor:
        """The logits of images; DesignError where they are not finite, since nothing can be said then."""
        found = self.run(images)
        if not found.isfinite().all():
            raise DesignError(f"{self.title} gives logits that are not finite, with {self.origin}")
        return found


def source_of(weights: Path, network: Any = None) -> Any:
    """The network that a file of weights is of: the named one, or that which the file, or the file's name, says.

    Raises NotationError where nothing says it, and for a program in a `.pt2`, which torch would unpickle to run.

    >>> source_of(Path("weights/108-MENet-8x1-group-3.pth.tar"))
    '108-MENet-8x1-group-3'
    """
    text = str(weights)
    if text.lower().endswith(ARCHIVES):
        return _archive(text, network)
    if network is not None:
        return network
    name = _ENDINGS.sub("", weights.name)
    said = [*[text] * (stored(text) is not None), name]
    found = next((each for each in said if read_or_none(each)), None)
    if found is None:
        open_file(weights, WEIGHTS).close()  # the cause may be that there is no such file
        raise NotationError(f"{weights} does not say which network its weights belong to", "Name it with --network")
    return found


def _archive(text: str, network: Any) -> str:
    if not text.lower().endswith(".onnx"):
        raise NotationError(f"{text} is a program of torch, which would unpickle it to run", "Export it to .onnx")
    if network is not None:
        raise NotationError(f"{text} holds its network itself", "Leave out --network")
    return text


def of_model(
    made: Design | tuple[nn.Module, Sequence[Sequence[int]]], weights: Path | None, reading: Mapping[str, Any]
) -> Classifier:
    """A design or a module, which is copied, with the weights of a file, read with the keywords of `load_checkpoint`.

    A module may have its own. Raises DesignError where weights do not fit, or the network classifies no image.
    """
    model: nn.Module
    if isinstance(made, Design):
        _check_memory(architectures.network(made))
        model, name, title = described(made)[0](made), made.name, made.title
        shapes: Sequence[Sequence[int]] = [(made.channels, *sides(made.resolution))]
    else:
        model, shapes = deepcopy(made[0]), made[1]
        name = title = type(model).__name__
    if weights is not None:
        load_checkpoint(model, weights, **reading)
    model.eval().requires_grad_(False)
    digest = sha256(f"{title} {shapes}".encode())
    for key, tensor in model.state_dict().items():
        digest.update(key.encode() + tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    run = _inferring(model)
    classes = _classes(title, shapes, run)
    engine = f"torch {torch.__version__.partition('+')[0]}"
    file = weights.name if weights else None
    return Classifier(name, title, file, engine, _shape(shapes), classes, digest.hexdigest(), run)


def _inferring(model: nn.Module) -> Callable[[Tensor], Any]:
    def run(images: Tensor) -> Any:
        with torch.inference_mode():
            return model(images)

    return run


def of_onnx(network: Network, path: Path) -> Classifier:
    """The program in an `.onnx` file, whose network has been read; MissingPackage without onnxruntime."""
    _check_memory(network)
    made = session(path)
    classes = _classes(network.title, network.inputs, made.run)
    said = (network.name, network.title, path.name, made.engine, _shape(network.inputs))
    return Classifier(*said, classes, made.fingerprint, made.run)


def _check_memory(network: Network) -> None:
    """Raise DesignError for what a file may say and no machine holds: it may be a small one."""
    check_memory(f"running {network.title}", memory(network).total, "flops counts it, and runs nothing")


def _classes(title: str, shapes: Sequence[Sequence[int]], run: Callable[[Tensor], Any]) -> int:
    """How many classes there are, once an image of zeros has been classified; DesignError where it cannot be."""
    if len(shapes) != 1 or len(shapes[0]) != 3:
        raise DesignError(f"{title} takes no image: its inputs are {', '.join(map(_sides, shapes))}")
    try:
        logits = run(torch.zeros(1, *shapes[0]))
    except Exception as error:  # a module's own code raises anything, and so does an engine
        raise DesignError(f"{title} does not run on an image of {_sides(shapes[0])}: {lines_of(error)[0]}") from None
    if not (isinstance(logits, Tensor) and logits.dim() == 2 and len(logits) == 1 and logits.is_floating_point()):
        raise DesignError(f"{title} is no classifier: it does not give one row of logits for an image")
    return logits.shape[1]


def _shape(shapes: Sequence[Sequence[int]]) -> tuple[int, int, int]:
    channels, height, width = shapes[0]
    return channels, height, width


def _sides(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))
