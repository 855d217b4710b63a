"""Weights from files put into a model, under whatever names its layers have there."""

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from torch import Tensor, nn

from menet_design.errors import CheckpointError
from menet_design.models.matching import Ambiguous, Layer, NoMatch, Shape, alike, layers, match
from menet_design.models.stored import read_state
from menet_design.values import check_type, named

Model = TypeVar("Model", bound=nn.Module)
# What batch norms count, which no network computes with: files may lack it.
_COUNTER = "num_batches_tracked"


def load_checkpoint(
    model: Model,
    path: str | Path,
    *,
    rename: Mapping[str, str] | None = None,
    leave: Iterable[str] | None = None,
    key: str = "",
    trust: Iterable[str] | None = None,
) -> Model:
    """Load the weights of a file of torch.save or safetensors into a model, and return it.

    Layers may have other names there: they are found by the tree of their names, their shapes and their order. Where
    that leaves a choice, `rename` gives names, or parts of names between dots, by those that the file has. Layers of
    which `leave` has a part of the name stay as they are. `key` chooses of several state dicts; `trust` has the full
    names of classes that may be made of what the file holds beside tensors ("argparse.Namespace"). Raises
    CheckpointError, and leaves the model as it was, where the file cannot be read or does not fit the model.

    >>> load_checkpoint(nn.Linear(3, 5), "weights.pth")
    Traceback (most recent call last):
        ...
    menet_design.errors.CheckpointError: cannot read weights.pth: No such file or directory
    """
    check_type("a model", model, nn.Module, "an nn.Module")
    check_type("a file of weights", path, (str, Path), "a path")
    tensors, ordered = read_state(Path(path), key, named("trust", trust))
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    kept = named("leave", leave)
    fitted = partial(_fitted, expected, tensors, rename or {}, ordered=ordered)
    try:
        model.load_state_dict(fitted(kept), strict=False)
    except NoMatch as reason:
        cause = f"{path} does not fit the design: {reason}"
        raise CheckpointError(cause, _remedy(reason, kept, layers(expected)[-1:], fitted)) from None
    return model


def _fitted(
    expected: Mapping[str, Shape],
    tensors: Mapping[str, Tensor],
    rename: Mapping[str, str],
    leave: Sequence[str],
    ordered: bool,
) -> dict[str, Tensor]:
    """The tensors of a file by our names; raises NoMatch where they do not fit."""
    tensors, given = _renamed(tensors, rename, expected)
    left, tensors = _left(leave, expected, tensors)
    return _fitting(expected, left, _unprefixed(tensors, expected), given, ordered)


def _remedy(
    reason: NoMatch, kept: Sequence[str], last: Sequence[Layer], fitted: Callable[[Sequence[str]], object]
) -> str:
    """What may help: names, or to leave the last layer as it is, as one does for other classes, if all others fit."""
    if isinstance(reason, Ambiguous):
        return "Say which with --rename THEIRS=OURS"
    with contextlib.suppress(NoMatch):
        for layer in last:
            fitted([*kept, layer.name])
            return f"All others fit: --except {layer.name} leaves it as it is"
    return ""


def _renamed(
    tensors: Mapping[str, Tensor], rename: Mapping[str, str], expected: Mapping[str, Shape]
) -> tuple[dict[str, Tensor], set[str]]:
    """Tensors by their names after renaming, and the layers of ours that were given so."""
    renamed: dict[str, Tensor] = {}
    names = {name: name for name in tensors}
    for old, new in rename.items():
        part, text = _part(old), new.replace("\\", r"\\")
        found = {name: part.sub(text, now) for name, now in names.items()}
        if found == names:
            raise NoMatch(f"it has no {old!r:.60} to rename")
        names = found
    for name, now in names.items():
        if now in renamed:
            raise NoMatch(f"it has two tensors for {now:.80}")
        renamed[now] = tensors[name]
    return renamed, {_layer(now) for name, now in names.items() if name != now and now in expected}


