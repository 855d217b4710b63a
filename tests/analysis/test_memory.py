"""Peak memory: figures that others print, by hand on small graphs, and the same as liveness by brute force."""

from math import prod

import foreign
import pytest
from hypothesis import given
from hypothesis import strategies as st

from menet_design.analysis.memory import DTYPES, memory, moments, peak
from menet_design.analysis.size import size
from menet_design.errors import DesignError
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block, Network, chain
from menet_design.graph.operation import Operation, UnknownOperation
from menet_design.resolving import network

# Figures


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        # On 28×28 pixels: the input, expand and expand_norm of stage2.1, each as wide as stage 2.
        ("352-MENet-12x1/8", {False: (28, 3 * 352)}),
        # On 112×112: the stem's 24 and what its norm makes of them; in place, 3 × 224×224 = 12 × 112×112 and the stem.
        ("228-MENet-12x1/3", {False: (112, 24 + 24), True: (112, 12 + 24)}),
        ("ShuffleNet-1x/3", {False: (112, 24 + 24), True: (112, 12 + 24)}),
        # The 64 channels of the first pointwise convolution and those of its norm; in place, its 32 and its 64.
        ("1x-MobileNet-224", {False: (112, 64 + 64), True: (112, 32 + 64)}),
        # In place, on 56×56: the 24 channels of the stem, and the 88 of a bottleneck before and after its shuffle.
        ("352-MENet-12x1/8 ", {True: (56, 24 + 88 + 88)}),
    ],
)
def test_the_peak_is_what_is_alive_by_hand(name, channels):
    for in_place, (side, alive) in channels.items():
        assert peak(network(name.strip()), in_place=in_place) == 4 * alive * side**2


# In bytes of float32, plain and in place.
FIGURES = {
    "352-MENet-12x1/8": (3_311_616, 2_508_800),
    "228-MENet-12x1/3": (2_408_448, 1_806_336),
    "ShuffleNet-1x/3": (2_408_448, 1_806_336),
    "1x-MobileNet-224": (6_422_528, 4 * 1_204_224),
}


@pytest.mark.parametrize(("name", "figures"), FIGURES.items(), ids=FIGURES)
def test_the_figures_of_networks_in_bytes(name, figures):
    assert (peak(network(name)), peak(network(name), in_place=True)) == figures


@pytest.mark.parametrize("source", ["timm:resnet50", "pytorchcv:resnet50"])
def test_resnet_50_has_the_memory_that_mcunet_prints(source):
    """MCUNet (arXiv 2007.10319), Table 1: 7.2 MB. A residual of 256 channels on 56×56, and 64 that become 256 more."""
    found = peak(network(foreign.build(source), input=(3, 224, 224)), in_place=True)
    assert found == 4 * (256 + 64 + 256) * 56**2 == 7_225_344
    assert round(found / 1e6, 1) == 7.2


def test_mobilenet_in_int8():
    """In int8 norms are folded and activations clamp in place: 32 and 64 channels on 112×112."""
    assert peak(network("1x-MobileNet-224"), "int8", in_place=True) == (32 + 64) * 112**2 == 1_204_224
    module = foreign.build("timm:mobilenetv1_100")
    assert peak(network(module, input=(3, 224, 224)), "int8", in_place=True) == 1_204_224


# Small graphs by hand


def built(read, build):
    builder = BlockBuilder(*read)
    build(builder, builder.input)
    return chain(read, {"stage1": builder.block()})


def residual(builder, x):
    y = builder.relu("relu", builder.conv("conv", x, 4))
    builder.add("add", y, x)


def alive(network, **options):
    """The names of what is alive as each operation runs, without those of the stage."""
    found = memory(network, **options).moments
    return [" ".join(tensor.name.removeprefix("stage1.") for tensor in moment.alive) for moment in found]


def test_what_is_alive_operation_by_operation():
    network = built((4, 2, 2), residual)
    assert alive(network) == ["input conv", "input conv relu", "input relu add"]
    assert alive(network, in_place=True) == ["input conv", "input relu", "input add"]
    found = memory(network)
    # 4 channels on 2×2 pixels in float32 are 64 bytes; the weights of the 1×1 convolution are 4·4.
    assert [moment.bytes for moment in found.moments] == [128, 192, 192]
    assert (found.peak, found.highest.name) == (192, "stage1.relu")
    assert (found.stored_bytes, found.total) == (64, 256)


