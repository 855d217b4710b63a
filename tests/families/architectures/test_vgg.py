"""VGG-16's architecture against configuration D in Table 1 of arXiv 1409.1556, and itself on symbols and arrays."""

from menet_design import count
from menet_design.analysis.layout import layout
from menet_design.families.architectures.vgg import network

# Configuration D: output channels of the 3×3 convolutions of each stage; a 2×2 max pool follows each stage.
TABLE_1 = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]


def test_the_convolutions_are_those_of_configuration_d():
    *stages, _ = network(width=64).blocks
    convolutions = [[op for op in block.operations if op.kind == "conv"] for block in stages]
    assert [[op.channels for op in stage] for stage in convolutions] == TABLE_1
    assert {(op.kernel, op.stride, op.groups, op.bias) for stage in convolutions for op in stage} == {
        ((3, 3), (1, 1), 1, True)
    }


def test_every_convolution_has_a_relu_and_every_stage_a_pool_that_halves():
    *stages, _ = network(width=64).blocks
    for block in stages:
        *layers, pool = block.operations
        assert [op.kind for op in layers] == ["conv", "activation"] * (len(layers) // 2)
        assert (pool.variant, pool.kernel, pool.stride) == ("max", (2, 2), (2, 2))
    assert [block.last.output[1] for block in stages] == [112, 56, 28, 14, 7]


def test_the_classifier_has_4096_4096_and_1000_features():
    classifier = network(width=64).blocks[-1].operations
    features = [(op.in_elements, op.channels) for op in classifier if op.kind == "linear"]
    assert features == [(512 * 7 * 7, 4096), (4096, 4096), (4096, 1000)]


def test_a_size_that_does_not_halve_is_cut():
    # 2×2 windows without padding: 75, 37, 18, 9, 4, 2.
    heights = [block.last.output[1] for block in network(width=1, image=(3, 75, 75)).blocks]
    assert heights == [37, 18, 9, 4, 2, 1]


def test_the_architecture_table_ends_in_three_fully_connected_layers():
    lines = layout([count("VGG-16")]).lines
    assert [(line.stage, line.size, *line.cells) for line in lines[-5:]] == [
        ("Stage 5", "14×14", "3×3 conv, 512"),
        ("", "", "3×3 conv, 512"),
        ("", "", "3×3 conv, 512"),
        ("", "", "2×2 max pool, /2"),
        ("Classifier", "1×1", "4096-d fc, 4096-d fc, 1000-d fc, softmax"),
    ]
