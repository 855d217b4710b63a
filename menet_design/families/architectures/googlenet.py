"""GoogLeNet (arXiv 1409.4842, Table 1) without auxiliary classifiers, as rows of numbers."""

from typing import NamedTuple

from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Block, Network, Stage, chain
from menet_design.graph.operation import Integer, Operation, Shape

MEANINGS = {"width": "width, the output channels of the first convolution"}

WIDTH = 64  # of the first convolution in Table 1


class _Widths(NamedTuple):
    """Output channels of a module's convolutions, in the columns of Table 1; reductions come before 3×3 and 5×5."""

    pointwise: Integer
    reduce3: Integer
    conv3: Integer
    reduce5: Integer
    conv5: Integer
    project: Integer


_MODULES = {
    "stage3": {"a": _Widths(64, 96, 128, 16, 32, 32), "b": _Widths(128, 128, 192, 32, 96, 64)},
    "stage4": {
        "a": _Widths(192, 96, 208, 16, 48, 64),
        "b": _Widths(160, 112, 224, 24, 64, 64),
        "c": _Widths(128, 128, 256, 24, 64, 64),
        "d": _Widths(112, 144, 288, 32, 64, 64),
        "e": _Widths(256, 160, 320, 32, 128, 128),
    },
    "stage5": {"a": _Widths(256, 160, 320, 32, 128, 128), "b": _Widths(384, 192, 384, 48, 128, 128)},
}
MULTIPLES = {"width": (8,)}


def network(
    *, width: Integer = WIDTH, variant: str = "paper", image: Shape = (3, 224, 224), classes: Integer = 1000
) -> Network:
    """A GoogLeNet: two stages of convolutions, nine Inception modules, global average pool, classifier (Table 1).

    `width` are the channels of the first convolution, with which all others grow. The variant "torchvision" has batch
    norm in place of biases, 3×3 kernels in the 5×5 branch, and a last max pool of 2×2. Raises IllegalDesign where a
    channel number does not divide.
    """
    build = _Builder if variant == "paper" else _NormedBuilder
    first = _stage1(build(*image), width)
    second = _stage2(build(*first.last.output))
    stages: dict[str, Stage] = {"stage1": first, "stage2": second}
    x = second.last
    for stage, modules in _MODULES.items():
        blocks: dict[str, Block] = {}
        for letter, widths in modules.items():
            scaled = _Widths(*(divide(width * channels, WIDTH, "a width of Table 1") for channels in widths))
            blocks[letter] = _module(build(*x.output), scaled)
            x = blocks[letter].last
        if stage != "stage5":
            blocks["pool"] = _pool(build(*x.output), is_last=stage == "stage4")
            x = blocks["pool"].last
        stages[stage] = blocks
    stages["classifier"] = build(*x.output).classifier(classes)
    return chain(image, stages)


class _Builder(BlockBuilder):
    """Builds blocks as the paper has them."""

    kernel = 5  # of the 5×5 branch
    last_pool = 3

    def activated(self, name: str, x: Operation, channels: Integer, kernel: Integer = 1, stride: int = 1) -> Operation:
        """A convolution with bias, and its ReLU."""
        return self.relu(f"{name}_relu", self.conv(name, x, channels, kernel, stride, bias=True))

    def halved(self, name: str, x: Operation, kernel: int = 3) -> Operation:
        """Max pool with stride 2; a row or column that is left over counts as Caffe counts it."""
        return self.pool(name, x, "max", kernel, stride=2, padding=0, ceil=True)

    def classifier(self, classes: Integer) -> Block:
        """Global average pool and a fully connected layer."""
        self.linear("fc", self.global_pool("pool", self.input), classes)
        return self.block()


class _NormedBuilder(_Builder):
    """Builds blocks as torchvision has them."""

    kernel = 3
    last_pool = 2

    def activated(self, name: str, x: Operation, channels: Integer, kernel: Integer = 1, stride: int = 1) -> Operation:
        """A convolution, batch norm, ReLU."""
        x = self.norm(f"{name}_norm", self.conv(name, x, channels, kernel, stride))
        return self.relu(f"{name}_relu", x)

    def classifier(self, classes: Integer) -> Block:
        """Adaptive average pool, to one pixel, and a fully connected layer."""
        self.linear("fc", self.global_pool("pool", self.input, adaptive=True), classes)
        return self.block()


def _stage1(builder: _Builder, width: Integer) -> Block:
    """7×7 conv with stride 2, 3×3 max pool with stride 2."""
    builder.halved("pool", builder.activated("conv", builder.input, width, kernel=7, stride=2))
    return builder.block()


def _stage2(builder: _Builder) -> Block:
    """1×1 and 3×3 conv, 3×3 max pool with stride 2."""
    width = builder.input.channels
    x = builder.activated("reduce", builder.input, width)
    builder.halved("pool", builder.activated("conv", x, 3 * width, kernel=3))
    return builder.block()


def _module(builder: _Builder, widths: _Widths) -> Block:
    """Inception module with dimension reductions (Fig. 2b)."""
    pointwise = builder.activated("branch1x1.conv", builder.input, widths.pointwise)
    x = builder.activated("branch3x3.reduce", builder.input, widths.reduce3)
    conv3 = builder.activated("branch3x3.conv", x, widths.conv3, kernel=3)
    x = builder.activated("branch5x5.reduce", builder.input, widths.reduce5)
    conv5 = builder.activated("branch5x5.conv", x, widths.conv5, kernel=builder.kernel)
    x = builder.pool("branch_pool.pool", builder.input, "max", kernel=3, stride=1)
    project = builder.activated("branch_pool.project", x, widths.project)
    builder.concat("output.concat", pointwise, conv3, conv5, project)
    return builder.block("Inception module")


def _pool(builder: _Builder, is_last: bool) -> Block:
    """The max pool with stride 2 that ends a stage of modules."""
    builder.halved("max", builder.input, builder.last_pool if is_last else 3)
    return builder.block()