def test_nothing_is_written_over_that_is_read_again():
    def twice(builder, x):
        y = builder.conv("conv", x, 4)
        builder.add("add", builder.relu("relu", y), builder.relu("again", y))

    assert alive(built((4, 2, 2), twice), in_place=True) == ["input conv", "conv relu", "again relu", "again add"]


def test_nothing_is_written_over_that_the_network_returns_or_that_has_another_shape():
    builder = BlockBuilder(4, 2, 2)
    pooled = builder.global_pool("pool", builder.input)
    builder.product("product", pooled, builder.input)
    product = builder.block().operations[-1]._replace(output=(4, 2, 2))
    block = Block("", (builder.block().operations[0], product))
    network = Network(inputs=((4, 2, 2),), outputs=("pool", "product"), blocks=(block,))
    assert alive(network, in_place=True) == ["input pool", "input pool product"]
    builder = BlockBuilder(4, 2, 2)
    relu = builder.relu("relu", builder.conv("conv", builder.input, 4))
    returned = Network(inputs=((4, 2, 2),), outputs=("conv", relu.name), blocks=(builder.block(),))
    assert alive(returned, in_place=True) == ["input conv", "conv relu"]


def test_a_slice_is_a_view_and_a_constant_is_stored_with_the_parameters():
    half = Operation("slice", "slice", ("conv",), ((4, 2, 2),), (2, 2, 2), selection=(0, 1), parameters=0)
    constant = Operation("bias", "constant", (), (), (2, 2, 2), parameters=8)
    total = Operation("add", "add", ("slice", "bias"), ((2, 2, 2), (2, 2, 2)), (2, 2, 2))
    builder = BlockBuilder(4, 2, 2)
    builder.conv("conv", builder.input, 4)
    block = Block("", (*builder.block().operations, half, constant, total))
    network = Network(inputs=((4, 2, 2),), outputs=("add",), blocks=(block,))
    assert alive(network) == ["input conv", "conv", "conv", "conv add"]
    assert alive(network, in_place=True) == ["input conv", "conv", "conv", "add"]


def test_sizes_may_be_symbols():
    import sympy

    width, side = sympy.symbols("w s", integer=True, positive=True)

    def built_of(channels, size):
        def build(builder, x):
            y = builder.relu("relu", builder.conv("conv", x, 4 * channels))
            builder.add("add", y, builder.shuffle("shuffle", y, 4))

        return built((3, size, size), build)

    for in_place in (False, True):
        expressions = [moment.bytes for moment in moments(built_of(width, side), in_place=in_place)]
        numbers = [moment.bytes for moment in moments(built_of(5, 7), in_place=in_place)]
        assert [each.subs({width: 5, side: 7}) for each in expressions] == numbers


def test_an_input_that_nobody_reads_takes_no_memory():
    builder = BlockBuilder(4, 2, 2)
    builder.relu("relu", builder.input)
    network = Network(inputs=((4, 2, 2), (9, 9, 9)), outputs=("relu",), blocks=(builder.block(),))
    assert alive(network) == ["input relu"]


def test_unknown_types_and_operations_are_refused():
    network = built((4, 2, 2), residual)
    with pytest.raises(DesignError, match=r"type 'int4' is not known\. Known: float32, float16, int8"):
        memory(network, "int4")
    with pytest.raises(DesignError, match="scheme 'zip' is not known"):
        memory(network, scheme="zip")
    snake = Operation("snake", "snake", ("input",), ((4, 2, 2),), (4, 2, 2))
    with pytest.raises(UnknownOperation, match="snake is a 'snake', of which the storages are not known"):
        peak(Network(inputs=((4, 2, 2),), outputs=("snake",), blocks=(Block("", (snake,)),)))


# Networks of others


@pytest.mark.parametrize(("make", "shape"), foreign.HAND_WRITTEN.values(), ids=foreign.HAND_WRITTEN)
def test_every_network_that_is_read_has_a_peak(make, shape):
    found = network(make().eval(), input=shape, allow=["mv"])
    plain, in_place = memory(found, "int8"), memory(found, "int8", in_place=True)
    assert max(op.elements for _, op in found.operations()) <= in_place.peak <= plain.peak
    assert [moment.name for moment in plain.moments] == [name for name, _ in found.operations()]


