"""Bytes that networks move: by hand on small graphs, and as much as the tensors of a running module are large."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from menet_design.analysis.traffic import BYTES, Movement, traffic
from menet_design.errors import DesignError
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block, chain
from menet_design.graph.operation import Operation, UnknownOperation
from menet_design.resolving import network


def small():
    """3 channels on 8×8: a convolution to 4, its norm, a ReLU, another ReLU of it, their sum."""
    builder = BlockBuilder(3, 8, 8)
    x = builder.relu("relu", builder.norm("norm", builder.conv("conv", builder.input, 4)))
    builder.add("add", x, builder.relu("again", x))
    return chain((3, 8, 8), {"stage": builder.block()})


# Elements of the input, of a map of 4 channels, and parameters of the convolution and of the norm.
IN, MAP, WEIGHTS, SCALES = 3 * 64, 4 * 64, 3 * 4, 2 * 4


@pytest.mark.parametrize(
    ("fused", "elements"),
    [
        (False, [IN + WEIGHTS + MAP, MAP + SCALES + MAP, MAP + MAP, MAP + MAP, MAP + MAP + MAP]),
        # The norm and the first ReLU are computed as the convolution writes; what the second reads is read twice.
        (True, [IN + WEIGHTS + MAP, 0, 0, MAP + MAP, MAP + MAP + MAP]),
    ],
)
def test_each_operation_reads_and_writes_once(fused, elements):
    found = traffic(small(), fused=fused)
    assert [each.bytes for each in found.movements] == [4 * each for each in elements]
    assert found.bytes == 4 * sum(elements)
    assert found.intensity == 64 * WEIGHTS / found.bytes


def test_what_a_network_returns_is_written():
    builder = BlockBuilder(3, 8, 8)
    conv = builder.conv("conv", builder.input, 4)
    builder.relu("relu", conv)
    own = chain((3, 8, 8), {"stage": builder.block()})
    both = type(own)(blocks=own.blocks, inputs=own.inputs, outputs=("stage.conv", "stage.relu"))
    assert [each.bytes > 0 for each in traffic(own, fused=True).movements] == [True, False]
    assert [each.bytes > 0 for each in traffic(both, fused=True).movements] == [True, True]


def of(*operations):
    return chain((6, 4, 4), {"stage": Block("", operations)})


def test_views_and_constants_move_nothing_and_what_is_read_twice_moves_once():
    half = Operation("slice", "slice", ("input",), ((6, 4, 4),), (3, 4, 4), selection=(0, 1, 2))
    scale = Operation("scale", "constant", (), (), (3, 4, 4))
    square = Operation("square", "product", ("slice", "slice"), ((3, 4, 4), (3, 4, 4)), (3, 4, 4))
    scaled = Operation("scaled", "product", ("square", "scale"), ((3, 4, 4), (3, 4, 4)), (3, 4, 4))
    moved = [each.bytes for each in traffic(of(half, scale, square, scaled), "int8").movements]
    assert moved == [0, 0, 2 * 48, 3 * 48]


def test_an_embedding_reads_the_rows_that_it_takes():
    taken = Operation("words", "embedding", ("input",), ((6, 4, 4),), (10, 96), parameters=10 * 5000)
    (moved,) = traffic(of(taken)).movements
    assert moved.bytes == 4 * (96 + 2 * 960)


@given(st.sampled_from(sorted(BYTES)), st.integers(1, 8))
def test_a_batch_moves_activations_so_often_and_parameters_once(dtype, batch):
    size = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}[dtype]
    found = network("ResNet-20", batch=batch)
    # The authors' ResNet-20 has 0.27 million parameters (arXiv 1512.03385, Table 6): all are read once.
    assert batch * traffic(network("ResNet-20"), dtype).bytes - traffic(found, dtype).bytes == (
        (batch - 1) * size * traffic(found, dtype).cost.params
    )


class Seen(nn.Sequential):
    """Layers one after the other, each a module, whose tensors are measured as they run."""

    def moved(self, x):
        elements = []
        for module in self:
            made = module(x)
            elements.append(x.numel() + made.numel() + sum(each.numel() for each in module.parameters()))
            x = made
        return elements


@given(
    st.lists(st.sampled_from(["conv", "norm", "relu", "pool", "grouped"]), min_size=1, max_size=6),
    st.integers(1, 3),
)
def test_it_is_as_much_as_the_tensors_of_a_running_module_are_large(kinds, half):
    width = 2 * half
    layers = {
        "conv": lambda: nn.Conv2d(width, width, 3, padding=1),
        "grouped": lambda: nn.Conv2d(width, width, 1, groups=2, bias=False),
        "norm": lambda: nn.BatchNorm2d(width),
        "relu": nn.ReLU,
        "pool": lambda: nn.MaxPool2d(3, 1, 1),
    }
    module = Seen(*(layers[kind]() for kind in kinds)).eval()
    found = traffic(network(module, input=(width, 5, 6)))
    assert [each.bytes for each in found.movements] == [4 * each for each in module.moved(torch.ones(1, width, 5, 6))]


def test_the_roofline_is_the_slower_of_computing_and_moving():
    conv = traffic(small()).movements[0]
    macs, moved = 64 * WEIGHTS, 4 * (IN + WEIGHTS + MAP)
    assert isinstance(conv, Movement)
    assert conv.least(macs / 2, 1e9) == 2
    assert conv.least(1e9, moved / 3) == 3


def test_what_is_not_known_is_refused():
    with pytest.raises(DesignError, match="float16"):
        traffic(small(), "float61")
    snake = Operation("snake", "activation", ("input",), ((6, 4, 4),), (6, 4, 4), "snake")
    with pytest.raises(UnknownOperation, match="snake"):
        traffic(of(snake))
