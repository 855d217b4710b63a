"""SEP-Net's architecture against the published table of its layers, and itself on symbols and arrays."""

from menet_design import connectivity
from menet_design.families.architectures.sepnet import network
from menet_design.families.sepnet import SEPNet

# The published layers of arXiv 1706.03912: channels, kernel, stride and groups of conv1 to conv3; of the modules after
# each, the channels of reduction, pattern residual blocks and recovery.
CONVOLUTIONS = {"stage1.0": (64, 5, 2, 1), "stage2.0": (128, 3, 2, 1), "stage3.0": (256, 3, 2, 4)}
MODULES = {
    "stage1.1": (32, 32, 16, 64),
    "stage2.1": (64, 64, 32, 128),
    "stage3.1": (128, 128, 64, 256),
    "stage3.2": (128, 128, 64, 256),
}


def convolutions(built):
    return {name: op for name, op in built.operations() if op.kind == "conv"}


def test_the_convolutions_between_modules_are_the_published_ones():
    built = convolutions(network(width=64, head=712))
    found = {name: built[f"{name}.conv"] for name in CONVOLUTIONS}
    assert {name: (op.channels, op.kernel[0], op.stride[0], op.groups) for name, op in found.items()} == CONVOLUTIONS


def test_the_modules_are_the_published_ones():
    built = convolutions(network(width=64, head=712))
    # A block's k×k and 1×1 convolutions are grouped; the reduction and the recovery are not.
    layers = {"reduce": (1, 1), "first.pattern": (3, 4), "second.pattern": (3, 4), "recover": (1, 1)}
    layers |= {"first.transform": (1, 4), "second.transform": (1, 4)}
    for module, (reduced, first, second, recovered) in MODULES.items():
        channels = {"reduce": reduced, "first": first, "second": second, "recover": recovered}
        for layer, shape in layers.items():
            op = built[f"{module}.residual.{layer}"]
            assert (op.kernel[0], op.groups) == shape
            assert op.channels == channels[layer.partition(".")[0]]


def test_the_published_layers_hold_408000_weights():
    published = [op for name, op in convolutions(network(width=64, head=712)).items() if name.startswith("stage")]
    weights = [op.kernel[0] * op.kernel[1] * op.in_channels // op.groups * op.channels for op in published]
    assert sum(weights) == 408_000
    kernels = [weight for op, weight in zip(published, weights, strict=True) if op.kernel != (1, 1)]
    assert sum(kernels) == 280_128


def test_a_block_adds_both_of_its_convolutions_and_a_module_its_input():
    (module,) = [block for block in network(width=64, head=712).blocks if block.name == "stage2.1"]
    inputs = {op.name: op.inputs for op in module.operations}
    assert inputs["residual.first.pattern"] == inputs["residual.first.transform"] == ("residual.reduce_relu",)
    assert inputs["residual.first.add"] == ("residual.first.pattern", "residual.first.transform")
    assert inputs["residual.second.pattern"] == ("residual.first.relu",)
    assert inputs["output.add"] == ("residual.recover_norm", "input")


def test_connectivity_follows_the_convolutions_between_modules():
    found = connectivity(SEPNet(width=16))
    assert [block.name for block in found.blocks] == list(MODULES)
    # From the 16 channels of module 1 to the 64 of module 4; every convolution but conv3 and the blocks' mixes all.
    assert found.shares.connected == 1
