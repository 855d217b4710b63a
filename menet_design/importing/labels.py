"""Which channel stands where: labels of channels that follow the operations which only move data.

A labelled tensor has the label of its channel at each place, an integer; places that have no channel, such as padding,
have NONE. Where labels do not change along an axis, the array has size 1 there: `compressed`. Whatever spells a
permutation, a slice or a concatenation is executed on the labels themselves, by numpy.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Labels = np.ndarray[Any, Any]

NONE = -1
Shape = tuple[int, ...]
# Moves labels: (the arguments, in which tensors are labels of full shape; the shapes to make).
_Move = Callable[[Mapping[str, Any], Sequence[Shape]], "Sequence[Labels]"]


def fresh(first: int, channels: int, axis: int, dimensions: int) -> "Labels":
    """The labels of new channels along an axis."""
    import numpy as np

    shape = [1] * dimensions
    shape[axis] = channels
    return np.arange(first, first + channels, dtype=np.int32).reshape(shape)


def compressed(labels: "Labels") -> "Labels":
    """Labels with size 1 along every axis on which they do not change."""
    for axis in range(labels.ndim):
        first = labels[(slice(None),) * axis + (slice(0, 1),)]
        if labels.shape[axis] > 1 and (not labels.strides[axis] or (labels == first).all()):
            labels = first
    return labels


def moved(operation: str, arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "list[Labels]":
    """What an operation that only moves data makes of labels: tensors in the arguments are Labelled."""
    made = _MOVES[operation]({name: _full(value) for name, value in arguments.items()}, shapes)
    return [compressed(each) for each in made]


def is_moving(operation: str) -> bool:
    """Whether an operation only moves data."""
    return operation in _MOVES


class Labelled(NamedTuple):
    """Labels, compressed, and the shape that they stand for."""

    labels: "Labels"
    shape: Shape


def scalar(label: int) -> "Labels":
    """The label of a tensor without axes."""
    import numpy as np

    return np.array(label, dtype=np.int32)


def _full(value: Any) -> Any:
    """Labels of full shape for labelled arguments, also in lists."""
    import numpy as np

    if isinstance(value, Labelled):
        return np.broadcast_to(value.labels, value.shape)
    if isinstance(value, list | tuple):
        return [_full(each) for each in value]
    return value


def _reshape(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    """Another shape of what stands first, which is called self or input."""
    return [next(iter(arguments.values())).reshape(shapes[0])]


def _permute(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    return [arguments["self"].transpose(arguments["dims"])]


def _transpose(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    return [arguments["self"].swapaxes(arguments["dim0"], arguments["dim1"])]


def _reversed(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    return [arguments["self"].T]


def _expand(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    import numpy as np

    return [np.broadcast_to(arguments["self"], shapes[0])]


def _cut(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    """Consecutive parts along an axis."""
    import numpy as np

    axis = arguments.get("dim", 0)
    ends = np.cumsum([shape[axis] for shape in shapes])[:-1]
    return np.split(arguments["self"], ends, axis)


def _unbind(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    axis = arguments.get("dim", 0)
    return [arguments["self"].take(index, axis) for index in range(len(shapes))]


def _slice(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    labels, axis = arguments["self"], arguments.get("dim", 0) % arguments["self"].ndim
    part = slice(arguments.get("start"), arguments.get("end"), arguments.get("step", 1))
    return [labels[(slice(None),) * axis + (part,)]]


def _select(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    return [arguments["self"].take(arguments["index"], arguments["dim"])]


def _narrow(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    first = arguments["start"]
    return [arguments["self"].take(range(first, first + arguments["length"]), arguments["dim"])]


def _cat(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    """Side by side; constants beside what has its channels along another axis stand in them, as padding does."""
    import numpy as np

    axis, tensors = arguments.get("dim", 0), [each for each in arguments["tensors"] if each.size]
    edge = max((each.take([0], axis) for each in tensors), key=np.max)
    if edge.min() != edge.max() and all((each == NONE).all() or (each == edge).all() for each in tensors):
        return [np.broadcast_to(edge, shapes[0])]
    return [np.concatenate(tensors, axis)]


def _stack(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    import numpy as np

    return [np.stack(arguments["tensors"], arguments.get("dim", 0))]


def _index(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    places = tuple(slice(None) if each is None else _known(each) for each in arguments["indices"])
    return [arguments["self"][places]]


def _index_select(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    return [arguments["self"].take(_known(arguments["index"]), arguments["dim"])]


def _known(index: Any) -> Any:
    """An index whose numbers are known: a constant, and not labels of what the network makes."""
    import numpy as np

    if isinstance(index, np.ndarray):
        raise ValueError("an index that is not constant")
    return np.asarray(index)


def _slice_scatter(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    """A slice that was written into."""
    made = arguments["self"].copy()
    _slice({**arguments, "self": made}, shapes)[0][...] = arguments["src"]
    return [made]


def _select_scatter(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    import numpy as np

    made = arguments["self"].copy()
    np.moveaxis(made, arguments["dim"], 0)[arguments["index"]] = arguments["src"]
    return [made]


def _write(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    """What was written through another view of the same storage: `places` are the elements' there, -1 where in none."""
    import numpy as np

    places = arguments["places"]
    return [np.where(places < 0, arguments["self"], arguments["source"].reshape(-1)[places])]