def _left(
    leave: Sequence[str], expected: Mapping[str, Shape], tensors: Mapping[str, Tensor]
) -> tuple[set[str], dict[str, Tensor]]:
    """Our layers that stay as they are, and the tensors without those that have such names too."""
    parts = [_part(each) for each in leave]
    for part, text in zip(parts, leave, strict=True):
        if not any(map(part.search, (*expected, *tensors))):
            raise NoMatch(f"neither has a layer {text!r:.60} to leave as it is")
    left = {_layer(name) for name in expected if any(part.search(name) for part in parts)}
    return left, {name: each for name, each in tensors.items() if not any(part.search(name) for part in parts)}


def _part(text: str) -> re.Pattern[str]:
    """What finds parts of a dotted name."""
    return re.compile(rf"(?<![^.]){re.escape(text)}(?![^.])")


def _unprefixed(tensors: Mapping[str, Tensor], expected: Mapping[str, Shape]) -> dict[str, Tensor]:
    """Tensors without what stands before all names, as "module." of DataParallel does."""
    shortened = dict(tensors)
    while shortened.keys().isdisjoint(expected):
        first = {name.partition(".")[0] for name in shortened}
        if len(first) != 1 or not all("." in name for name in shortened):
            break
        shortened = {name.partition(".")[2]: tensor for name, tensor in shortened.items()}
    return shortened


def _fitting(
    expected: Mapping[str, Shape], left: set[str], tensors: Mapping[str, Tensor], given: set[str], ordered: bool
) -> dict[str, Tensor]:
    """The tensors by our names and in our shapes."""
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    ours, theirs = _counted_out(expected), _counted_out(shapes)
    needed = {name: shape for name, shape in ours.items() if _layer(name) not in left}
    if needed.keys() == theirs.keys():
        _check_shapes(needed, theirs)
        names = {each: each for each in map(_layer, theirs)}
    else:
        names = _matched(ours, theirs, left, given, ordered)
    found = {f"{names[_layer(name)]}.{_role(name)}": each for name, each in tensors.items() if _layer(name) in names}
    return {name: tensor.reshape(expected[name]) for name, tensor in found.items() if name in expected}


def _matched(
    ours: Mapping[str, Shape], theirs: Mapping[str, Shape], left: set[str], given: set[str], ordered: bool
) -> dict[str, str]:
    """Our layers by theirs: those that were given, and the others by structure, of which some may be left."""
    _check_shapes({name: shape for name, shape in ours.items() if _layer(name) in given}, theirs)
    ours_open, theirs_open = ([each for each in layers(side) if each.name not in given] for side in (ours, theirs))
    try:
        return {name: name for name in given} | _match(ours_open, theirs_open, left, ordered)
    except Ambiguous:
        raise
    except NoMatch:
        if 2 * len(ours.keys() & theirs.keys()) > len(ours):  # ours in the main: names say it best
            _check_shapes({name: shape for name, shape in ours.items() if _layer(name) not in left}, theirs)
            extra = next(name for name in theirs if name not in ours)
            raise NoMatch(f"the design has no {extra:.80}") from None
        raise


def _match(ours: list[Layer], theirs: list[Layer], left: set[str], ordered: bool) -> dict[str, str]:
    """Our layers that are not left by theirs, which may have others in the place of those that are."""
    rest = [each for each in ours if each.name not in left]
    return match(rest if len(rest) == len(theirs) else ours, theirs, left, ordered)


def _check_shapes(ours: Mapping[str, Shape], theirs: Mapping[str, Shape]) -> None:
    for name, shape in ours.items():
        if name not in theirs:
            raise NoMatch(f"it has no {name}")
        if not alike(shape, theirs[name]):
            raise NoMatch(f"{name} is {theirs[name]} there, {shape} in the design")


def _counted_out(shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    return {name: shape for name, shape in shapes.items() if _role(name) != _COUNTER}


def _layer(name: str) -> str:
    return name.rpartition(".")[0]


def _role(name: str) -> str:
    return name.rpartition(".")[2]
