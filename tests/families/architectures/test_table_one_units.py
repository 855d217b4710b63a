"""ResNet-15, Xception-15 and ResNeXt-15 as rows: their units, their cost by hand, and themselves on arrays."""

from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fifteens

from menet_design import count, network, parse
from menet_design.graph.network import INPUT


def block(name, of):
    """The operations of a block by their names in it."""
    found = next(block for block in network(name).blocks if block.name == of)
    return {op.name: op for op in found.operations}


def described(name, of):
    """What each operation of a unit is: kind, inputs, output channels, groups and stride."""
    ops = block(name, of).items()
    return {op_name: (op.kind, op.inputs, op.channels, op.groups, max(op.stride, default=1)) for op_name, op in ops}


def test_a_standard_unit_of_resnet_is_a_bottleneck():
    # Second unit of stage 3: 192 channels, a quarter of them 48 (arXiv 1512.03385, Fig. 5).
    assert described("96-ResNet-15", "stage3.1") == {
        "residual.compress": ("conv", (INPUT,), 48, 1, 1),
        "residual.compress_norm": ("norm", ("residual.compress",), 48, 1, 1),
        "residual.compress_relu": ("activation", ("residual.compress_norm",), 48, 1, 1),
        "residual.conv": ("conv", ("residual.compress_relu",), 48, 1, 1),
        "residual.conv_norm": ("norm", ("residual.conv",), 48, 1, 1),
        "residual.conv_relu": ("activation", ("residual.conv_norm",), 48, 1, 1),
        "residual.expand": ("conv", ("residual.conv_relu",), 192, 1, 1),
        "residual.expand_norm": ("norm", ("residual.expand",), 192, 1, 1),
        "output.add": ("add", ("residual.expand_norm", INPUT), 192, 1, 1),
        "output.relu": ("activation", ("output.add",), 192, 1, 1),
    }


def test_downsampling_by_projection():
    standard, down = (described("96-ResNet-15", of) for of in ("stage3.1", "stage3.0"))
    assert {name: row for name, row in down.items() if standard.get(name) != row} == {
        "residual.conv": ("conv", ("residual.compress_relu",), 48, 1, 2),
        "projection.conv": ("conv", (INPUT,), 192, 1, 2),
        "projection.norm": ("norm", ("projection.conv",), 192, 1, 1),
        "output.add": ("add", ("residual.expand_norm", "projection.norm"), 192, 1, 1),
    }


def test_downsampling_by_concatenation():
    # 96 of the 192 channels are the pooled input.
    standard, down = (described("96-ResNet-15-concat", of) for of in ("stage3.1", "stage3.0"))
    assert {name: row for name, row in down.items() if standard.get(name) != row} == {
        "residual.conv": ("conv", ("residual.compress_relu",), 48, 1, 2),
        "residual.expand": ("conv", ("residual.conv_relu",), 96, 1, 1),
        "residual.expand_norm": ("norm", ("residual.expand",), 96, 1, 1),
        "identity": ("pool", (INPUT,), 96, 1, 2),
        "output.concat": ("concat", ("residual.expand_norm", "identity"), 192, 1, 1),
        "output.relu": ("activation", ("output.concat",), 192, 1, 1),
    }


@pytest.mark.parametrize(
    ("name", "groups"),
    [("96-ResNeXt-15", [16, 16, 16]), ("48-ResNeXt-15", [8, 16, 16]), ("48-ResNeXt-15/8", [8, 8, 8])],
)
def test_a_unit_of_resnext_is_a_wider_bottleneck_in_groups(name, groups):
    convs = [block(name, f"stage{stage}.1")["residual.conv"] for stage in (2, 3, 4)]
    assert [op.groups for op in convs] == groups
    assert [op.channels for op in convs] == [parse(name).width * 2**stage // 2 for stage in range(3)]


def test_a_unit_of_xception_is_shufflenets_with_one_group_and_no_shuffle():
    for of in ("stage2.0", "stage2.1", "stage4.0"):
        theirs = block("144-ShuffleNet/1", of)
        ours = block("144-Xception-15", of)
        assert set(theirs) - set(ours) == {"residual.shuffle"}
        unlike = {name for name, op in ours.items() if op != theirs[name]}
        assert unlike == {"residual.depthwise"}  # which reads the shuffle there
        assert ours["residual.depthwise"][3:] == theirs["residual.depthwise"][3:]


# The cost by hand: c channels before the first stage, C channels with a bottleneck of b, h output pixels.


def by_hand(width, stem, ratio, spatial, downsampling):
    """Multiply-adds and parameters at 224×224; `spatial` gives the weights of the middle convolution of b channels."""
    macs, params, before = 27 * stem * 112**2, 29 * stem, stem
    for stage, (size, repeats) in enumerate(((28, 3), (14, 7), (7, 3))):
        channels = width * 2**stage
        narrow = channels // ratio
        middle = spatial(narrow)
        emitted = channels - before if downsampling == "concat" else channels
        projected = before * channels if downsampling == "projection" else 0
        macs += size**2 * (4 * before * narrow + middle + narrow * emitted + projected)
        macs += repeats * size**2 * (2 * channels * narrow + middle)
        weights = before * narrow + middle + narrow * emitted + projected
        params += weights + 2 * (2 * narrow + emitted + (channels if projected else 0))
        params += repeats * (2 * channels * narrow + middle + 2 * (2 * narrow + channels))
        before = channels
    return macs + 1000 * before, params + 1000 * before + 1000


def hand(design):
    numbers = design.numbers()
    downsampling = numbers.get("downsampling", "concat")
    ratio, spatial = {
        "resnet15": (4, lambda b: 9 * b * b),
        "xception15": (4, lambda b: 9 * b),
        "resnext15": (2, lambda b: 9 * b * b // gcd(numbers.get("cardinality", 1), b)),
    }[design.family]
    return by_hand(design.width, design.stem, ratio, spatial, downsampling)


@given(fifteens(resolutions=st.just(224)))
def test_the_cost_is_that_by_hand(design):
    cost = count(design.but(classes=1000))
    assert (cost.macs, cost.params) == hand(design)