def _unfold(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    """Windows along an axis, which may overlap: what stands in each goes along a new last axis."""
    import numpy as np

    labels, axis = arguments["self"], arguments["dimension"] % arguments["self"].ndim
    windows = np.lib.stride_tricks.sliding_window_view(labels, arguments["size"], axis)
    return [windows[(slice(None),) * axis + (slice(None, None, arguments["step"]),)]]


def _flip(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    import numpy as np

    return [np.flip(arguments["self"], arguments["dims"])]


def _roll(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    import numpy as np

    return [np.roll(arguments["self"], arguments["shifts"], arguments.get("dims") or None)]


def _repeat(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    import numpy as np

    labels, repeats = arguments["self"], arguments.get("repeats") or arguments["dims"]
    if labels.size * prod(repeats) != prod(shapes[0]):
        raise ValueError("more repeats than its shape has")
    return [np.tile(labels, repeats)]


def _move_axes(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    import numpy as np

    return [np.moveaxis(arguments["self"], arguments["source"], arguments["destination"])]


def _pad(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    """Padding by a constant: places without a channel. `pad` begins with the last axis; below zero it crops."""
    import numpy as np

    labels, pad = arguments["self"], list(arguments.get("pad") or arguments["padding"])
    widths = [(pad[2 * i], pad[2 * i + 1]) for i in range(len(pad) // 2)][::-1]
    widths = [(0, 0)] * (labels.ndim - len(widths)) + widths
    if any(side + sum(width) != made for side, width, made in zip(labels.shape, widths, shapes[0], strict=True)):
        raise ValueError("more padding than its shape has")
    crops = tuple(slice(max(-a, 0), side - max(-b, 0)) for (a, b), side in zip(widths, labels.shape, strict=True))
    grown = [(max(a, 0), max(b, 0)) for a, b in widths]
    # Spatial padding does not change which channel stands where; padding of other axes adds places without one.
    spatial = [axis >= 2 and bool(sum(width)) for axis, width in enumerate(grown)]
    edge = [width if is_spatial else (0, 0) for width, is_spatial in zip(grown, spatial, strict=True)]
    rest = [(0, 0) if is_spatial else width for width, is_spatial in zip(grown, spatial, strict=True)]
    padded = np.pad(labels[crops], edge, mode="edge")
    return [np.pad(padded, rest, mode="constant", constant_values=NONE)]


def _pixel_shuffle(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    factor, (*before, channels, height, width) = arguments["upscale_factor"], arguments["self"].shape
    split = arguments["self"].reshape(*before, channels // factor**2, factor, factor, height, width)
    first = len(before)
    axes = (*range(first), first, first + 3, first + 1, first + 4, first + 2)
    return [split.transpose(axes).reshape(shapes[0])]


def _pixel_unshuffle(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    factor, (*before, channels, height, width) = arguments["downscale_factor"], arguments["self"].shape
    split = arguments["self"].reshape(*before, channels, height // factor, factor, width // factor, factor)
    first = len(before)
    axes = (*range(first), first, first + 2, first + 4, first + 1, first + 3)
    return [split.transpose(axes).reshape(shapes[0])]


def _channel_shuffle(arguments: Mapping[str, Any], shapes: Sequence[Shape]) -> "Sequence[Labels]":
    labels, groups = arguments["self"], arguments["groups"]
    batch, channels, *sides = labels.shape
    return [labels.reshape(batch, groups, channels // groups, *sides).swapaxes(1, 2).reshape(labels.shape)]


_MOVES: Mapping[str, _Move] = {
    **dict.fromkeys(
        (
            "view",
            "_unsafe_view",
            "reshape",
            "flatten",
            "unflatten",
            "squeeze",
            "unsqueeze",
            "alias",
            "detach",
            "clone",
            "contiguous",
            "_to_copy",
            "to",
            "lift_fresh",
            "lift_fresh_copy",
            "dropout",
            "feature_dropout",
            "identity",
            "view_as",
            "reshape_as",
            "alpha_dropout",
            "feature_alpha_dropout",
            "_reshape_alias",
        ),
        _reshape,
    ),
    "permute": _permute,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), _transpose),
    **dict.fromkeys(("t", "numpy_T"), _reversed),
    **dict.fromkeys(("expand", "expand_as"), _expand),
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "tensor_split"), _cut),
    "unbind": _unbind,
    "slice": _slice,
    "select": _select,
    "narrow": _narrow,
    "write": _write,
    "unfold": _unfold,
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat),
    "stack": _stack,
    "index": _index,
    "index_select": _index_select,
    "flip": _flip,
    "roll": _roll,
    **dict.fromkeys(("repeat", "tile"), _repeat),
    **dict.fromkeys(("movedim", "moveaxis"), _move_axes),
    "slice_scatter": _slice_scatter,
    "select_scatter": _select_scatter,
    **dict.fromkeys(("constant_pad_nd", "pad", "reflection_pad2d", "replication_pad2d", "zero_pad2d"), _pad),
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), _channel_shuffle),
}