# Properties

KINDS = ("conv", "relu", "norm", "pool", "add", "product", "concat", "slice")


@st.composite
def graphs(draw):
    """Networks of up to a dozen operations on one or two inputs, each of which reads any of what is made before."""
    builder = BlockBuilder(draw(st.integers(1, 6)), 4, 4)
    other = Operation("input1", "input", (), (), (3, 4, 4))
    made = [builder.input, other]
    for index in range(draw(st.integers(1, 12))):
        made.append(_drawn(draw, builder, f"op{index}", made))
    operations = tuple(made[2:])
    outputs = draw(st.sets(st.sampled_from([op.name for op in operations])))
    block = Block("", operations, inputs=("input", "input1"))
    return Network(inputs=(builder.input.output, other.output), outputs=tuple(outputs), blocks=(block,))


def _drawn(draw, builder, name, made):
    kind, x = draw(st.sampled_from(KINDS)), draw(st.sampled_from(made))
    if kind == "conv":
        return builder.conv(name, x, draw(st.integers(1, 6)))
    if kind == "pool":
        return builder.pool(name, x, "max", 3, draw(st.integers(1, 2)))
    if kind == "slice":
        channels = draw(st.integers(1, x.channels))
        return Operation(name, "slice", (x.name,), (x.output,), (channels, *x.output[1:]))
    if kind in ("add", "product"):
        alike = [each for each in made if each.output == x.output]
        return getattr(builder, kind)(name, x, draw(st.sampled_from(alike)))
    if kind == "concat":
        alike = [each for each in made if each.output[1:] == x.output[1:]]
        return builder.concat(name, x, draw(st.sampled_from(alike)))
    return getattr(builder, kind)(name, x)


def brute_force(network):
    """The elements that are alive at each operation: of storages that somebody still reads, or that are just made."""
    operations = network.blocks[0].operations
    roots = {"input": "input", "input1": "input1"}
    for op in operations:
        roots[op.name] = roots[op.inputs[0]] if op.kind == "slice" else op.name
    sizes = dict(zip(("input", "input1"), map(prod, network.inputs), strict=True))
    sizes |= {op.name: op.elements for op in operations}
    found = []
    for now, op in enumerate(operations):
        read = {name for later in operations[now:] for name in later.inputs} | set(network.outputs)
        born = {"input", "input1"} | {each.name for each in operations[: now + 1]}
        living = {roots[name] for name in (read & born) | {op.name}}
        found.append(sum(sizes[root] for root in living))
    return found


@given(graphs())
def test_the_bytes_alive_are_those_of_brute_force(network):
    assert [moment.bytes for moment in memory(network, "int8").moments] == brute_force(network)


@given(graphs())
def test_every_operation_has_its_inputs_and_its_output(network):
    for moment in memory(network, "int8").moments:
        op = moment.operation
        read = {name: prod(shape) for name, shape in zip(op.inputs, op.reads, strict=True)}
        views = {each.name for each in network.blocks[0].operations if each.kind == "slice"}
        own = sum(elements for name, elements in read.items() if name not in views)
        assert moment.bytes >= own + (op.elements if op.kind != "slice" else 0)


@given(graphs(), st.sampled_from(DTYPES))
def test_in_place_needs_no_more_and_never_less_than_an_output(network, dtype):
    plain, in_place = memory(network, dtype), memory(network, dtype, in_place=True)
    for one, other in zip(plain.moments, in_place.moments, strict=True):
        assert other.bytes <= one.bytes
        assert (one.name, one.operation) == (other.name, other.operation)
    assert peak(network, dtype) == plain.peak
    assert peak(network, dtype, in_place=True) == in_place.peak


@given(graphs(), st.booleans())
def test_int8_is_a_quarter_of_float32_and_float16_a_half(network, in_place):
    peaks = {dtype: peak(network, dtype, in_place=in_place) for dtype in DTYPES}
    assert peaks["float32"] == 2 * peaks["float16"] == 4 * peaks["int8"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_parameters_are_stored_in_the_type_of_the_activations_or_as_it_is_asked(dtype):
    found = memory(network("ResNet-20"), dtype)
    assert found.stored == size(found.network, dtype)
    assert found.total == found.peak + found.stored_bytes
    assert memory(network("ResNet-20"), dtype, scheme="pattern").stored.scheme == "pattern"
